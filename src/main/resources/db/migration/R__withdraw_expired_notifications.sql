-- Withdraws notifications that have expired, p_most at a time, so that nothing has to pass them any more.
-- It leaves those of users whose counters another transaction holds to the next time. Returns how many
-- it has withdrawn.
create or replace function withdraw_expired_notifications(p_most int) returns int
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz := clock_timestamp();
  due uuid[];
  users text[];
  got text[];
  withdrawn int;
begin
  select array_agg(d.id), array_agg(distinct d.user_id) into due, users
  from (select n.id, n.user_id from notifications n
        where n.expires_at <= ts and n.expires_at is not null and n.withdrawn_at is null
        order by n.expires_at limit p_most) d;
  got := array(
    select c.user_id from notification_counters c where c.user_id = any (users)
    order by c.user_id for no key update skip locked);
  with gone as (
    update notifications n set withdrawn_at = ts, hand_off_at = null
    where n.id = any (due) and n.user_id = any (got) and n.withdrawn_at is null
    returning n.user_id, n.position, n.read_at),
  uncounted as (
    insert into notification_counters as c (user_id, unread)
    select g.user_id, - count(*)
    from gone g
    cross join lateral (
      select c.read_up_to from notification_counters c where c.user_id = g.user_id limit 1) k
    where g.read_at is null and g.position > k.read_up_to
    group by g.user_id
    on conflict (user_id) do update set unread = c.unread + excluded.unread)
  select count(*) into withdrawn from gone;
  return withdrawn;
end $$;

-- Deletes notifications whose ids are below p_before, the oldest first, p_most at a time. It leaves those
-- of users whose counters another transaction holds to the next time. Returns how many it has deleted.
create or replace function forget_notifications(p_before uuid, p_most int) returns int
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  old uuid[];
  users text[];
  got text[];
  forgotten int;
begin
  select array_agg(o.id), array_agg(distinct o.user_id) into old, users
  from (select n.id, n.user_id from notifications n
        where n.id < p_before order by n.id limit p_most) o;
  got := array(
    select c.user_id from notification_counters c where c.user_id = any (users)
    order by c.user_id for no key update skip locked);
  with gone as (
    delete from notifications n where n.id = any (old) and n.user_id = any (got)
    returning n.user_id, n.position, n.read_at, n.withdrawn_at),
  uncounted as (
    insert into notification_counters as c (user_id, unread)
    select g.user_id, - count(*)
    from gone g
    cross join lateral (
      select c.read_up_to from notification_counters c where c.user_id = g.user_id limit 1) k
    where g.read_at is null and g.withdrawn_at is null and g.position > k.read_up_to
    group by g.user_id
    on conflict (user_id) do update set unread = c.unread + excluded.unread)
  select count(*) into forgotten from gone;
  return forgotten;
end $$;

-- Adds notifications for the users of several calls in one round trip and one transaction. Row i of
-- p_user and p_id is one notification, whose content is number p_content[i] of the arrays behind; the
-- rows of a call have the same content. The notifications of one user get consecutive positions in the
-- order of the rows. Of two with the same collapse key the earlier one is stored as withdrawn. A user
-- who already has a notification from the same source, or gets one earlier in this statement, is missing
-- from the result. p_hand_off_after is the time in milliseconds after which a notification is handed off
-- to the platform, unless a device has received it by then; null if the platform did not ask for
-- hand-offs.
--
-- Every transaction that changes notifications of a user locks the user's counter first, and locks the
-- counters of several users in the order of their ids. This order prevents deadlocks, and the lock keeps
-- the number of unread ones exact. Without p_wait the function does nothing for a content with a user
-- whose counter another transaction holds, and returns the content's number in held, so that this call
-- delays no others of the group.
--
-- Counters are changed by upserts, because an upsert finds its row by the primary key whatever plan was
-- cached while the tables were empty.
create or replace function add_notifications(
  p_user text[], p_id uuid[], p_content int[],
  p_type text[], p_title text[], p_message text[], p_data text[], p_collapse_key text[],
  p_source text[], p_expires_at timestamptz[], p_hand_off_after bigint, p_wait boolean)
returns table (held int, id uuid, "position" bigint, created_at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz;
  got text[];
  skipped int[] := '{}';
  data jsonb[] := p_data;
begin
  insert into notification_counters (user_id)
  select u.user_id from unnest(p_user) as u (user_id) order by u.user_id collate "C"
  on conflict do nothing;
  if p_wait then
    perform 1 from notification_counters c where c.user_id = any (p_user)
    order by c.user_id for no key update;
  else
    got := array(
      select c.user_id from notification_counters c where c.user_id = any (p_user)
      order by c.user_id for no key update skip locked);
    skipped := array(
      select distinct u.content from unnest(p_user, p_content) as u (user_id, content)
      where u.user_id in (select unnest(p_user) except select unnest(got)));
  end if;
  ts := clock_timestamp();

  if skipped <> '{}' or array_remove(p_source, null) <> '{}' then
    select array_agg(u.user_id order by u.ord), array_agg(u.id order by u.ord),
           array_agg(u.content order by u.ord)
    into p_user, p_id, p_content
    from (
      select u.*, row_number() over (partition by u.user_id, p_source[u.content] order by u.ord) as nth
      from unnest(p_user, p_id, p_content) with ordinality as u (user_id, id, content, ord)
      where u.content <> all (skipped)) u
    where p_source[u.content] is null
       or u.nth = 1 and not exists (
         select 1 from notifications n
         where n.user_id = u.user_id and n.source = p_source[u.content]);
  end if;

  if array_remove(p_collapse_key, null) <> '{}' then
    with replaced as (
      update notifications n set withdrawn_at = ts, hand_off_at = null
      from (select distinct u.user_id, p_collapse_key[u.content] as key
            from unnest(p_user, p_content) as u (user_id, content)) u
      where n.user_id = u.user_id and n.collapse_key = u.key and n.withdrawn_at is null
      returning n.user_id, n.position, n.read_at)
    insert into notification_counters as c (user_id, unread)
    select r.user_id, - count(*)
    from replaced r
    cross join lateral (
      select c.read_up_to from notification_counters c where c.user_id = r.user_id limit 1) k
    where r.read_at is null and r.position > k.read_up_to
    group by r.user_id
    on conflict (user_id) do update set unread = c.unread + excluded.unread;
  end if;

  return query
  with numbered as materialized (
    select u.user_id, u.id, u.content, c.last_position + row_number() over per_user as position,
           p_collapse_key[u.content] is not null
             and u.ord < max(u.ord) over (
               partition by u.user_id, p_collapse_key[u.content] collate "C")
             as is_replaced
    from (
      select u.user_id collate "C" as user_id, u.id, u.content, u.ord
      from unnest(p_user, p_id, p_content) with ordinality as u (user_id, id, content, ord)) u
    cross join lateral (
      select c.last_position from notification_counters c where c.user_id = u.user_id limit 1) c
    window per_user as (partition by u.user_id order by u.ord)),
  counted as (
    insert into notification_counters as c (user_id, last_position, unread)
    select n.user_id, max(n.position), count(*) filter (where not n.is_replaced)
    from numbered n group by n.user_id
    on conflict (user_id) do update
    set last_position = excluded.last_position, unread = c.unread + excluded.unread)
  insert into notifications (id, user_id, position, type, title, message, data, collapse_key, source,
                             created_at, expires_at, withdrawn_at, hand_off_at)
  select n.id, n.user_id, n.position, p_type[n.content], p_title[n.content], p_message[n.content],
         data[n.content], p_collapse_key[n.content], p_source[n.content], ts, p_expires_at[n.content],
         case when n.is_replaced then ts end,
         case when not n.is_replaced then ts + p_hand_off_after * interval '1 ms' end
  from numbered n
  returning null::int, notifications.id, notifications.position, ts;

  return query select u.content, null::uuid, null::bigint, null::timestamptz
  from unnest(skipped) as u (content);
end $$;

-- Adds one notification for each of several users, for all or for none. p_hand_off_after is the time in
-- milliseconds after which the notification is handed off to the platform, unless a device has received
-- it by then; null if the platform did not ask for hand-offs. The function returns the new positions; a
-- user who already has a notification from the same source is missing from the result. The users must
-- differ; p_id has one id for each of them, in any order.
--
-- Every transaction that changes notifications of a user locks the user's counter first, and locks the
-- counters of several users in the order of their ids. This order prevents deadlocks, and the lock keeps
-- a count exact.
create or replace function add_notifications(
  p_user text[], p_id uuid[], p_type text, p_title text, p_message text, p_data jsonb,
  p_collapse_key text, p_source text, p_expires_at timestamptz, p_hand_off_after bigint)
returns table (user_id text, id uuid, "position" bigint, created_at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz;
begin
  insert into notification_counters (user_id)
  select u.user_id from unnest(p_user) as u (user_id) order by u.user_id collate "C"
  on conflict do nothing;
  perform 1 from notification_counters c where c.user_id = any (p_user)
  order by c.user_id for no key update;
  ts := clock_timestamp();

  if p_collapse_key is not null then
    update notifications n set replaced_at = ts, hand_off_at = null
    where n.user_id = any (p_user) and n.collapse_key = p_collapse_key and n.replaced_at is null;
  end if;

  return query
  with counted as (
    update notification_counters c set last_position = c.last_position + 1
    where c.user_id = any (p_user)
      and (p_source is null or not exists (
        select 1 from notifications n where n.user_id = c.user_id and n.source = p_source))
    returning c.user_id, c.last_position)
  insert into notifications (id, user_id, position, type, title, message, data, collapse_key, source,
                             created_at, expires_at, hand_off_at)
  select p_id[row_number() over ()], c.user_id, c.last_position, p_type, p_title, p_message, p_data,
         p_collapse_key, p_source, ts, p_expires_at, ts + p_hand_off_after * interval '1 ms'
  from counted c
  returning notifications.user_id, notifications.id, notifications.position, ts;
end $$;

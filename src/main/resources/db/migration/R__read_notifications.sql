-- Marks one notification of the user as read, or all of them if p_id is null. known says whether the
-- notification exists; changed, whether it was unread.
--
-- Reading all of them only moves the position up to which they are read, so it costs the same however many
-- there are; settle_notifications writes the rows later. Nothing else is changed below that position.
create or replace function read_notifications(p_user text, p_id uuid)
returns table (known boolean, changed boolean, unread bigint)
language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz;
  up_to bigint;
  is_known boolean := true;
  was_withdrawn boolean;
  has_changed boolean;
begin
  select c.read_up_to into up_to
  from notification_counters c where c.user_id = p_user for no key update;
  ts := clock_timestamp();
  if p_id is null then
    update notification_counters c
    set read_up_to = c.last_position, read_all_at = ts, unread = 0
    where c.user_id = p_user and c.unread > 0;
    has_changed := found;
  else
    update notifications n
    set read_at = ts, acknowledged_at = coalesce(n.acknowledged_at, ts), hand_off_at = null
    where n.id = p_id and n.user_id = p_user and n.read_at is null and n.position > up_to
    returning n.withdrawn_at is not null into was_withdrawn;
    has_changed := found;
    if has_changed and not was_withdrawn then
      update notification_counters c set unread = c.unread - 1 where c.user_id = p_user;
    end if;
    is_known := has_changed or exists (
      select 1 from notifications n where n.id = p_id and n.user_id = p_user);
  end if;
  return query select is_known, has_changed, count_unread(p_user);
end $$;

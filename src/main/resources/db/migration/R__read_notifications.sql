-- Marks one notification of the user as read, or all of them if p_id is null. known says whether the
-- notification exists.
create or replace function read_notifications(p_user text, p_id uuid)
returns table (known boolean, changed boolean, unread bigint)
language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  is_known boolean := true;
  has_changed boolean;
begin
  perform 1 from notification_counters c where c.user_id = p_user for no key update;
  if p_id is null then
    update notifications n
    set read_at = clock_timestamp(), hand_off_at = null,
        acknowledged_at = coalesce(n.acknowledged_at, clock_timestamp())
    where n.user_id = p_user and n.read_at is null and n.replaced_at is null;
    has_changed := found;
  else
    update notifications n
    set read_at = clock_timestamp(), hand_off_at = null,
        acknowledged_at = coalesce(n.acknowledged_at, clock_timestamp())
    where n.id = p_id and n.user_id = p_user and n.read_at is null;
    has_changed := found;
    is_known := has_changed or exists (
      select 1 from notifications n where n.id = p_id and n.user_id = p_user);
  end if;
  return query select is_known, has_changed, count_unread(p_user);
end $$;

-- Records that a device of the user has received these notifications, given by id. Those that were read
-- with all others need no record.
create or replace function acknowledge_notifications(p_user text, p_id uuid[]) returns void
language plpgsql as $$
declare
  up_to bigint;
begin
  select c.read_up_to into up_to
  from notification_counters c where c.user_id = p_user for no key update;
  update notifications n set acknowledged_at = clock_timestamp(), hand_off_at = null
  where n.id = any (p_id) and n.user_id = p_user and n.acknowledged_at is null
    and n.position > up_to;
end $$;

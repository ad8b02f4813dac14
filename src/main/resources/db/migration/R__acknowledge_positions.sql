-- Records that devices have received these notifications, given by user and position. Those that were
-- read with all others need no record.
create or replace function acknowledge_positions(p_user text[], p_position bigint[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform 1 from notification_counters c where c.user_id = any (p_user)
  order by c.user_id for no key update;
  update notifications n set acknowledged_at = clock_timestamp(), hand_off_at = null
  from unnest(p_user, p_position) as u (user_id, position)
  where n.user_id = u.user_id and n.position = u.position
    and n.withdrawn_at is null and n.acknowledged_at is null
    and n.position > (
      select c.read_up_to from notification_counters c where c.user_id = u.user_id);
end $$;

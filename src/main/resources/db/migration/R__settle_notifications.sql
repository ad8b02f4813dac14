-- Writes into the rows of one user what reading all of them at once has changed, p_most rows at a time, in
-- the order of their positions. Returns the number of users it worked for, which is 0 or 1.
create or replace function settle_notifications(p_most int) returns int
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  counter notification_counters;
  settled bigint[];
begin
  select c.* into counter from notification_counters c
  where c.settled_up_to < c.read_up_to
  order by c.user_id limit 1 for no key update skip locked;
  if not found then
    return 0;
  end if;
  settled := array(
    select n.position from notifications n
    where n.user_id = counter.user_id and n.read_at is null and n.withdrawn_at is null
      and n.position > counter.settled_up_to and n.position <= counter.read_up_to
    order by n.position limit p_most);
  update notifications n
  set read_at = counter.read_all_at, hand_off_at = null,
      acknowledged_at = coalesce(n.acknowledged_at, counter.read_all_at)
  where n.user_id = counter.user_id and n.position = any (settled)
    and n.read_at is null and n.withdrawn_at is null;
  update notification_counters c
  set settled_up_to = case when cardinality(settled) < p_most then counter.read_up_to
                           else settled[cardinality(settled)] end
  where c.user_id = counter.user_id;
  return 1;
end $$;

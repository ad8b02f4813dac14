-- Releases a queue after some of its events were sent; does nothing if the lease is lost. This is a
-- function because each of its statements sees what was committed before it: the search for events thus
-- finds an event that was added while the function waited for the row.
create or replace function release_webhook_queue(
  p_queue text, p_lease uuid, p_wait interval, p_silent boolean, p_outage boolean)
returns void
language plpgsql as $$
begin
  perform 1 from webhook_queues q
  where q.queue = p_queue and q.leased_by = p_lease for update;
  if not found then
    return;
  end if;
  if exists (select 1 from webhook_events e where e.queue = p_queue) then
    update webhook_queues q
    set due_at = clock_timestamp() + p_wait, leased_by = null, silent = p_silent, outage = p_outage
    where q.queue = p_queue;
  else
    delete from webhook_queues q where q.queue = p_queue;
  end if;
end $$;

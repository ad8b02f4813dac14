-- Deletes queues that became due before a time and have no events, and returns how many of them. This is
-- a function because the search for events must see what was committed before the queues were locked.
create or replace function forget_webhook_queues(p_before timestamptz, p_most int)
returns int
language plpgsql as $$
declare
  held text[];
  deleted int;
begin
  held := array(
    select q.queue from webhook_queues q
    where q.due_at < p_before
      and not exists (select 1 from webhook_events e where e.queue = q.queue)
    limit p_most for update skip locked);
  delete from webhook_queues q
  where q.queue = any (held)
    and not exists (select 1 from webhook_events e where e.queue = q.queue);
  get diagnostics deleted = row_count;
  return deleted;
end $$;

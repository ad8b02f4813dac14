-- Makes sure that the queues exist, and locks their rows until the end of the transaction, so that no
-- other transaction finds a queue empty and deletes it while this one adds an event. The update changes
-- nothing; it is there because "do nothing" would not lock the row. The function locks the queues in
-- the order of their bytes, which prevents deadlocks.
create or replace function touch_webhook_queues(p_queue text[]) returns void
language plpgsql as $$
begin
  insert into webhook_queues (queue)
  select distinct u.queue collate "C" as queue from unnest(p_queue) as u (queue)
  order by queue
  on conflict (queue) do update set due_at = webhook_queues.due_at;
end $$;

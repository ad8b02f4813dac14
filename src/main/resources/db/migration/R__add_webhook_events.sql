-- Adds events of one type that were created at one time. The function locks the queues before it
-- assigns positions, so the positions of a queue are in the order of the commits. Events that are apart
-- wait for nobody: each has a queue of its own.
create or replace function add_webhook_events(
  p_id uuid[], p_type text, p_subject text[], p_data text[], p_created_at timestamptz,
  p_apart boolean default false)
returns void
language plpgsql as $$
declare
  queues text[] := p_subject;
begin
  if p_apart then
    queues := array(
      select u.subject || '/' || u.id from unnest(p_id, p_subject) with ordinality as u (id, subject, ord)
      order by u.ord);
  end if;
  perform touch_webhook_queues(queues);
  insert into webhook_events (id, type, subject, queue, data, created_at)
  select u.id, p_type, u.subject, u.queue, u.data::json, p_created_at
  from unnest(p_id, p_subject, queues, p_data) with ordinality as u (id, subject, queue, data, ord)
  order by u.ord;
end $$;

-- Adds events of one type that were created at one time. The function locks the subjects before it
-- assigns positions, so the positions of a subject are in the order of the commits.
create or replace function add_webhook_events(
  p_id uuid[], p_type text, p_subject text[], p_data text[], p_created_at timestamptz)
returns void
language plpgsql as $$
begin
  perform touch_webhook_subjects(p_subject);
  insert into webhook_events (id, type, subject, data, created_at)
  select u.id, p_type, u.subject, u.data::json, p_created_at
  from unnest(p_id, p_subject, p_data) with ordinality as u (id, subject, data, ord)
  order by u.ord;
end $$;

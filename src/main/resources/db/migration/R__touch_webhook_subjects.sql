-- Makes sure that the subjects exist, and locks their rows until the end of the transaction, so that no
-- other transaction finds a subject empty and deletes it while this one adds an event. The update changes
-- nothing; it is there because "do nothing" would not lock the row. The function locks the subjects in
-- the order of their bytes, which prevents deadlocks.
create or replace function touch_webhook_subjects(p_subject text[]) returns void
language plpgsql as $$
begin
  insert into webhook_subjects (subject)
  select distinct u.subject collate "C" as subject from unnest(p_subject) as u (subject)
  order by subject
  on conflict (subject) do update set due_at = webhook_subjects.due_at;
end $$;

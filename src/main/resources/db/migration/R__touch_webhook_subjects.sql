-- Makes sure that the subjects exist, and holds their rows until the end of the transaction: nobody can
-- find a subject empty and delete it while one of its events is on its way. The update changes nothing,
-- and is there because "do nothing" would not hold the row. The subjects are locked in the order of
-- their bytes, so no two transactions wait for each other in a ring.
create or replace function touch_webhook_subjects(p_subject text[]) returns void
language plpgsql as $$
begin
  insert into webhook_subjects (subject)
  select distinct u.subject collate "C" as subject from unnest(p_subject) as u (subject)
  order by subject
  on conflict (subject) do update set due_at = webhook_subjects.due_at;
end $$;

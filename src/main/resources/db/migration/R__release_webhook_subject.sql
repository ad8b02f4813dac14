-- Releases a subject after some of its events were sent; does nothing if the lease is lost. This is a
-- function because each of its statements sees what was committed before it: the search for events thus
-- finds an event that was added while the function waited for the row.
create or replace function release_webhook_subject(p_subject text, p_lease uuid, p_wait interval)
returns void
language plpgsql as $$
begin
  perform 1 from webhook_subjects s
  where s.subject = p_subject and s.leased_by = p_lease for update;
  if not found then
    return;
  end if;
  if exists (select 1 from webhook_events e where e.subject = p_subject) then
    update webhook_subjects s set due_at = clock_timestamp() + p_wait, leased_by = null
    where s.subject = p_subject;
  else
    delete from webhook_subjects s where s.subject = p_subject;
  end if;
end $$;

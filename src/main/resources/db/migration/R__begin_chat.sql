-- Refuses a chat whose old messages are still being deleted, and lets it continue above the numbers of
-- an earlier chat with its id. The trigger runs after the insert, so that it sees a deletion for which
-- the insert waited.
create or replace function begin_chat() returns trigger language plpgsql as $$
begin
  if exists (select 1 from deleted_chats d where d.id = new.id) then
    raise exception 'chat % is still being deleted', new.id using errcode = 'unique_violation';
  end if;
  update chats c
  set base_seq = p.last_seq + 1, last_seq = p.last_seq + 1, imported_seq = p.last_seq + 1,
      base_rev = p.last_rev + 1, last_rev = p.last_rev + 1
  from past_chats p
  where p.id = new.id and c.id = new.id;
  return null;
end $$;

create or replace trigger chats_begin after insert on chats for each row execute function begin_chat();

-- Chats that are gone and whose messages are still being deleted, some at a time: all at once would
-- hold the chat, and everybody who writes, for as long as it takes.
create table deleted_chats (
  id         text collate "C" primary key,
  deleted_at timestamptz not null default now()
);

-- Nobody makes a chat whose old messages are still there. After the insert, so that a deletion that was
-- waited for is seen.
create function refuse_deleted_chat() returns trigger language plpgsql as $$
begin
  if exists (select 1 from deleted_chats d where d.id = new.id) then
    raise exception 'chat % is still being deleted', new.id using errcode = 'unique_violation';
  end if;
  return null;
end $$;

create trigger chats_deleted after insert on chats for each row
execute function refuse_deleted_chat();

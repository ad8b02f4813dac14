-- The last numbers of every chat that was deleted. A chat that is made again under its id goes on
-- above them, so that a position in the earlier chat is never taken for one in the new: both
-- counters would pass it sooner or later. Kept for good, since nobody knows for how long a phone
-- that was switched off remembers its position; about 100 bytes a deleted chat.
create table past_chats (
  id       text collate "C" primary key,
  last_seq bigint not null,
  last_rev bigint not null
);

-- Where the counters of a chat began: 0, or above those of the earlier chat of this id. No message
-- and no change has these numbers themselves, so a position below is one in the earlier chat.
alter table chats add column base_seq bigint not null default 0,
                  add column base_rev bigint not null default 0;

insert into past_chats (id, last_seq, last_rev)
select d.id, max(m.seq), max(m.rev)
from deleted_chats d join messages m on m.chat_id = d.id
group by d.id;

-- A new chat: nobody makes one whose old messages are still there, and it goes on above the numbers of
-- the earlier chat of its id; what an import goes on from moves with them. After the insert, so that a
-- deletion that was waited for is seen.
drop trigger chats_deleted on chats;
drop function refuse_deleted_chat();

create function begin_chat() returns trigger language plpgsql as $$
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

create trigger chats_begin after insert on chats for each row execute function begin_chat();

-- Whoever comes into a chat has seen what is below its base: there is nothing. Here, because members
-- come in by several statements, and one that forgot it would show thousands unread.
create function begin_marks_at_base() returns trigger language plpgsql as $$
begin
  update chat_members m
  set read_seq = greatest(m.read_seq, c.base_seq),
      delivered_seq = greatest(m.delivered_seq, c.base_seq)
  from fresh f join chats c on c.id = f.chat_id and c.base_seq > 0
  where m.chat_id = f.chat_id and m.user_id = f.user_id;
  return null;
end $$;

create trigger chat_members_base after insert on chat_members
referencing new table as fresh for each statement
execute function begin_marks_at_base();

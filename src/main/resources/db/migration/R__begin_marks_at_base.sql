-- Starts the markers of a new member at the chat's base: there is nothing below it to be read.
create or replace function begin_marks_at_base() returns trigger language plpgsql as $$
begin
  update chat_members m
  set read_seq = greatest(m.read_seq, c.base_seq),
      delivered_seq = greatest(m.delivered_seq, c.base_seq)
  from fresh f join chats c on c.id = f.chat_id and c.base_seq > 0
  where m.chat_id = f.chat_id and m.user_id = f.user_id;
  return null;
end $$;

create or replace trigger chat_members_base after insert on chat_members
referencing new table as fresh for each statement
execute function begin_marks_at_base();

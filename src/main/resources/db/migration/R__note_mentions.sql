-- Records messages that mention somebody. The condition costs a message without mentions next to
-- nothing, and leaves imported history out.
create or replace function note_mentions() returns trigger language plpgsql as $$
begin
  insert into pending_mentions (chat_id, seq) values (new.chat_id, new.seq);
  return null;
end $$;

create or replace trigger messages_mentions after insert on messages for each row
when (jsonb_typeof(new.extra -> 'mentions') = 'array' and new.extra -> 'mentions' <> '[]'
      and new.created_at > now() - interval '5 minutes')
execute function note_mentions();

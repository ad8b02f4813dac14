-- What happened to a stream that everybody in it has to learn: its status, moderation for all, and who
-- was put out. Numbered per stream without gaps, like the changes of a chat.
alter table streams add column last_rev bigint not null default 0;

create table live_changes (
  stream_id  text collate "C" not null references streams on delete cascade,
  rev        bigint not null,
  event      text,                                -- null where nobody is told, only put out
  data       jsonb,
  evicts     text collate "C",                    -- who is put out
  changed_at timestamptz not null default now(),
  primary key (stream_id, rev)
);
create index live_changes_age on live_changes using brin (changed_at);

-- A message belongs to its stream: the mark of one that was deleted before it has been written must
-- not stand in the way of another stream's.
alter table live_messages drop constraint live_messages_pkey;
alter table live_messages add primary key (stream_id, id);
drop index live_messages_recent;
create index live_messages_recent on live_messages (stream_id, id desc)
  where deleted_at is null and content is not null;

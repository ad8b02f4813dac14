alter table streams
  add column end_on_host_loss boolean not null default false,
  add column host_joined      boolean not null default false, -- a host who never came is not lost
  add column host_lost_at     timestamptz,
  add column slow_mode        int not null default 0,         -- seconds; 0 for none
  add column pinned           jsonb,                          -- the message, as it was pushed
  add column peak_viewers     bigint,                         -- both stored at the end
  add column unique_viewers   bigint;
create index streams_watched on streams (id) where end_on_host_loss and status = 'started';

create table live_moderators (
  stream_id text collate "C" not null references streams on delete cascade,
  user_id   text collate "C" not null,
  primary key (stream_id, user_id)
);

create table live_sanctions (
  stream_id  text collate "C" not null references streams on delete cascade,
  user_id    text collate "C" not null,
  kind       text not null check (kind in ('mute', 'ban')),
  until      timestamptz,                         -- null for ever
  primary key (stream_id, user_id, kind)
);

-- Ids are UUIDv7 and so in the order of time. A message that is deleted before it has been written
-- leaves a row without a sender, so that it is not written any more.
create table live_messages (
  id         uuid primary key,
  stream_id  text collate "C" not null references streams on delete cascade,
  user_id    text collate "C",
  content    text,
  temp_id    text,
  created_at timestamptz,
  deleted_at timestamptz
);
create index live_messages_recent on live_messages (stream_id, id desc) where deleted_at is null;
create index live_messages_of_user on live_messages (stream_id, user_id) where deleted_at is null;

-- Who did what; never changed, and gone with the stream.
create table live_audit (
  id         bigint generated always as identity primary key,
  stream_id  text collate "C" not null references streams on delete cascade,
  action     text not null,
  user_id    text collate "C",
  message_id uuid,
  seconds    int,
  done_by    text collate "C" not null,
  done_at    timestamptz not null default clock_timestamp()
);
create index live_audit_stream on live_audit (stream_id, id);
create index live_audit_purges on live_audit (stream_id, user_id, done_at) where action = 'purge';

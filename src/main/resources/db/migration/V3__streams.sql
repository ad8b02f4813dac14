create table streams (
  id               text collate "C" primary key,
  host_id          text collate "C" not null,
  title            text not null,
  playback_url     text,
  status           text not null default 'created' check (status in ('created', 'started', 'ended')),
  last_rev         bigint not null default 0,     -- the rev of the last lasting change
  rules_rev        bigint not null default 0,     -- the number of the last change of a sanction
  end_on_host_loss boolean not null default false,
  host_joined      boolean not null default false, -- a host who never joined cannot be lost
  host_lost_at     timestamptz,
  slow_mode        int not null default 0,        -- seconds; 0 for none
  pinned           jsonb,                         -- the message, as it was pushed
  peak_viewers     bigint,                        -- stored at the end of the stream
  unique_viewers   bigint,                        -- stored at the end of the stream
  created_at       timestamptz not null default now(),
  started_at       timestamptz,
  ended_at         timestamptz
);
create index streams_host on streams (host_id);
create index streams_watched on streams (id) where end_on_host_loss and status = 'started';

create table live_moderators (
  stream_id text collate "C" not null references streams on delete cascade,
  user_id   text collate "C" not null,
  primary key (stream_id, user_id)
);

create table live_sanctions (
  stream_id text collate "C" not null references streams on delete cascade,
  user_id   text collate "C" not null,
  kind      text not null check (kind in ('mute', 'ban')),
  until     timestamptz not null default 'infinity', -- infinity: without an end
  primary key (stream_id, user_id, kind)
);
create index live_sanctions_until on live_sanctions (stream_id, until);

-- Ids are UUIDv7, so they sort by time. A message that is deleted before it is stored leaves a tombstone,
-- a row without a sender, so that it is not stored later.
create table live_messages (
  id         uuid not null,
  stream_id  text collate "C" not null references streams on delete cascade,
  user_id    text collate "C",
  content    text,
  temp_id    text,
  created_at timestamptz,
  deleted_at timestamptz,
  rev        bigint not null default 0,           -- the rev of the stream at which it was published
  primary key (stream_id, id)
);
create index live_messages_recent on live_messages (stream_id, id desc)
  where deleted_at is null and content is not null;
create index live_messages_of_user on live_messages (stream_id, user_id, rev);

-- A user's messages below a rev are purged: nobody reads them, and a sweeper deletes them in steps and
-- then, once no message below the rev can be stored any more, this row.
create table live_purges (
  stream_id  text collate "C" not null references streams on delete cascade,
  user_id    text collate "C" not null,
  before_rev bigint not null,
  purged_at  timestamptz not null default clock_timestamp(),
  sweep_at   timestamptz not null default clock_timestamp(),
  primary key (stream_id, user_id)
);
create index live_purges_due on live_purges (sweep_at);

-- The log of lasting changes of a stream: its status, moderation that all viewers see, and evictions.
-- The changes of a stream have a rev without gaps, as those of a chat have.
create table live_changes (
  stream_id  text collate "C" not null references streams on delete cascade,
  rev        bigint not null,
  evicts     text collate "C",                    -- the user who is evicted
  envelope   json,                                -- as published; null for an eviction only
  changed_at timestamptz not null default now(),
  primary key (stream_id, rev)
);
create index live_changes_age on live_changes using brin (changed_at);

-- The audit log of moderation. Rows never change, and are deleted with the stream.
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

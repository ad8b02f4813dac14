-- What callers have made under a mark of their own (tempId): asked for again, it is not made again.
-- No reference to what was made: the mark stays used when that is gone.
create table creations (
  kind        text not null check (kind in ('chat', 'stream')),
  user_id     text collate "C" not null,
  temp_id     text collate "C" not null,
  fingerprint uuid not null,                      -- of what was asked: tells a retry from a conflict
  made        text collate "C" not null,          -- the id of the chat or stream
  created_at  timestamptz not null default now(),
  primary key (kind, user_id, temp_id)
);

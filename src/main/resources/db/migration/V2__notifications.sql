-- The notifications of a user are numbered from 1 without gaps, in the order of their commits.
create table notification_counters (
  user_id       text collate "C" primary key,
  last_position bigint not null default 0
) with (fillfactor = 50);

-- A replaced or expired notification keeps its row, because a client may resume from its id.
create table notifications (
  id              uuid primary key,
  user_id         text collate "C" not null,
  position        bigint not null,
  type            text not null,
  title           text not null,
  message         text not null,
  data            jsonb,
  collapse_key    text collate "C",
  source          text collate "C",               -- the event behind it; unique for each user
  created_at      timestamptz not null,
  expires_at      timestamptz,
  read_at         timestamptz,
  acknowledged_at timestamptz,
  replaced_at     timestamptz,                    -- when a newer one with its collapse key came
  hand_off_at     timestamptz,                    -- when to hand it off, unless a device has it
  unique (user_id, position)
) with (fillfactor = 80);
create index notifications_unread on notifications (user_id)
  where read_at is null and replaced_at is null;
create unique index notifications_collapse on notifications (user_id, collapse_key)
  where collapse_key is not null and replaced_at is null;
create unique index notifications_source on notifications (user_id, source) where source is not null;
create index notifications_hand_off on notifications (hand_off_at) where hand_off_at is not null;

create table follows (
  user_id     text collate "C" not null,          -- the follower
  followed_id text collate "C" not null,
  created_at  timestamptz not null default now(),
  primary key (followed_id, user_id)
);

-- Started streams whose followers the gateway notifies, in groups in the order of their ids. The row
-- stays after all followers have been notified, so that no follower is notified twice.
create table stream_announcements (
  stream_id    text collate "C" primary key,
  host_id      text collate "C" not null,
  title        text not null,
  after_user   text collate "C" not null default '', -- the last follower who has been notified
  announced_at timestamptz not null default now(),
  finished_at  timestamptz
);
create index stream_announcements_due on stream_announcements (announced_at)
  where finished_at is null;

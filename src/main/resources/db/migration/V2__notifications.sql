-- The notifications of a user are numbered from 1 without gaps, in the order of their commits.
--
-- unread is the number of the user's notifications above read_up_to that are neither read nor withdrawn.
-- Every change of these rows holds the row of the counter, so the number is always exact.
create table notification_counters (
  user_id       text collate "C" primary key,
  last_position bigint not null default 0,
  unread        bigint not null default 0,
  read_up_to    bigint not null default 0,        -- all were read at once, up to this position
  read_all_at   timestamptz,                      -- when they were
  settled_up_to bigint not null default 0         -- up to here the rows themselves say so too
) with (fillfactor = 50);
create index notification_counters_unsettled on notification_counters (user_id)
  where settled_up_to < read_up_to;

-- A withdrawn notification keeps its row for some days, because a client may resume from its id.
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
  withdrawn_at    timestamptz,                    -- replaced by a newer one with its key, or expired
  hand_off_at     timestamptz                     -- when to hand it off, unless a device has it
) with (fillfactor = 80);
-- Lists and replays never pass what was withdrawn, however much it is.
create unique index notifications_shown on notifications (user_id, position)
  where withdrawn_at is null;
create index notifications_unread on notifications (user_id, position)
  where read_at is null and withdrawn_at is null;
create unique index notifications_collapse on notifications (user_id, collapse_key)
  where collapse_key is not null and withdrawn_at is null;
create unique index notifications_source on notifications (user_id, source) where source is not null;
create index notifications_hand_off on notifications (hand_off_at, user_id, position)
  where hand_off_at is not null;
-- Those that have expired, until they are withdrawn: to count them for one user, and to find them all.
create index notifications_expired_unread on notifications (user_id, expires_at) include (position)
  where expires_at is not null and read_at is null and withdrawn_at is null;
create index notifications_expiring on notifications (expires_at)
  where expires_at is not null and withdrawn_at is null;
create index notifications_withdrawn on notifications (withdrawn_at) where withdrawn_at is not null;

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

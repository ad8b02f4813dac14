-- Notifications of a user are numbered from 1 without gaps; their order is that of the commits.
create table notification_counters (
  user_id       text collate "C" primary key,
  last_position bigint not null default 0
) with (fillfactor = 50);                         -- moves at every notification: keep it in place

-- One that has been replaced or has expired keeps its row: its id still names a position.
create table notifications (
  id              uuid primary key,
  user_id         text collate "C" not null,
  position        bigint not null,
  type            text not null,
  title           text not null,
  message         text not null,
  data            jsonb,
  collapse_key    text collate "C",
  source          text collate "C",               -- what it was made from, once per user; null for calls
  created_at      timestamptz not null,
  expires_at      timestamptz,
  read_at         timestamptz,
  acknowledged_at timestamptz,
  replaced_at     timestamptz,                    -- a newer one with the same collapse key has come
  hand_off_at     timestamptz,                    -- when the platform is told, unless a device has it
  handed_off_at   timestamptz,
  unique (user_id, position)
) with (fillfactor = 80);
create index notifications_unread on notifications (user_id)
  where read_at is null and replaced_at is null;
create unique index notifications_collapse on notifications (user_id, collapse_key)
  where collapse_key is not null and replaced_at is null;
create unique index notifications_source on notifications (user_id, source) where source is not null;
create index notifications_hand_off on notifications (hand_off_at) where hand_off_at is not null;

-- Adds one notification for each of some users, all or none. p_hand_off_after: milliseconds until the
-- platform is told unless a device has it; null where it did not ask. Answers the positions given; a user who
-- has one of the same source already is missing. The users must differ; p_id has as many ids, it does
-- not matter whose is which.
--
-- All that changes notifications of a user first locks the user's counter, of several users in the
-- order of their ids: nobody waits in a ring, and what is counted under the lock is exact.
create function add_notifications(
  p_user text[], p_id uuid[], p_type text, p_title text, p_message text, p_data jsonb,
  p_collapse_key text, p_source text, p_expires_at timestamptz, p_hand_off_after bigint)
returns table (user_id text, id uuid, "position" bigint, created_at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz;
begin
  insert into notification_counters (user_id)
  select u.user_id from unnest(p_user) as u (user_id) order by u.user_id collate "C"
  on conflict do nothing;
  perform 1 from notification_counters c where c.user_id = any (p_user)
  order by c.user_id for no key update;
  ts := clock_timestamp();

  if p_collapse_key is not null then
    update notifications n set replaced_at = ts, hand_off_at = null
    where n.user_id = any (p_user) and n.collapse_key = p_collapse_key and n.replaced_at is null;
  end if;

  return query
  with counted as (
    update notification_counters c set last_position = c.last_position + 1
    where c.user_id = any (p_user)
      and (p_source is null or not exists (
        select 1 from notifications n where n.user_id = c.user_id and n.source = p_source))
    returning c.user_id, c.last_position)
  insert into notifications (id, user_id, position, type, title, message, data, collapse_key, source,
                             created_at, expires_at, hand_off_at)
  select p_id[row_number() over ()], c.user_id, c.last_position, p_type, p_title, p_message, p_data,
         p_collapse_key, p_source, ts, p_expires_at, ts + p_hand_off_after * interval '1 ms'
  from counted c
  returning notifications.user_id, notifications.id, notifications.position, ts;
end $$;

create function count_unread(p_user text) returns bigint
language sql stable as $$
  select count(*) from notifications n
  where n.user_id = p_user and n.read_at is null and n.replaced_at is null
    and (n.expires_at is null or n.expires_at > clock_timestamp())
$$;

-- Marks one notification as read, or all where p_id is null. known: there is such a notification.
create function read_notifications(p_user text, p_id uuid)
returns table (known boolean, changed boolean, unread bigint)
language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  is_known boolean := true;
  has_changed boolean;
begin
  perform 1 from notification_counters c where c.user_id = p_user for no key update;
  if p_id is null then
    update notifications n
    set read_at = clock_timestamp(), hand_off_at = null,
        acknowledged_at = coalesce(n.acknowledged_at, clock_timestamp())
    where n.user_id = p_user and n.read_at is null and n.replaced_at is null;
    has_changed := found;
  else
    update notifications n
    set read_at = clock_timestamp(), hand_off_at = null,
        acknowledged_at = coalesce(n.acknowledged_at, clock_timestamp())
    where n.id = p_id and n.user_id = p_user and n.read_at is null;
    has_changed := found;
    is_known := has_changed or exists (
      select 1 from notifications n where n.id = p_id and n.user_id = p_user);
  end if;
  return query select is_known, has_changed, count_unread(p_user);
end $$;

-- A device has these: by id, or by user and position.
create function acknowledge_notifications(p_user text, p_id uuid[]) returns void
language plpgsql as $$
begin
  perform 1 from notification_counters c where c.user_id = p_user for no key update;
  update notifications n set acknowledged_at = clock_timestamp(), hand_off_at = null
  where n.id = any (p_id) and n.user_id = p_user and n.acknowledged_at is null;
end $$;

create function acknowledge_positions(p_user text[], p_position bigint[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform 1 from notification_counters c where c.user_id = any (p_user)
  order by c.user_id for no key update;
  update notifications n set acknowledged_at = clock_timestamp(), hand_off_at = null
  from unnest(p_user, p_position) as u (user_id, position)
  where n.user_id = u.user_id and n.position = u.position and n.acknowledged_at is null;
end $$;

create table follows (
  user_id     text collate "C" not null,          -- who follows
  followed_id text collate "C" not null,
  created_at  timestamptz not null default now(),
  primary key (followed_id, user_id)
);

-- Streams whose followers are told that they have begun, some at a time. after_user is how far that
-- has come, in the order of ids; a row stays when all are told, so that nobody is told twice.
create table stream_announcements (
  stream_id    text collate "C" primary key,
  host_id      text collate "C" not null,
  title        text not null,
  after_user   text collate "C" not null default '',
  announced_at timestamptz not null default now(),
  finished_at  timestamptz
);
create index stream_announcements_due on stream_announcements (announced_at)
  where finished_at is null;

-- Messages whose mentions have not become notifications yet. Written with the message itself, so that
-- a mention is as safe as its message. A trigger, because whatever inserts messages must do it; its
-- condition costs a message without mentions next to nothing, and leaves imported history out.
create table pending_mentions (
  chat_id text collate "C" not null,
  seq     bigint not null,
  primary key (chat_id, seq)
);

create function note_mentions() returns trigger language plpgsql as $$
begin
  insert into pending_mentions (chat_id, seq) values (new.chat_id, new.seq);
  return null;
end $$;

create trigger messages_mentions after insert on messages for each row
when (jsonb_typeof(new.extra -> 'mentions') = 'array' and new.extra -> 'mentions' <> '[]'
      and new.created_at > now() - interval '5 minutes')
execute function note_mentions();

-- Calls of the server API that bore an Idempotency-Key, with their answers; kept for a day.
create table idempotency_keys (
  call        text not null,
  key         text collate "C" not null,
  fingerprint uuid not null,                      -- of the body: tells a retry from a conflict
  answer      text,
  created_at  timestamptz not null default now(),
  primary key (call, key)
);
create index idempotency_keys_age on idempotency_keys using brin (created_at);

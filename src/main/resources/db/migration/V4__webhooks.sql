-- Events that will be sent to the platform, written in the transaction of the change that they report.
-- The gateway deletes a row when the platform has accepted the event.
create table webhook_events (
  position   bigint generated always as identity primary key,
  id         uuid not null unique,                 -- the same at every attempt
  type       text not null,
  subject    text collate "C" not null,            -- 'chat:42'
  queue      text collate "C" not null,            -- the subject; a queue of its own for what waits for nobody
  data       json not null,                        -- json keeps the text as it was written
  created_at timestamptz not null default clock_timestamp(),
  queued_at  timestamptz not null default clock_timestamp(), -- later than created_at after a replay
  attempts   int not null default 0,               -- the failed attempts
  refusals   int not null default 0,               -- those of them that the receiver refused
  error      text                                  -- why the last attempt failed
);
create index webhook_events_queue on webhook_events (queue, position);
create index webhook_events_age on webhook_events using brin (queued_at);

-- Each queue with waiting events. due_at is the earliest time at which an instance may send its first
-- event; a claim sets it to the end of the lease. The indexes on it find the queues that are due, even
-- among a million waiting events.
create table webhook_queues (
  queue     text collate "C" primary key,
  due_at    timestamptz not null default clock_timestamp(),
  leased_by uuid,                                  -- the claim that holds it
  silent    boolean not null default false,        -- the last request had no answer
  outage    boolean not null default false         -- the pause ends when the receiver is back
) with (fillfactor = 50);
create index webhook_queues_due on webhook_queues (due_at) where not silent;
create index webhook_queues_silent on webhook_queues (due_at) where silent;
create index webhook_queues_outage on webhook_queues (due_at) where outage;

-- Events that the gateway no longer tries to send. A replay, or the end of their retention, deletes them.
create table webhook_dead_letters (
  number     bigint generated always as identity primary key,
  id         uuid not null unique,
  type       text not null,
  subject    text collate "C" not null,
  queue      text collate "C" not null,
  data       json not null,
  created_at timestamptz not null,
  attempts   int not null,
  error      text,
  died_at    timestamptz not null default clock_timestamp()
);
create index webhook_dead_letters_age on webhook_dead_letters using brin (died_at);

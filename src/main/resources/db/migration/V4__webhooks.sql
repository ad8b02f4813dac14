-- Events that will be sent to the platform, written in the transaction of the change that they report.
-- The gateway deletes a row when the platform has accepted the event.
create table webhook_events (
  position   bigint generated always as identity primary key,
  id         uuid not null,                        -- the same at every attempt
  type       text not null,
  subject    text collate "C" not null,            -- 'chat:42': events of one subject keep their order
  data       json not null,                        -- json keeps the text as it was written
  created_at timestamptz not null default clock_timestamp(),
  queued_at  timestamptz not null default clock_timestamp(), -- later than created_at after a replay
  attempts   int not null default 0,               -- the failed attempts
  error      text                                  -- why the last attempt failed
);
create index webhook_events_subject on webhook_events (subject, position);

-- Each subject with waiting events. due_at is the earliest time at which an instance may send its first
-- event; a claim sets it to the end of the lease. One index on it finds the subjects that are due, even
-- among a million waiting events.
create table webhook_subjects (
  subject   text collate "C" primary key,
  due_at    timestamptz not null default clock_timestamp(),
  leased_by uuid                                   -- the claim that holds it
) with (fillfactor = 50);
create index webhook_subjects_due on webhook_subjects (due_at);

-- Events that the gateway no longer tries to send. A replay, or the end of their retention, deletes them.
create table webhook_dead_letters (
  number     bigint generated always as identity primary key,
  id         uuid not null unique,
  type       text not null,
  subject    text collate "C" not null,
  data       json not null,
  created_at timestamptz not null,
  attempts   int not null,
  error      text,
  died_at    timestamptz not null default clock_timestamp()
);
create index webhook_dead_letters_age on webhook_dead_letters using brin (died_at);

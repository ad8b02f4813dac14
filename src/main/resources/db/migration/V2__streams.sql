create table streams (
  id           text collate "C" primary key,
  host_id      text collate "C" not null,
  title        text not null,
  playback_url text,
  status       text not null default 'created' check (status in ('created', 'started', 'ended')),
  created_at   timestamptz not null default now(),
  started_at   timestamptz,
  ended_at     timestamptz
);

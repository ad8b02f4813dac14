-- What the platform is to be told, written with the fact itself. A row goes when it was accepted.
create table webhook_events (
  position   bigint generated always as identity primary key,
  id         uuid not null,                        -- the receiver's: the same at every attempt
  type       text not null,
  subject    text collate "C" not null,            -- a chat, user, stream or call: keeps its order
  data       json not null,                        -- never looked into: kept as it was written
  created_at timestamptz not null default clock_timestamp(),
  queued_at  timestamptz not null default clock_timestamp(), -- the same, or when it was replayed
  attempts   int not null default 0,               -- those that failed
  error      text                                  -- why the last one did
);
create index webhook_events_subject on webhook_events (subject, position);

-- Each subject with events, and when somebody may next send its first one. Whoever sends holds it
-- until due_at. Among a million waiting events those that may be sent are found by one index.
create table webhook_subjects (
  subject   text collate "C" primary key,
  due_at    timestamptz not null default clock_timestamp(),
  leased_by uuid                                   -- the claim it is held by
) with (fillfactor = 50);
create index webhook_subjects_due on webhook_subjects (due_at);

-- Events that were given up, until they are replayed or pruned.
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

-- Chats with messages that offline members may be missing, and when to look.
create table message_handoffs (
  chat_id  text collate "C" primary key,
  due_at   timestamptz not null,
  again    boolean not null default false,         -- it is the second look at the same messages
  held_until timestamptz not null default '-infinity'
) with (fillfactor = 50);
create index message_handoffs_due on message_handoffs (due_at);

-- The last message the member was handed off to push for. Above delivered_seq: in this absence.
alter table chat_members add column handed_off_seq bigint not null default 0;
create index chat_members_handed_off on chat_members (user_id) where handed_off_seq > 0;

-- Makes sure that the subjects are known, and holds their rows until the end of the transaction:
-- nobody can find a subject empty and forget it while an event of it is on its way. An update that
-- changes nothing, because "do nothing" would not hold the row.
create function touch_webhook_subjects(p_subject text[]) returns void
language plpgsql as $$
begin
  insert into webhook_subjects (subject)
  select distinct u.subject from unnest(p_subject) as u (subject) order by u.subject
  on conflict (subject) do update set due_at = webhook_subjects.due_at;
end $$;

create function add_webhook_events(
  p_id uuid[], p_type text, p_subject text[], p_data text[]) returns void
language plpgsql as $$
begin
  insert into webhook_events (id, type, subject, data)
  select u.id, p_type, u.subject, u.data::json
  from unnest(p_id, p_subject, p_data) with ordinality as u (id, subject, data, ord)
  order by u.ord;
  perform touch_webhook_subjects(p_subject);
end $$;

-- Gives a subject back after some of its events were sent; nothing happens if the lease is lost.
-- A function, because each statement sees what was committed before it: an event that came while
-- the row was waited for counts.
create function release_webhook_subject(p_subject text, p_lease uuid, p_wait interval)
returns void
language plpgsql as $$
begin
  perform 1 from webhook_subjects s
  where s.subject = p_subject and s.leased_by = p_lease for update;
  if not found then
    return;
  end if;
  if exists (select 1 from webhook_events e where e.subject = p_subject) then
    update webhook_subjects s set due_at = clock_timestamp() + p_wait, leased_by = null
    where s.subject = p_subject;
  else
    delete from webhook_subjects s where s.subject = p_subject;
  end if;
end $$;

-- A time as the protocol writes it.
create function wire_time(p_time timestamptz) returns text
language sql stable parallel safe
return to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- append_messages, and the platform is told in the same transaction.
--
-- p_event: ids of the message.created events, in the order of the messages; null where nobody asked
-- for them. p_undelivered_after: milliseconds until offline members are looked for; null likewise.
-- Where neither is asked for, append_messages itself is called.
create function append_messages_and_tell(
  p_chat text[], p_id uuid[], p_sender text[], p_temp text[], p_fingerprint uuid[],
  p_content text[], p_extra text[], p_kind text[], p_any_sender boolean[],
  p_event uuid[], p_undelivered_after bigint)
returns table (
  ord int, outcome text, id uuid, seq bigint, rev bigint, created_at timestamptz, last_rev bigint)
language plpgsql
as $$
#variable_conflict use_column
begin
  return query
  with done as materialized (
    select * from append_messages(p_chat, p_id, p_sender, p_temp, p_fingerprint, p_content, p_extra,
                                  p_kind, p_any_sender)),
  written as (
    insert into webhook_events (id, type, subject, data, created_at)
    select u.event, 'message.created', u.chat_id,
           jsonb_strip_nulls(jsonb_build_object(
             'id', d.id, 'chatId', u.chat_id, 'seq', d.seq, 'rev', d.rev, 'prev', d.seq - 1,
             'senderId', u.sender, 'content', u.content,
             'tempId', nullif(u.temp_id, d.id::text), 'kind', u.kind,
             'createdAt', wire_time(d.created_at)) || coalesce(u.extra::jsonb, '{}'))::json,
           d.created_at
    from done d
    join unnest(p_chat, p_sender, p_temp, p_content, p_extra, p_kind, p_event) with ordinality
         as u (chat_id, sender, temp_id, content, extra, kind, event, ord) on u.ord = d.ord
    where d.outcome = 'appended' and p_event is not null
    order by u.chat_id, d.seq),
  touched as (
    insert into webhook_subjects (subject)
    select distinct p_chat[d.ord] as chat_id
    from done d where d.outcome = 'appended' and p_event is not null
    order by chat_id
    on conflict (subject) do update set due_at = webhook_subjects.due_at),
  awaited as (
    insert into message_handoffs (chat_id, due_at)
    select distinct p_chat[d.ord], clock_timestamp() + p_undelivered_after * interval '1 ms'
    from done d where d.outcome = 'appended' and p_undelivered_after is not null
    on conflict (chat_id) do update set due_at = excluded.due_at, again = false
    where message_handoffs.again)
  select * from done;
end $$;

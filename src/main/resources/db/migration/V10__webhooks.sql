-- A chat, a user and a stream may bear the same id, and are different subjects all the same: what keeps
-- its order is "chat:42", what the receiver is told is "42".
update webhook_events set subject = kind || subject
from (values ('message.created', 'chat:'), ('message.undelivered', 'user:'),
             ('notification.undelivered', 'user:'), ('stream.started', 'stream:'),
             ('stream.ended', 'stream:')) as k (of_type, kind)
where type = k.of_type;
update webhook_dead_letters set subject = kind || subject
from (values ('message.created', 'chat:'), ('message.undelivered', 'user:'),
             ('notification.undelivered', 'user:'), ('stream.started', 'stream:'),
             ('stream.ended', 'stream:')) as k (of_type, kind)
where type = k.of_type;
delete from webhook_subjects;
insert into webhook_subjects (subject) select distinct subject from webhook_events;

-- In one order everywhere, whatever the database sorts by itself: nobody waits in a ring.
create or replace function touch_webhook_subjects(p_subject text[]) returns void
language plpgsql as $$
begin
  insert into webhook_subjects (subject)
  select distinct u.subject collate "C" as subject from unnest(p_subject) as u (subject)
  order by subject
  on conflict (subject) do update set due_at = webhook_subjects.due_at;
end $$;

-- The subjects first: who holds them takes the positions, so their order is that of the commits.
create or replace function add_webhook_events(
  p_id uuid[], p_type text, p_subject text[], p_data text[]) returns void
language plpgsql as $$
begin
  perform touch_webhook_subjects(p_subject);
  insert into webhook_events (id, type, subject, data)
  select u.id, p_type, u.subject, u.data::json
  from unnest(p_id, p_subject, p_data) with ordinality as u (id, subject, data, ord)
  order by u.ord;
end $$;

create or replace function append_messages_and_tell(
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
    select u.event, 'message.created', 'chat:' || u.chat_id,
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
    select distinct ('chat:' || p_chat[d.ord]) collate "C" as subject
    from done d where d.outcome = 'appended' and p_event is not null
    order by subject
    on conflict (subject) do update set due_at = webhook_subjects.due_at),
  awaited as (
    insert into message_handoffs (chat_id, due_at)
    select distinct p_chat[d.ord] collate "C" as chat_id,
           clock_timestamp() + p_undelivered_after * interval '1 ms'
    from done d where d.outcome = 'appended' and p_undelivered_after is not null
    order by chat_id
    on conflict (chat_id) do update set due_at = excluded.due_at, again = false
    where message_handoffs.again)
  select * from done;
end $$;

-- The oldest mention first, whichever chat it is in: a busy chat holds up no other.
alter table pending_mentions add column position bigint generated always as identity;
create index pending_mentions_oldest on pending_mentions (position);

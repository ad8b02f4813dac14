-- Calls append_messages and writes, in the same transaction, what the platform will be told.
--
-- p_event has the ids of the message.created events, in the order of the messages; it is null where the
-- platform did not ask for them. p_undelivered_after has the milliseconds until the gateway looks for
-- absent members; null likewise. Where the platform asked for neither, append_messages is called alone.
create or replace function append_messages_and_tell(
  p_chat text[], p_id uuid[], p_sender text[], p_temp text[], p_fingerprint uuid[],
  p_content text[], p_extra text[], p_kind text[], p_any_sender boolean[],
  p_wait boolean, p_event uuid[], p_undelivered_after bigint)
returns table (
  ord int, outcome text, id uuid, seq bigint, rev bigint, created_at timestamptz, last_rev bigint)
language plpgsql
as $$
#variable_conflict use_column
begin
  return query
  with done as materialized (
    select * from append_messages(p_chat, p_id, p_sender, p_temp, p_fingerprint, p_content, p_extra,
                                  p_kind, p_any_sender, p_wait)),
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

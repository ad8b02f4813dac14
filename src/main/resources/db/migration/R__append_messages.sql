-- Appends a group of messages in one round trip and one transaction.
--
-- This is a function because each of its statements sees what was committed before it, after the locks
-- are held; one plain statement would take its snapshot before it waits for the locks. The function
-- returns rows in any order. The outcome is appended, duplicate, conflict, forbidden, not_found,
-- encryption_required or held: another transaction holds the chat's row, and the function did nothing in
-- that chat. Without p_wait the function skips such chats, so they do not delay the others of the group.
-- A group must contain each (chat, sender, temp_id) only once.
--
-- p_mentioning has the ids of the messages that mention users; null if no message does.
--
-- The planner settings keep the cached plan on the indexes, because the plan may be made while the tables
-- are empty. Every index that begins with chat_id has the same cost then, and with one of them each
-- append would read all messages of the chat. Only the index on the idempotency key has the order that
-- the search for an earlier message requires, so the planner chooses that index.
create or replace function append_messages(
  p_chat text[], p_id uuid[], p_sender text[], p_temp text[], p_fingerprint uuid[],
  p_content text[], p_extra text[], p_any_sender boolean[], p_mentioning uuid[], p_wait boolean)
returns table (ord int, outcome text, id uuid, seq bigint, rev bigint, created_at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz;
  got text[];
begin
  -- Locking rows in the order of their ids, chats before members, prevents deadlocks between groups.
  if p_wait then
    got := array(
      select c.id from chats c where c.id = any (p_chat) order by c.id for no key update);
  else
    got := array(
      select c.id from chats c where c.id = any (p_chat)
      order by c.id for no key update skip locked);
  end if;
  perform 1
  from (select distinct u.chat_id, u.sender
        from unnest(p_chat, p_sender) as u (chat_id, sender)
        where u.chat_id = any (got)) u
  join chat_members m on m.chat_id = u.chat_id and m.user_id = u.sender
  order by m.chat_id, m.user_id for no key update of m;
  ts := clock_timestamp();

  return query
  with asked as materialized (
    select u.ord, u.chat_id, u.id, u.sender, u.temp_id, u.fingerprint, u.content, u.extra,
           case
             when c.chat_id is null then case when u.any_sender then 'not_found' else 'forbidden' end
             when u.chat_id <> all (got) then 'held'
             when not u.any_sender and m.user_id is null then 'forbidden'
             when o.id is not null and o.fingerprint = u.fingerprint then 'duplicate'
             when o.id is not null then 'conflict'
             when c.encryption = 'required' and u.content is not null then 'encryption_required'
             else 'appended'
           end as outcome,
           o.id as old_id, o.seq as old_seq, o.first_rev as old_rev, o.created_at as old_at,
           c.last_seq, c.last_rev
    from unnest(p_chat, p_id, p_sender, p_temp, p_fingerprint, p_content, p_extra, p_any_sender)
         with ordinality
         as u (chat_id, id, sender, temp_id, fingerprint, content, extra, any_sender, ord)
    left join lateral (
      select c.id as chat_id, c.encryption, c.last_seq, c.last_rev
      from chats c where c.id = u.chat_id limit 1) c on true
    left join lateral (
      select m.user_id from chat_members m
      where m.chat_id = u.chat_id and m.user_id = u.sender limit 1) m on true
    left join lateral (
      select o.id, o.seq, o.first_rev, o.fingerprint, o.created_at from messages o
      where o.chat_id = u.chat_id and o.sender_id = u.sender
        and o.temp_id between u.temp_id and u.temp_id
      order by o.temp_id limit 1) o on true),
  fresh as materialized (
    select a.*, a.last_seq + row_number() over per_chat as seq,
           a.last_rev + row_number() over per_chat as rev
    from asked a where a.outcome = 'appended'
    window per_chat as (partition by a.chat_id order by a.ord)),
  counted as (
    update chats c set last_seq = n.seq, last_rev = n.rev, active_at = ts
    from (select f.chat_id, max(f.seq) as seq, max(f.rev) as rev from fresh f group by f.chat_id) n
    where c.id = n.chat_id),
  own_marks as (
    update chat_members m set read_seq = n.seq, delivered_seq = n.seq
    from (select f.chat_id, f.sender, max(f.seq) as seq from fresh f group by f.chat_id, f.sender) n
    where m.chat_id = n.chat_id and m.user_id = n.sender),
  inserted as (
    insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                          content, extra, created_at)
    select f.chat_id, f.seq, f.id, f.rev, f.rev, f.sender, f.temp_id, f.fingerprint,
           f.content, f.extra::jsonb, ts
    from fresh f)
  select f.ord::int, f.outcome, f.id, f.seq, f.rev, ts from fresh f
  union all
  select a.ord::int, a.outcome, a.old_id, a.old_seq, a.old_rev, a.old_at
  from asked a where a.outcome <> 'appended';

  -- The condition on the time excludes duplicates: their mentions were recorded with the first append.
  if p_mentioning is not null then
    insert into pending_mentions (chat_id, seq)
    select m.chat_id, m.seq from messages m
    where m.id = any (p_mentioning) and m.created_at = ts
    order by m.chat_id, m.seq;
  end if;
end $$;

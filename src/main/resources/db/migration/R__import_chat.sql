-- Imports one chat with its history, or more history of a chat that exists, in one round trip and one
-- transaction. The same import again changes nothing.
--
-- p is {id, type?, title?, encryption?, directKey?, createdAt?, members: [{ord, userId, role}],
-- messages: [{ord, id, senderId, tempId, fingerprint, content?, extra?, createdAt, editedAt?,
-- replyTo?}], unread: {userId: number}}; replyTo is there only if the message replied to is not in p.
-- The outcome is created, extended, unchanged, other_pair, not_found, no_reply or goes_on.
--
-- History grows in order only: a fresh message is no older than the chat's last message, and follows the
-- known messages of p. A read marker stays within the chat.
--
-- The planner settings keep the cached plan on the indexes: the plan may be made while tables are empty.
create or replace function import_chat(p jsonb) returns text
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  chat constant text := p ->> 'id';
  made constant timestamptz := coalesce(
    (p ->> 'createdAt')::timestamptz, (p #>> '{messages,0,createdAt}')::timestamptz,
    clock_timestamp());
  is_new boolean := false;
  old_seq bigint;
  old_rev bigint;
  imported bigint;
  fresh int;
  first_fresh int;
  last_known int;
  last_known_seq bigint;
  oldest_fresh timestamptz;
begin
  -- What may fail comes before what is written.
  if exists (
    select 1 from jsonb_to_recordset(p -> 'messages') as n ("replyTo" uuid)
    where n."replyTo" is not null and not exists (
      select 1 from messages o where o.id = n."replyTo" and o.chat_id = chat)) then
    return 'no_reply';
  end if;

  if p ->> 'type' is not null then
    insert into chats (id, type, title, encryption, direct_key, created_at, active_at)
    values (chat, p ->> 'type', p ->> 'title', p ->> 'encryption', p ->> 'directKey', made, made)
    on conflict do nothing;
    is_new := found;
  end if;
  select c.last_seq, c.last_rev, c.imported_seq into old_seq, old_rev, imported
  from chats c where c.id = chat for no key update;
  if not found then
    return case when p ->> 'type' is null then 'not_found' else 'other_pair' end;
  end if;
  if is_new then
    insert into chat_members (chat_id, user_id, role, joined_at)
    select chat, m."userId", m.role, made + m.ord * interval '1 microsecond'
    from jsonb_to_recordset(p -> 'members') as m (ord int, "userId" text, role text);
  end if;

  select count(*) filter (where o.id is null), min(n.ord) filter (where o.id is null),
         max(n.ord) filter (where o.id is not null), max(o.seq),
         min(n."createdAt") filter (where o.id is null)
  into fresh, first_fresh, last_known, last_known_seq, oldest_fresh
  from jsonb_to_recordset(p -> 'messages') as n (ord int, id uuid, "createdAt" timestamptz)
  left join lateral (select o.id, o.seq from messages o where o.id = n.id limit 1) o on true;
  if fresh = 0 then
    return case when is_new then 'created' else 'unchanged' end;
  end if;
  if old_seq <> imported or first_fresh < last_known or last_known_seq < old_seq
     or exists (select 1 from messages o
                where o.chat_id = chat and o.seq = old_seq and o.created_at > oldest_fresh) then
    return 'goes_on';
  end if;

  insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint, content,
                        extra, created_at, edited_at)
  select chat, old_seq + n.nth, n.id, old_rev + n.nth, old_rev + n.nth, n."senderId", n."tempId",
         n.fingerprint, n.content, n.extra, n."createdAt", n."editedAt"
  from (select n.*, n.ord - first_fresh + 1 as nth
        from jsonb_to_recordset(p -> 'messages') as n (
          ord int, id uuid, "senderId" text, "tempId" text, fingerprint uuid, content text,
          extra jsonb, "createdAt" timestamptz, "editedAt" timestamptz)) n
  where n.ord >= first_fresh
  order by n.ord;
  update chats
  set last_seq = old_seq + fresh, last_rev = old_rev + fresh, imported_seq = old_seq + fresh,
      active_at = (p #>> array['messages', '-1', 'createdAt'])::timestamptz
  where id = chat;
  update chat_members m
  set read_seq = least(
        old_seq + fresh,
        greatest(m.read_seq,
                 old_seq + fresh - coalesce((p -> 'unread' ->> m.user_id)::bigint, 0))),
      delivered_seq = old_seq + fresh
  where m.chat_id = chat;
  return case when is_new then 'created' else 'extended' end;
end $$;

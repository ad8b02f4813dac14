-- The incarnation of the data: positions a client remembers from another one are void.
create table epoch (id uuid primary key default gen_random_uuid());
insert into epoch default values;

-- Ids of chats and users are the platform's: opaque text. Compared by bytes, so that "in the order
-- of chat id" means the same to every locale.
create table chats (
  id           text collate "C" primary key,
  type         text not null check (type in ('direct', 'group')),
  title        text,
  encryption   text check (encryption = 'required'),
  direct_key   text collate "C" unique,           -- the sorted pair; a pair has one chat
  last_seq     bigint not null default 0,         -- number of the last message
  last_rev     bigint not null default 0,         -- number of the last lasting change
  created_at   timestamptz not null default now(),
  active_at    timestamptz not null default now() -- of the last message: the order of a chat list
) with (fillfactor = 50);                         -- counters move at every message: keep it in place

create table chat_members (
  chat_id       text collate "C" not null references chats on delete cascade,
  user_id       text collate "C" not null,
  role          text not null default 'member' check (role in ('member', 'admin')),
  joined_at     timestamptz not null default clock_timestamp(),
  read_seq      bigint not null default 0,
  delivered_seq bigint not null default 0,
  muted         boolean not null default false,
  primary key (chat_id, user_id)
) with (fillfactor = 70);
create index chat_members_user on chat_members (user_id);

-- No foreign key to chats: the one function that inserts holds the chat's row locked.
create table messages (
  chat_id     text collate "C" not null,
  seq         bigint not null,
  id          uuid not null unique,
  first_rev   bigint not null,                    -- the rev it came with
  rev         bigint not null,                    -- the rev of its last change
  sender_id   text collate "C" not null,
  temp_id     text collate "C" not null,          -- the client's, or the id where it gave none
  fingerprint uuid not null,                      -- of what was sent: tells a retry from a conflict
  content     text,
  extra       jsonb,                              -- encrypted, replyTo, mentions, attachments
  kind        text,
  created_at  timestamptz not null,
  edited_at   timestamptz,
  deleted_at  timestamptz,
  primary key (chat_id, seq),
  unique (chat_id, sender_id, temp_id)
);
create index messages_changed on messages (chat_id, rev);

create table message_reactions (
  message_id uuid not null references messages (id) on delete cascade,
  reaction   text collate "C" not null,
  user_id    text collate "C" not null,
  created_at timestamptz not null default now(),
  primary key (message_id, reaction, user_id)
);

-- Every lasting change that is not a new message, as it was published: what an instance that missed
-- it on the bus delivers from. Pruned after a day.
create table chat_changes (
  chat_id    text collate "C" not null references chats on delete cascade,
  rev        bigint not null,
  event      text not null,
  data       jsonb not null,
  changed_at timestamptz not null default now(),
  primary key (chat_id, rev)
);
create index chat_changes_age on chat_changes using brin (changed_at);

-- Appends a group of messages in one round trip and one transaction.
--
-- A function, because each of its statements sees what was committed before it, after the locks are
-- held: one plain statement would take its snapshot before it waits. Rows come back in any order;
-- outcome is appended, duplicate, conflict, forbidden, not_found or encryption_required. The same
-- (chat, sender, temp_id) must stand in a group once.
--
-- The planner settings keep the cached plan on the indexes: it may be made while tables are empty.
create function append_messages(
  p_chat text[], p_id uuid[], p_sender text[], p_temp text[], p_fingerprint uuid[],
  p_content text[], p_extra text[], p_kind text[], p_any_sender boolean[])
returns table (
  ord int, outcome text, id uuid, seq bigint, rev bigint, created_at timestamptz, last_rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  ts timestamptz;
begin
  -- In the order of ids, first chats, then members: two groups never wait for each other in a ring.
  perform 1 from chats c where c.id = any (p_chat) order by c.id for no key update;
  perform 1
  from (select distinct u.chat_id, u.sender
        from unnest(p_chat, p_sender) as u (chat_id, sender)) u
  join chat_members m on m.chat_id = u.chat_id and m.user_id = u.sender
  order by m.chat_id, m.user_id for no key update of m;
  ts := clock_timestamp();

  return query
  with asked as materialized (
    select u.ord, u.chat_id, u.id, u.sender, u.temp_id, u.fingerprint, u.content, u.extra, u.kind,
           case
             when c.chat_id is null then case when u.any_sender then 'not_found' else 'forbidden' end
             when not u.any_sender and m.user_id is null then 'forbidden'
             when o.id is not null and o.fingerprint = u.fingerprint then 'duplicate'
             when o.id is not null then 'conflict'
             when c.encryption = 'required' and u.content is not null and u.kind is null
               then 'encryption_required'
             else 'appended'
           end as outcome,
           o.id as old_id, o.seq as old_seq, o.first_rev as old_rev, o.created_at as old_at,
           c.last_seq, c.last_rev
    from unnest(p_chat, p_id, p_sender, p_temp, p_fingerprint, p_content, p_extra, p_kind,
                p_any_sender) with ordinality
         as u (chat_id, id, sender, temp_id, fingerprint, content, extra, kind, any_sender, ord)
    left join lateral (
      select c.id as chat_id, c.encryption, c.last_seq, c.last_rev
      from chats c where c.id = u.chat_id limit 1) c on true
    left join lateral (
      select m.user_id from chat_members m
      where m.chat_id = u.chat_id and m.user_id = u.sender limit 1) m on true
    left join lateral (
      select o.id, o.seq, o.first_rev, o.fingerprint, o.created_at from messages o
      where o.chat_id = u.chat_id and o.sender_id = u.sender and o.temp_id = u.temp_id
      limit 1) o on true),
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
                          content, extra, kind, created_at)
    select f.chat_id, f.seq, f.id, f.rev, f.rev, f.sender, f.temp_id, f.fingerprint,
           f.content, f.extra::jsonb, f.kind, ts
    from fresh f)
  select f.ord::int, f.outcome, f.id, f.seq, f.rev, ts, f.rev from fresh f
  union all
  select a.ord::int, a.outcome, a.old_id, a.old_seq, a.old_rev, a.old_at, a.last_rev
  from asked a where a.outcome <> 'appended';
end $$;

-- Moves read and delivered marks forward, a group in one round trip. A mark never goes back; reading
-- implies delivery. advanced tells whether this mark moved anything. A message that is not in the
-- chat has no seq; one who is not a member has no read_seq.
create function advance_marks(
  p_chat text[], p_user text[], p_message uuid[], p_read boolean[])
returns table (
  ord int, seq bigint, read_seq bigint, delivered_seq bigint, last_seq bigint, members bigint,
  advanced boolean)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  perform 1
  from (select distinct u.chat_id, u.user_id
        from unnest(p_chat, p_user) as u (chat_id, user_id)) u
  join chat_members m on m.chat_id = u.chat_id and m.user_id = u.user_id
  order by m.chat_id, m.user_id for no key update of m;

  return query
  with asked as materialized (
    select u.ord, u.chat_id, u.user_id, u.is_read, o.seq,
           m.read_seq as old_read, m.delivered_seq as old_delivered
    from unnest(p_chat, p_user, p_message, p_read) with ordinality
         as u (chat_id, user_id, message_id, is_read, ord)
    left join lateral (
      select o.seq from messages o
      where o.id = u.message_id and o.chat_id = u.chat_id limit 1) o on true
    left join lateral (
      select m.read_seq, m.delivered_seq from chat_members m
      where m.chat_id = u.chat_id and m.user_id = u.user_id limit 1) m on true),
  moved as (
    update chat_members m
    set read_seq = greatest(m.read_seq, n.read_seq),
        delivered_seq = greatest(m.delivered_seq, n.delivered_seq)
    from (select a.chat_id, a.user_id,
                 coalesce(max(a.seq) filter (where a.is_read), 0) as read_seq,
                 coalesce(max(a.seq), 0) as delivered_seq
          from asked a where a.seq is not null group by a.chat_id, a.user_id) n
    where m.chat_id = n.chat_id and m.user_id = n.user_id
      and (m.read_seq < n.read_seq or m.delivered_seq < n.delivered_seq))
  select a.ord::int, a.seq,
         -- greatest() passes over null: one who is not a member must keep none.
         case when a.is_read and a.old_read is not null
              then greatest(a.old_read, a.seq) else a.old_read end,
         case when a.old_delivered is not null then greatest(a.old_delivered, a.seq) end,
         c.last_seq,
         (select count(*) from (select 1 from chat_members m where m.chat_id = a.chat_id
                                limit 1001) some_members),
         coalesce(case when a.is_read then a.old_read < a.seq else a.old_delivered < a.seq end, false)
  from asked a
  left join lateral (select c.last_seq from chats c where c.id = a.chat_id limit 1) c on true;
end $$;

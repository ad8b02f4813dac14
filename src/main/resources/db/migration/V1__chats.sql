-- The tables of chats, and the tables that all features share. Each function has its own R__*.sql file.
--
-- Ids of users, chats and streams are opaque text from the platform. The collation "C" compares them
-- by bytes, so statements lock rows in the same order under every locale.
--
-- The fillfactor leaves free space in the pages of tables whose rows change often, so that PostgreSQL
-- can put the new version of a row into the same page and need not update the indexes.

-- Identifies this set of data. A client's seq and rev are valid only in the epoch that it got them in.
create table epoch (id uuid primary key default gen_random_uuid());
insert into epoch default values;

create table chats (
  id           text collate "C" primary key,
  type         text not null check (type in ('direct', 'group')),
  title        text,
  encryption   text check (encryption = 'required'),
  direct_key   text collate "C" unique,           -- the sorted pair of members; they share one chat
  last_seq     bigint not null default 0,         -- the seq of the last message
  last_rev     bigint not null default 0,         -- the rev of the last lasting change
  imported_seq bigint not null default 0,         -- an import may continue while this is last_seq
  -- The start of the counters: 0, or above those of an earlier chat with this id. No message and no
  -- change has these numbers, so a client's lower seq and rev belong to the earlier chat.
  base_seq     bigint not null default 0,
  base_rev     bigint not null default 0,
  -- Every statement that changes members holds this row and keeps this, so nobody has to count members.
  member_count int not null default 0,
  created_by   text collate "C",                  -- null for an imported chat
  created_at   timestamptz not null default now(),
  active_at    timestamptz not null default now() -- the time of the last message; orders chat lists
) with (fillfactor = 50);
create index chats_age on chats using brin (created_at);

create table chat_members (
  chat_id        text collate "C" not null references chats on delete cascade,
  user_id        text collate "C" not null,
  role           text not null default 'member' check (role in ('member', 'admin')),
  joined_at      timestamptz not null default clock_timestamp(),
  read_seq       bigint not null default 0,
  delivered_seq  bigint not null default 0,
  handed_off_seq bigint not null default 0,       -- the last message handed off; one above
                                                  -- delivered_seq is of the present absence
  muted          boolean not null default false,
  primary key (chat_id, user_id)
) with (fillfactor = 70);
-- With both columns every search for one member of one chat finds one row, whichever index a plan uses.
create index chat_members_user on chat_members (user_id, chat_id);
create index chat_members_handed_off on chat_members (user_id) where handed_off_seq > 0;

-- There is no foreign key to chats: every statement that inserts messages locks the chat's row.
create table messages (
  chat_id     text collate "C" not null,
  seq         bigint not null,
  id          uuid not null unique,
  first_rev   bigint not null,                    -- the rev of its creation
  rev         bigint not null,                    -- the rev of its last change
  sender_id   text collate "C" not null,
  temp_id     text collate "C" not null,          -- the idempotency key, or the id if there is none
  fingerprint uuid not null,                      -- the hash of the command; a retry has the same
  content     text,
  extra       jsonb,                              -- encrypted, replyTo, mentions, attachments
  kind        text,                               -- 'system' for a message that no user wrote
  created_at  timestamptz not null,
  edited_at   timestamptz,
  deleted_at  timestamptz,
  -- The bytes of its words, so that a page ends before it reads more than it may have.
  size        int not null generated always as (
                octet_length(coalesce(content, '')) + octet_length(coalesce(extra::text, ''))) stored,
  primary key (chat_id, seq),
  unique (chat_id, sender_id, temp_id)
);
-- A hole in a room is filled in the order of first_rev.
create index messages_arrived on messages (chat_id, first_rev);
-- Only messages that changed after their creation, so that an append does not write it. With seq a count
-- of the changes that a client missed reads the index alone.
create index messages_changed on messages (chat_id, rev) include (seq) where rev <> first_rev;

-- Which user gave a message which reaction. As messages, reactions have no foreign key: every statement
-- that changes them locks the chat's row, and who deletes a message deletes its reactions.
create table message_reactions (
  chat_id  text collate "C" not null,
  seq      bigint not null,
  user_id  text collate "C" not null,
  reaction text collate "C" not null,
  primary key (chat_id, seq, user_id, reaction)
);

-- How many users gave a message a reaction, which is what every reader of a message asks. There is no row
-- for a reaction that nobody gives any more.
create table reaction_counts (
  chat_id  text collate "C" not null,
  seq      bigint not null,
  reaction text collate "C" not null,
  count    int not null check (count > 0),
  since    timestamptz not null default clock_timestamp(), -- orders the reactions of a message
  primary key (chat_id, seq, reaction)
) with (fillfactor = 70);

-- The log of lasting changes other than new messages. An instance that missed a change on the bus
-- delivers the stored envelope, even if it does not know the event: json keeps the text byte for byte.
-- The gateway deletes rows after a day.
create table chat_changes (
  chat_id    text collate "C" not null references chats on delete cascade,
  rev        bigint not null,
  member_id  text collate "C",                    -- the user whose membership changed
  evicts     text collate "C",                    -- the user who leaves the room after the change
  envelope   json not null,
  changed_at timestamptz not null default now(),
  primary key (chat_id, rev)
);
-- From these changes the gateway evicts users from a room that skips the rest of a large hole.
create index chat_changes_evicting on chat_changes (chat_id, rev) where evicts is not null;
create index chat_changes_age on chat_changes using brin (changed_at);
-- From these changes the gateway informs users who were added or removed while the bus was down.
create index chat_changes_members on chat_changes (changed_at) where member_id is not null;

-- Deleted chats whose messages the gateway still deletes, in small steps: a transaction that deleted
-- them all would lock the chat's row too long.
create table deleted_chats (
  id     text collate "C" primary key,
  due_at timestamptz not null default now()       -- the time of the next step
);

-- The last seq and rev of every deleted chat. A new chat with the same id continues above them, so that
-- a client's seq and rev of the earlier chat are not mistaken for ones of the new chat. Rows are never
-- deleted, since a phone may stay switched off for any time; a row takes about 100 bytes.
create table past_chats (
  id       text collate "C" primary key,
  last_seq bigint not null,
  last_rev bigint not null
);

-- Messages whose mentions have not become notifications yet. The function that inserts a message writes
-- this row in the same transaction, so a mention is as safe as its message. The position orders the work
-- across chats, so that a busy chat does not delay another.
create table pending_mentions (
  chat_id  text collate "C" not null,
  seq      bigint not null,
  position bigint generated always as identity,
  due_at   timestamptz not null default '-infinity', -- later if it has failed
  primary key (chat_id, seq)
);
create index pending_mentions_oldest on pending_mentions (position);

-- Chats with messages that absent members may not have received, and the time of the next check.
create table message_handoffs (
  chat_id    text collate "C" primary key,
  due_at     timestamptz not null,
  again      boolean not null default false,      -- the second check of the same messages is due
  held_until timestamptz not null default '-infinity'
) with (fillfactor = 50);
create index message_handoffs_due on message_handoffs (due_at);

-- Chats and streams that users created under an idempotency key (tempId). A repeated request finds the
-- chat or stream here. There is no foreign key to it, because the key stays used after its deletion.
create table creations (
  kind        text not null check (kind in ('chat', 'stream')),
  user_id     text collate "C" not null,
  temp_id     text collate "C" not null,
  fingerprint uuid not null,                      -- the hash of the request; a retry has the same
  made        text collate "C" not null,          -- the id of the chat or stream
  created_at  timestamptz not null default now(),
  primary key (kind, user_id, temp_id)
);

-- Calls of the server API with an Idempotency-Key, and their answers; the gateway deletes rows after a
-- day.
create table idempotency_keys (
  call        text not null,
  key         text collate "C" not null,
  fingerprint uuid not null,                      -- the hash of the body; a retry has the same
  answer      text,
  created_at  timestamptz not null default now(),
  primary key (call, key)
);
create index idempotency_keys_age on idempotency_keys using brin (created_at);

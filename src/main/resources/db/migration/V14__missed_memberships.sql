-- Who is brought into a chat, or put out of it, while the bus is down is told when it is back: from the
-- log of changes, and for a new chat, which is no change of its own, from its row.
create index chat_changes_members on chat_changes (changed_at) where event = 'chat:member';

alter table chats add column created_by text collate "C"; -- null: imported, or from before this column
create index chats_age on chats using brin (created_at);

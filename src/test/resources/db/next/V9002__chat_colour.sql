alter table chats add column colour text;

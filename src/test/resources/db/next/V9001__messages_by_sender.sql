-- A migration as the next release may have it; CONTRIBUTING.md has the rules it follows.
set lock_timeout = 0;
drop index concurrently if exists messages_by_sender;
create index concurrently messages_by_sender on messages (sender_id);
reset lock_timeout;

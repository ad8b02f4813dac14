-- Moves a group of read and delivered markers forward in one round trip. A marker never moves back, and
-- a read marker implies delivery. advanced says whether the request moved its marker. seq is null for a
-- message that is not in the chat; read_seq is null for a user who is not a member. The group must
-- contain each (chat, user) only once.
--
-- held says that another transaction holds the member's row, and that the function did not move the
-- marker. Without p_wait the function skips such rows, so they do not delay the other markers. With
-- p_wait it waits for the row of the chat first: a transaction that changes several members of a chat
-- holds that row, but locks the members in any order, so that waiting for them could end in a deadlock.
--
-- The search for the message leaves the comparison of chats to the join: with the chat in the condition
-- of the search, a plan made while the table is empty might read all messages of the chat.
create or replace function advance_marks(
  p_chat text[], p_user text[], p_message uuid[], p_read boolean[], p_wait boolean)
returns table (
  ord int, seq bigint, read_seq bigint, delivered_seq bigint, last_seq bigint, members bigint,
  advanced boolean, held boolean)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  got bigint[];
begin
  if p_wait then
    perform 1 from chats c where c.id = any (p_chat) order by c.id for share;
    got := array(
      select u.ord from unnest(p_chat, p_user) with ordinality as u (chat_id, user_id, ord)
      join chat_members m on m.chat_id = u.chat_id and m.user_id = u.user_id
      order by m.chat_id, m.user_id for no key update of m);
  else
    got := array(
      select u.ord from unnest(p_chat, p_user) with ordinality as u (chat_id, user_id, ord)
      join chat_members m on m.chat_id = u.chat_id and m.user_id = u.user_id
      order by m.chat_id, m.user_id for no key update of m skip locked);
  end if;

  return query
  with asked as materialized (
    select u.ord, u.chat_id, u.user_id, u.is_read, o.seq,
           m.read_seq as old_read, m.delivered_seq as old_delivered,
           m.read_seq is not null and u.ord <> all (got) as held
    from unnest(p_chat, p_user, p_message, p_read) with ordinality
         as u (chat_id, user_id, message_id, is_read, ord)
    left join lateral (
      select o.chat_id, o.seq from messages o
      where o.id = u.message_id limit 1) o on o.chat_id = u.chat_id
    left join lateral (
      select m.read_seq, m.delivered_seq from chat_members m
      where m.chat_id = u.chat_id and m.user_id = u.user_id limit 1) m on true),
  moved as (
    update chat_members m
    set read_seq = greatest(m.read_seq, case when a.is_read then a.seq end),
        delivered_seq = greatest(m.delivered_seq, a.seq)
    from asked a
    where m.chat_id = a.chat_id and m.user_id = a.user_id and not a.held
      and (m.delivered_seq < a.seq or (a.is_read and m.read_seq < a.seq)))
  select a.ord::int, a.seq,
         -- greatest() ignores nulls, and the markers of a user who is not a member must stay null.
         case when a.is_read and a.old_read is not null
              then greatest(a.old_read, a.seq) else a.old_read end,
         case when a.old_delivered is not null then greatest(a.old_delivered, a.seq) end,
         c.last_seq, coalesce(c.member_count, 0)::bigint,
         coalesce(case when a.is_read then a.old_read < a.seq else a.old_delivered < a.seq end, false),
         a.held
  from asked a
  left join lateral (select c.last_seq, c.member_count from chats c where c.id = a.chat_id limit 1) c on true;
end $$;

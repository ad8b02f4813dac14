-- Adds and removes a group of reactions in one round trip and one transaction. The group
-- may contain messages of several chats, and each (message, user, reaction) only once.
--
-- This is a function because each of its statements sees what was committed before it, after the locks are
-- held. It returns rows in any order. The outcome is changed, unchanged (the reaction was already as
-- requested), not_found (no such message, or the user is not a member), deleted, full (the message has
-- p_kinds different reactions) or held: another transaction holds the chat's row, and the function did
-- nothing in that chat. Without p_wait the function skips such chats, so they do not delay the others.
-- count is the number of users who now have the reaction.
--
-- All items count against p_kinds in their order; a reaction that the same group removes still counts.
create or replace function change_reactions(
  p_message uuid[], p_user text[], p_reaction text[], p_added boolean[], p_kinds int, p_wait boolean)
returns table (ord int, outcome text, chat_id text, rev bigint, count bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  chats text[];
  got text[];
begin
  chats := array(select distinct m.chat_id from messages m where m.id = any (p_message));
  -- Locking rows in the order of their ids prevents deadlocks between groups.
  if p_wait then
    got := array(
      select c.id from chats c where c.id = any (chats) order by c.id for no key update);
  else
    got := array(
      select c.id from chats c where c.id = any (chats) order by c.id for no key update skip locked);
  end if;

  return query
  with asked as materialized (
    select u.ord, u.message_id, u.user_id, u.reaction, u.is_added, m.chat_id, m.seq, c.last_rev,
           coalesce(n.count, 0) as count,
           case
             when c.id is null then 'not_found'
             when m.chat_id <> all (got) then 'held'
             when me.user_id is null then 'not_found'
             when m.deleted_at is not null then 'deleted'
             when (own.reaction is not null) = u.is_added then 'unchanged'
             else 'changed'
           end as outcome
    from unnest(p_message, p_user, p_reaction, p_added) with ordinality
         as u (message_id, user_id, reaction, is_added, ord)
    left join lateral (
      select m.chat_id, m.seq, m.deleted_at from messages m
      where m.id = u.message_id limit 1) m on true
    left join lateral (
      select c.id, c.last_rev from chats c where c.id = m.chat_id limit 1) c on true
    left join lateral (
      select me.user_id from chat_members me
      where me.chat_id = m.chat_id and me.user_id = u.user_id limit 1) me on true
    left join lateral (
      select r.reaction from message_reactions r
      where r.chat_id = m.chat_id and r.seq = m.seq and r.user_id = u.user_id
        and r.reaction = u.reaction limit 1) own on true
    left join lateral (
      select n.count from reaction_counts n
      where n.chat_id = m.chat_id and n.seq = m.seq and n.reaction = u.reaction limit 1) n on true),
  -- The first item that adds a reaction which the message does not have yet.
  begun as materialized (
    select a.*, case when a.is_new then min(a.ord) over (
                  partition by a.message_id, a.reaction, a.is_new) end as first_ord
    from (select a.*, a.outcome = 'changed' and a.is_added and a.count = 0 as is_new from asked a) a),
  ruled as materialized (
    select b.ord, b.message_id, b.user_id, b.reaction, b.is_added, b.chat_id, b.seq, b.last_rev, b.count,
           case
             when not b.is_new then b.outcome
             when (select count(*) from reaction_counts n
                   where n.chat_id = b.chat_id and n.seq = b.seq)
                  + dense_rank() over (partition by b.message_id order by b.first_ord) > p_kinds
               then 'full'
             else b.outcome
           end as outcome
    from begun b),
  fresh as materialized (
    select r.*,
           r.last_rev + row_number() over (partition by r.chat_id order by r.ord) as rev,
           r.count + sum(case when r.is_added then 1 else -1 end) over (
             partition by r.message_id, r.reaction order by r.ord) as now
    from ruled r where r.outcome = 'changed'),
  counted as (
    update chats c set last_rev = n.rev
    from (select f.chat_id, max(f.rev) as rev from fresh f group by f.chat_id) n
    where c.id = n.chat_id),
  -- Once for all reactions of the group: each new version of the row has an entry in every index.
  touched as (
    update messages m set rev = n.rev
    from (select f.message_id, max(f.rev) as rev from fresh f group by f.message_id) n
    where m.id = n.message_id),
  added as (
    insert into message_reactions (chat_id, seq, user_id, reaction)
    select f.chat_id, f.seq, f.user_id, f.reaction from fresh f where f.is_added),
  removed as (
    delete from message_reactions r using fresh f
    where not f.is_added and r.chat_id = f.chat_id and r.seq = f.seq and r.user_id = f.user_id
      and r.reaction = f.reaction),
  totals as materialized (
    select f.chat_id, f.seq, f.reaction, min(f.ord) as ord,
           min(f.count) + sum(case when f.is_added then 1 else -1 end) as count
    from fresh f group by f.chat_id, f.seq, f.reaction),
  kept as (
    insert into reaction_counts (chat_id, seq, reaction, count)
    select t.chat_id, t.seq, t.reaction, t.count from totals t where t.count > 0 order by t.ord
    on conflict (chat_id, seq, reaction) do update set count = excluded.count),
  ended as (
    delete from reaction_counts n using totals t
    where t.count = 0 and n.chat_id = t.chat_id and n.seq = t.seq and n.reaction = t.reaction)
  select f.ord::int, f.outcome, f.chat_id, f.rev, f.now::bigint from fresh f
  union all
  select r.ord::int, r.outcome, r.chat_id, null, r.count::bigint from ruled r
  where r.outcome <> 'changed';
end $$;

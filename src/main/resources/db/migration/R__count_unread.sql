-- Counts the user's notifications that are unread and neither replaced nor expired.
create or replace function count_unread(p_user text) returns bigint
language sql stable as $$
  select count(*) from notifications n
  where n.user_id = p_user and n.read_at is null and n.replaced_at is null
    and (n.expires_at is null or n.expires_at > clock_timestamp())
$$;

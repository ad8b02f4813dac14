create or replace function count_unread_v2(p_user text) returns bigint
language sql stable as $$
  select count_unread(p_user)
$$;

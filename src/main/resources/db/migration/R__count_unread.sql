-- Returns the number of the user's notifications that are unread and neither withdrawn nor expired. The
-- counter has the number of those that are not withdrawn; few of them have expired, because a sweep
-- withdraws them within seconds.
create or replace function count_unread(p_user text) returns bigint
language sql stable as $$
  select coalesce((
    select c.unread - (
      select count(*) from notifications n
      where n.user_id = p_user and n.expires_at <= (select clock_timestamp())
        and n.expires_at is not null and n.read_at is null and n.withdrawn_at is null
        and n.position > c.read_up_to)
    from notification_counters c where c.user_id = p_user), 0)
$$;

-- A time as the protocol writes it.
create or replace function wire_time(p_time timestamptz) returns text
language sql stable parallel safe
return to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

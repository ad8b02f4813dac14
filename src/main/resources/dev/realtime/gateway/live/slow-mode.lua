-- Enforces the pause between two messages of a user, over all instances.
--
-- KEYS  1 the time of the user's last message, ms
-- ARGV  1 the pause, ms   2 1 to use up the turn, 0 only to check
-- Returns the ms left of the pause; 0 if the user may write.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('GET', KEYS[1])
if last and now - last < tonumber(ARGV[1]) then
  return ARGV[1] - (now - last)
end
if ARGV[2] == '1' then
  redis.call('SET', KEYS[1], now, 'PX', ARGV[1])
end
return 0

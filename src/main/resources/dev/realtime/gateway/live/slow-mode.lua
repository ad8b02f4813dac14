-- Lets a user speak once in a while, over all instances.
--
-- KEYS  1 when the user last spoke, ms
-- ARGV  1 the pause, ms   2 whether to take the turn (1) or only to ask (0)
-- Gives the ms left of the pause; 0 when the user may speak.
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

-- Adds reactions to a stream's open window.
--
-- KEYS  1 counts: emoji -> count   2 people: emoji -> some of the users who reacted, a line each
--       3 the window: exists while it is open   4 this call: exists once it has run
-- ARGV  1 window, ms   2 most people per emoji   then per emoji: emoji, count, people
-- Returns 1 to the instance that opened the window and has to close it, else 0. A repeated call
-- adds nothing and returns the first result.
local done = redis.call('GET', KEYS[4])
if done then
  return tonumber(done)
end
for i = 3, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
  local known = redis.call('HGET', KEYS[2], ARGV[i]) or ''
  local _, lines = string.gsub(known, '\n', '')
  if lines < tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[2], ARGV[i], known .. ARGV[i + 2])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1] * 240)
redis.call('PEXPIRE', KEYS[2], ARGV[1] * 240)
local opened = redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[1]) and 1 or 0
redis.call('SET', KEYS[4], opened, 'PX', 20000)
return opened

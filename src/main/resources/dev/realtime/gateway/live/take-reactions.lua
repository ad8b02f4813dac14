-- Closes a window: returns emoji, count and people of each emoji, and deletes them.
--
-- KEYS  1, 2 as in reactions.lua   3 the result of this call, for a repeated call
local taken = redis.call('LRANGE', KEYS[3], 0, -1)
if #taken > 0 then
  return taken
end
local counts = redis.call('HGETALL', KEYS[1])
for i = 1, #counts, 2 do
  table.insert(taken, counts[i])
  table.insert(taken, counts[i + 1])
  table.insert(taken, redis.call('HGET', KEYS[2], counts[i]) or '')
end
for _, value in ipairs(taken) do
  redis.call('RPUSH', KEYS[3], value)
end
redis.call('PEXPIRE', KEYS[3], 20000)
redis.call('DEL', KEYS[1], KEYS[2])
return taken

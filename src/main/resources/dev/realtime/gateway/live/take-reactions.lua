-- Closes a window: gives emoji, count and people of each, and forgets them.
-- KEYS as in reactions.lua
local counts = redis.call('HGETALL', KEYS[1])
local taken = {}
for i = 1, #counts, 2 do
  table.insert(taken, counts[i])
  table.insert(taken, counts[i + 1])
  table.insert(taken, redis.call('HGET', KEYS[2], counts[i]) or '')
end
redis.call('DEL', KEYS[1], KEYS[2])
return taken

-- Tells whether a user watches a stream on an instance whose lease is not over.
--
-- KEYS  1 viewers: user -> number of shares     2 leases: share -> end, ms
-- ARGV  1 the user
-- Returns 1 or 0. Changes nothing, so that a look at many streams costs little.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, share in ipairs(redis.call('ZRANGE', KEYS[2], '(' .. now, '+inf', 'BYSCORE')) do
  if redis.call('SISMEMBER', KEYS[1] .. ':' .. share, ARGV[1]) == 1 then
    return 1
  end
end
return 0

-- Moves one instance's share of a stream's viewers, and counts.
--
-- KEYS  1 viewers: user -> on how many instances   2 leases: instance -> until when, ms
--       3 this instance's share: its users          4 figures: peak, and what was pushed when
--       5 uniques: all who ever watched
-- ARGV  1 instance   2 lease, ms   3 least time between two pushes, ms   4 how long figures are kept, ms
--       5 size the instance thinks its share has; -1 to begin it anew, -2 to touch none
--       6 whether the share is not told to its end (1): then nothing is pushed
--       7 how many join   then who joins, then who leaves
-- Gives the count, 1 to push it now, ms until it may be pushed (0 for never), the share's size;
-- nothing where the share is not what the instance thinks it is.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local prefix = KEYS[1] .. ':'

local function forget(user)
  if redis.call('HINCRBY', KEYS[1], user, -1) <= 0 then
    redis.call('HDEL', KEYS[1], user)
  end
end

local function drop(share)
  for _, user in ipairs(redis.call('SMEMBERS', share)) do
    forget(user)
  end
  redis.call('DEL', share)
end

for _, instance in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE')) do
  drop(prefix .. instance)
  redis.call('ZREM', KEYS[2], instance)
end

local expected = tonumber(ARGV[5])
if expected == -1 then
  drop(KEYS[3])
elseif expected >= 0 and redis.call('SCARD', KEYS[3]) ~= expected then
  return {}
end

local joining = tonumber(ARGV[7])
for i = 8, #ARGV do
  local user = ARGV[i]
  if i < 8 + joining then
    if redis.call('SADD', KEYS[3], user) == 1 then
      redis.call('HINCRBY', KEYS[1], user, 1)
    end
    redis.call('PFADD', KEYS[5], user)
  elseif redis.call('SREM', KEYS[3], user) == 1 then
    forget(user)
  end
end

local size = 0
if expected >= -1 then
  size = redis.call('SCARD', KEYS[3])
  if size > 0 then
    redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
  else
    redis.call('ZREM', KEYS[2], ARGV[1])
  end
  -- Where every instance is gone nobody counts any more: what is left goes by itself.
  -- Long enough for whoever comes back to take away what the dead have left.
  for i = 1, 3 do
    redis.call('PEXPIRE', KEYS[i], ARGV[2] * 30)
  end
end

local count = redis.call('HLEN', KEYS[1])
local figures = redis.call('HMGET', KEYS[4], 'peak', 'pushed', 'pushedAt')
local due = 0
local push = 0
if tonumber(figures[1] or -1) < count then
  redis.call('HSET', KEYS[4], 'peak', count)
end
if tonumber(figures[2] or 0) ~= count then
  due = (figures[3] or 0) + ARGV[3] - now
  if due <= 0 and expected >= -1 and ARGV[6] == '0' then
    redis.call('HSET', KEYS[4], 'pushed', count, 'pushedAt', now)
    push = 1
    due = 0
  end
end
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('PEXPIRE', KEYS[5], ARGV[4])
return {count, push, math.max(due, 0), size}

-- Changes one instance's share of a stream's viewers, and counts the viewers.
--
-- KEYS  1 viewers: user -> number of instances     2 leases: instance -> end, ms
--       3 this instance's share: its users          4 figures: peak, last push and its time
--       5 uniques: all users who ever watched
-- ARGV  1 a JSON object:
--       instance      the calling instance
--       lease         the time for which the share counts without another call, ms
--       pushInterval  the least time between two pushes, ms
--       figuresKept   the time for which figures are kept, ms
--       share         the changes to the instance's share; null to count only:
--         anew        whether these changes replace the whole share
--         expected    the size it should have; ignored if anew is true
--         joining     users to add
--         leaving     users to remove
--         partial     whether more calls complete the share; until then nothing is pushed
-- Returns a JSON object:
--       lost          whether the share does not have the expected size; then nothing is changed
--       count         the number of viewers
--       push          whether to push the count now
--       pushIn        ms until it may be pushed; 0 for never
--       size          the size of the instance's share
local move = cjson.decode(ARGV[1])
local share = move.share ~= cjson.null and move.share or nil
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local prefix = KEYS[1] .. ':'

local function forget(user)
  if redis.call('HINCRBY', KEYS[1], user, -1) <= 0 then
    redis.call('HDEL', KEYS[1], user)
  end
end

local function drop(key)
  for _, user in ipairs(redis.call('SMEMBERS', key)) do
    forget(user)
  end
  redis.call('DEL', key)
end

for _, instance in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE')) do
  drop(prefix .. instance)
  redis.call('ZREM', KEYS[2], instance)
end

local size = 0
if share then
  if share.anew then
    drop(KEYS[3])
  elseif redis.call('SCARD', KEYS[3]) ~= share.expected then
    return cjson.encode({lost = true, count = 0, push = false, pushIn = 0, size = 0})
  end
  for _, user in ipairs(share.joining) do
    if redis.call('SADD', KEYS[3], user) == 1 then
      redis.call('HINCRBY', KEYS[1], user, 1)
    end
    redis.call('PFADD', KEYS[5], user)
  end
  for _, user in ipairs(share.leaving) do
    if redis.call('SREM', KEYS[3], user) == 1 then
      forget(user)
    end
  end
  size = redis.call('SCARD', KEYS[3])
  if size > 0 then
    redis.call('ZADD', KEYS[2], now + move.lease, move.instance)
  else
    redis.call('ZREM', KEYS[2], move.instance)
  end
  -- If every instance dies, no call cleans up, so the keys expire by themselves. They live long
  -- enough for a returning instance to remove the shares of dead ones.
  for i = 1, 3 do
    redis.call('PEXPIRE', KEYS[i], move.lease * 30)
  end
end

local count = redis.call('HLEN', KEYS[1])
local figures = redis.call('HMGET', KEYS[4], 'peak', 'pushed', 'pushedAt')
local pushIn = 0
local push = false
if tonumber(figures[1] or -1) < count then
  redis.call('HSET', KEYS[4], 'peak', count)
end
if tonumber(figures[2] or 0) ~= count then
  pushIn = math.max((figures[3] or 0) + move.pushInterval - now, 0)
  if pushIn == 0 and share and not share.partial then
    redis.call('HSET', KEYS[4], 'pushed', count, 'pushedAt', now)
    push = true
  end
end
redis.call('PEXPIRE', KEYS[4], move.figuresKept)
redis.call('PEXPIRE', KEYS[5], move.figuresKept)
return cjson.encode({lost = false, count = count, push = push, pushIn = pushIn, size = size})

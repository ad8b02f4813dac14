-- Changes one instance's share of a stream's viewers, and counts the viewers.
--
-- An instance that tells its share anew fills a new share beside the old one, so that the count does
-- not fall meanwhile. Once the new share is whole, the old ones are over. Shares that are over are
-- removed a part at a call, since Redis runs no other command during a call.
--
-- KEYS  1 viewers: user -> number of shares        2 leases: share -> end, ms; 0 for one that is over
--       3 the instance's share: its users           4 figures: peak, last push and its time,
--         forgotten (1 if Redis had lost them), quietUntil (no push before, ms)
--       5 uniques: all users who ever watched       6 instances that tell their share anew -> end, ms
-- ARGV  1 a JSON object:
--       instance      the calling instance
--       generation    the number of its share; the name of a share is instance:generation
--       lease         the time for which the share counts without another call, ms
--       pushInterval  the least time between two pushes, ms
--       quiet         the time in which every instance calls, ms
--       figuresKept   the time for which figures are kept, ms
--       atOnce        the most users of shares that are over that a call removes
--       peak          the most viewers that the instance knows of
--       share         the changes to the instance's share; null to count only:
--         anew        whether these are the first changes of a new share
--         expected    the size that the share should have
--         joining     users to add
--         leaving     users to remove
--         partial     whether more calls complete the share
--         again       whether the last push may have been lost
-- Returns a JSON object:
--       lost          whether the share does not have the expected size; then it is not changed
--       count         the number of viewers
--       push          whether to push the count now
--       pushIn        ms until it may be pushed; 0 for never
--       size          the size of the instance's share
--       more          whether users of shares that are over are left to remove
--       settled       whether no share is incomplete or over, so that the count is exact
local move = cjson.decode(ARGV[1])
local share = move.share ~= cjson.null and move.share or nil
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local prefix = KEYS[1] .. ':'
local owner = move.instance .. ':'
local own = owner .. string.format('%d', move.generation)

local function forget(user)
  if redis.call('HINCRBY', KEYS[1], user, -1) <= 0 then
    redis.call('HDEL', KEYS[1], user)
  end
end

local function removeSome(most)
  local left = most
  for _, over in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE')) do
    if not share or over ~= own then
      if left <= 0 then
        return true
      end
      local users = redis.call('SPOP', prefix .. over, left)
      for _, user in ipairs(users) do
        forget(user)
      end
      left = left - #users
      if redis.call('EXISTS', prefix .. over) == 1 then
        return true
      end
      redis.call('ZREM', KEYS[2], over)
    end
  end
  return false
end

local function keep()
  -- If every instance dies, no call cleans up, so the keys expire by themselves. They live long
  -- enough for a returning instance to remove the shares of dead ones.
  for _, key in ipairs({1, 2, 3, 6}) do
    redis.call('PEXPIRE', KEYS[key], move.lease * 30)
  end
  redis.call('PEXPIRE', KEYS[4], move.figuresKept)
  redis.call('PEXPIRE', KEYS[5], move.figuresKept)
end

local more = removeSome(move.atOnce)
local size = 0
if share then
  local lost = redis.call('SCARD', KEYS[3]) ~= share.expected
  if (lost or share.anew) and redis.call('EXISTS', KEYS[4]) == 0 then
    -- Redis has forgotten the stream: it cannot count until every instance has called.
    redis.call('HSET', KEYS[4], 'forgotten', 1, 'quietUntil', now + move.quiet)
  end
  if lost or share.partial then
    redis.call('ZADD', KEYS[6], now + move.lease, move.instance)
  else
    redis.call('ZREM', KEYS[6], move.instance)
  end
  if lost then
    keep()
    return cjson.encode({
      lost = true, count = 0, push = false, pushIn = 0, size = 0, more = more, settled = false})
  end
  if share.again then
    redis.call('HDEL', KEYS[4], 'pushed')
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
  for _, other in ipairs(redis.call('ZRANGE', KEYS[2], '(' .. now, '+inf', 'BYSCORE')) do
    if other ~= own and string.sub(other, 1, #owner) == owner then
      redis.call('ZADD', KEYS[2], share.partial and now + move.lease or 0, other)
      more = more or not share.partial
    end
  end
  if size > 0 or share.partial then
    redis.call('ZADD', KEYS[2], now + move.lease, own)
  else
    redis.call('ZREM', KEYS[2], own)
  end
end

local count = redis.call('HLEN', KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)
local settled = not more and redis.call('ZCARD', KEYS[6]) == 0
local push = false
local pushIn = 0
if share then
  local figures = redis.call('HMGET', KEYS[4], 'peak', 'pushed', 'pushedAt', 'quietUntil')
  local peak = math.max(move.peak, settled and count or 0)
  if tonumber(figures[1] or -1) < peak then
    redis.call('HSET', KEYS[4], 'peak', peak)
  end
  if tonumber(figures[2] or 0) ~= count then
    local due = math.max((figures[3] or 0) + move.pushInterval, tonumber(figures[4] or 0))
    if not settled then
      due = math.max(due, now + move.pushInterval / 4)
    end
    pushIn = math.max(math.ceil(due - now), 0)
    if pushIn == 0 then
      redis.call('HSET', KEYS[4], 'pushed', count, 'pushedAt', now)
      push = true
    end
  end
  keep()
end
return cjson.encode({
  lost = false, count = count, push = push, pushIn = pushIn, size = size, more = more,
  settled = settled})

/**
 * The pace of one sender account, over all workers, by the clock of one Redis. Two keys:
 *
 * KEYS[1]  a hash. `last`: the slot given last; `owed`: how much later it lies than an even pace, what was given back included;
 *          `held`, `began`: when the last hold ends and began; `first`: 1 while nobody got the first slot after it;
 *          `streak`, `before`: holds in a row, each but the first made by the first request after the one before, now and
 *          before the last hold; `ratio`: the share of the rate that was left at the end of that hold. Times in µs.
 * KEYS[2]  a sorted set: the slots of the last seconds, by when their requests started, or until then by when they start at the latest,
 *          µs. What is given back is not in it.
 *
 * A missing hash means the configured rate, and that nobody knows what was sent a moment ago.
 */

/** µs in which what was learned is forgotten, counted from the end of a hold: from a half to the whole within a minute. */
const RECOVERY = `
local function time()
  local t = redis.call('TIME')
  return t[1] * 1000000 + t[2]
end
local function text(n) return string.format('%.0f', n) end
local function ratio_at(now, ratio, held)
  return math.min(1, (tonumber(ratio) or 1) + math.max(0, now - (tonumber(held) or 0)) * 0.5 / 50000000)
end
`

/**
 * Reserves up to ARGV[4] slots, as many as ARGV[8] of them at one moment. Each moment is one spacing a slot after the one before;
 * less by a quarter while time is owed, so that what was missed is made up; and no slot is nearer than the window to the one that
 * lies as many slots before it as the window may hold, which is what keeps every sliding window within its limit, whatever else
 * happened.
 *
 * KEYS     as above
 * ARGV[1]  slots a window may hold
 * ARGV[2]  length of that window at the configured rate, µs
 * ARGV[3]  what is added to the window for the unevenness between the start of a request and its arrival, µs
 * ARGV[4]  slots wanted
 * ARGV[5]  lookahead, µs: no slot farther away is given
 * ARGV[6]  lead, µs: no slot nearer is given (the claim needs that long)
 * ARGV[7]  cold wait, µs: what a missing hash stands for (this server may have been emptied a moment after a send)
 * ARGV[8]  slots that may lie at one moment, which their names tell apart by a microsecond
 * ARGV[9]  how much after its slot a request of this caller may start, µs: the window is counted from there until the start is known
 * ARGV[10…] what is known by now, as pairs: a slot, how much after it its request started, µs
 * Returns  { now, the next free slot, 1 if the first slot given is the first after a hold, slots given … }, times in µs as text
 */
export const TAKE_SLOTS = `${RECOVERY}
local now = time()
local count, wanted, lookahead, lead = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local last, owed, held, ratio, first = unpack(redis.call('HMGET', KEYS[1], 'last', 'owed', 'held', 'ratio', 'first'))
local window = tonumber(ARGV[2]) / ratio_at(now, ratio, held) + tonumber(ARGV[3])
local gap = window / count
local isKnown = last
for i = 10, #ARGV, 2 do redis.call('ZADD', KEYS[2], 'XX', text(ARGV[i] + ARGV[i + 1]), ARGV[i]) end
last, owed, held = tonumber(last) or now + tonumber(ARGV[7]) - gap, tonumber(owed) or 0, tonumber(held) or 0

-- When the window has room for the k-th slot from here.
local function has_room(k)
  local index = redis.call('ZCARD', KEYS[2]) + k - 1 - count
  return index < 0 and 0 or redis.call('ZRANGE', KEYS[2], index, index, 'WITHSCORES')[2] + window
end
-- How many of these to put together, and when. Where some of them lay far apart a window ago, fewer: the first would wait for the last.
local function next_moment(most)
  local first_has_room = has_room(1)
  for together = most, 1, -1 do
    local span = together * gap
    local paced = math.max(last + span - math.min(owed, span / 4), now + lead, held)
    local room_at = has_room(together)
    if together == 1 or room_at <= math.max(paced, first_has_room) + span / 2 then
      return together, math.ceil(math.max(paced, room_at))
    end
  end
end

local answer = { text(now), '', 0 }
local most = tonumber(ARGV[8])
local together, slot = next_moment(math.min(wanted, most))
while #answer - 3 < wanted and slot - now <= lookahead do
  local late = slot - last - together * gap
  owed = owed + late
  -- Longer than that nobody asked: nothing was missed.
  if late > math.max(gap, 200000) then owed = 0 end
  owed = math.max(0, math.min(owed, 4 * gap + 200000))
  for i = 0, together - 1 do
    last = slot + i
    redis.call('ZADD', KEYS[2], text(last + tonumber(ARGV[9])), text(last))
    answer[#answer + 1] = text(last)
  end
  together, slot = next_moment(math.max(1, math.min(wanted + 3 - #answer, most)))
end
if #answer > 3 and first == '1' then
  answer[3] = 1
  redis.call('HDEL', KEYS[1], 'first')
end
if #answer > 3 or not isKnown then
  redis.call('HSET', KEYS[1], 'last', text(last), 'owed', text(owed))
  redis.call('PEXPIRE', KEYS[1], 86400000)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now - 2 * window))
  redis.call('PEXPIRE', KEYS[2], math.ceil(3 * window / 1000) + 60000)
end
answer[2] = text(slot)
return answer
`

/**
 * Gives slots back that no request used and none will: the next one that asks may have their place.
 *
 * KEYS     as above
 * ARGV[1]  1 if one of them was the first after a hold
 * ARGV[2]  spacing, µs
 * ARGV[3…] the slots
 * Returns  how many were still known
 */
export const GIVE_SLOTS_BACK = `
local last, owed = unpack(redis.call('HMGET', KEYS[1], 'last', 'owed'))
if not last then return 0 end
last, owed = tonumber(last), tonumber(owed) or 0
local gap, known = tonumber(ARGV[2]), 0
for i = 3, #ARGV do
  if redis.call('ZREM', KEYS[2], ARGV[i]) == 1 then
    known = known + 1
    if tonumber(ARGV[i]) == last then
      -- By start, which is not quite their order. Behind one that is still given, another would get its name.
      local before = 0
      for _, slot in ipairs(redis.call('ZRANGE', KEYS[2], -100, -1)) do before = math.max(before, tonumber(slot)) end
      local freed = math.min(gap, last - before)
      last, owed = last - freed, owed + gap - freed
    else
      owed = owed + gap
    end
  end
end
redis.call('HSET', KEYS[1], 'last', string.format('%.0f', last), 'owed', string.format('%.0f', owed))
if ARGV[1] == '1' then redis.call('HSET', KEYS[1], 'first', 1) end
return known
`

/**
 * Orange asked for less. What was in flight together is refused together: that is one hold, which may get longer.
 *
 * KEYS     as above
 * ARGV[1]  µs that Orange asked for; empty if it did not say: then a second, doubled up to 30 s for each time that the first
 *          request after a hold was refused again
 * ARGV[2]  slot of the refused request, µs; 0 if it had none
 * ARGV[3]  1 if that was the first slot after a hold
 * Returns  µs from now until the hold ends, as text
 */
export const HOLD_SLOTS = `${RECOVERY}
local now = time()
local asked, slot = tonumber(ARGV[1]), tonumber(ARGV[2])
local held, began, streak, before, ratio =
  unpack(redis.call('HMGET', KEYS[1], 'held', 'began', 'streak', 'before', 'ratio'))
held, began, streak, before = tonumber(held) or 0, tonumber(began) or now, tonumber(streak) or 0, tonumber(before) or 0
local isSame = now < held or (slot > 0 and slot < held)
local left = ratio_at(now, ratio, held)
if isSame then
  -- Nothing was sent since: what was left at its beginning is left at its end.
  left = tonumber(ratio) or 1
else
  began, before, streak = now, streak, 0
  left = math.max(0.5, left * 0.9)
end
if ARGV[3] == '1' then streak = before + 1 end
streak = math.max(1, streak)
local ends = now + (asked or 0)
if not asked then ends = began + math.min(30, 2 ^ (streak - 1)) * 1000000 end
held = math.max(held, ends)
redis.call('HSET', KEYS[1], 'held', text(held), 'began', text(began), 'streak', streak, 'before', before, 'ratio', left, 'first', 1)
redis.call('PEXPIRE', KEYS[1], math.ceil((held - now) / 1000) + 86400000)
return text(math.max(0, held - now))
`

/**
 * KEYS     as above
 * Returns  { the share of the configured rate that is allowed now, µs until the hold in force ends }, as text
 */
export const READ_PACE = `${RECOVERY}
local now = time()
local held, ratio = unpack(redis.call('HMGET', KEYS[1], 'held', 'ratio'))
return { tostring(ratio_at(now, ratio, held)), text(math.max(0, (tonumber(held) or 0) - now)) }
`

/**
 * KEYS[1] failure
 * KEYS[2] failure count
 * KEYS[3] lock
 * ARGV[1] what went wrong (JSON of an outcome)
 * ARGV[2] first wait, ms
 * ARGV[3] longest wait, ms: the wait doubles up to it with every failure in a row
 * ARGV[4] owner of the lock
 *
 * Returns the wait, ms; 0 when the lock was lost meanwhile and another process is in charge.
 */
export const RECORD_FAILURE = `
if redis.call('GET', KEYS[3]) ~= ARGV[4] then
  return 0
end
local first, longest = tonumber(ARGV[2]), tonumber(ARGV[3])
local wait = first
if longest > first then
  local count = redis.call('INCR', KEYS[2])
  -- Forgotten after a while without failures: ten times the longest wait.
  redis.call('PEXPIRE', KEYS[2], longest * 10)
  wait = math.min(longest, first * 2 ^ math.min(count - 1, 20))
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%d', wait))
redis.call('DEL', KEYS[3])
return string.format('%d', wait)
`

/**
 * KEYS[1] token hash
 * KEYS[2] failure
 * KEYS[3] lock
 * ARGV[1] owner of the lock, if it comes to that
 * ARGV[2] lifetime of the lock, ms
 *
 * Returns one of
 *   { 'token', id, sealed, worked ('1' or ''), remaining ms, ms until the next one is due (0: now) }
 *   { 'early', … }  the same, and the caller fetches the next one, nobody else does
 *   { 'failure', what was recorded, remaining ms }
 *   { 'lock' }   there is none: the caller fetches one, nobody else does
 *   { 'wait' }   there is none: somebody else is fetching
 *
 * One script, because between "no token" and "take the lock" another process may have stored one. A failure that is on record
 * keeps everybody from asking, early too, and takes nothing from a token that still lives.
 */
export const TAKE_TOKEN = `
local held = redis.call('HMGET', KEYS[1], 'id', 'sealed', 'worked', 'early')
local failure = redis.call('GET', KEYS[2])
if held[1] and held[2] then
  local remaining = redis.call('PTTL', KEYS[1])
  local due = math.max(0, remaining - tonumber(held[4] or '0'))
  local kind = 'token'
  if due == 0 and not failure and redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then
    kind = 'early'
  end
  return { kind, held[1], held[2], held[3] or '', remaining, due }
end
if failure then
  return { 'failure', failure, redis.call('PTTL', KEYS[2]) }
end
if redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return { 'lock' }
end
return { 'wait' }
`

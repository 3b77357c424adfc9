/**
 * KEYS[1] token hash
 * KEYS[2] failure
 * KEYS[3] lock
 * ARGV[1] owner of the lock, if it comes to that
 * ARGV[2] lifetime of the lock, ms
 *
 * Returns one of
 *   { 'token', id, sealed, worked ('1' or ''), remaining ms }
 *   { 'failure', what was recorded, remaining ms }
 *   { 'lock' }   the caller fetches a token, nobody else does
 *   { 'wait' }   somebody else is fetching
 *
 * One script, because between "no token" and "take the lock" another process may have stored one.
 */
export const TAKE_TOKEN = `
local held = redis.call('HMGET', KEYS[1], 'id', 'sealed', 'worked')
if held[1] and held[2] then
  return { 'token', held[1], held[2], held[3] or '', redis.call('PTTL', KEYS[1]) }
end
local failure = redis.call('GET', KEYS[2])
if failure then
  return { 'failure', failure, redis.call('PTTL', KEYS[2]) }
end
if redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return { 'lock' }
end
return { 'wait' }
`

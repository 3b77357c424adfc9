/**
 * KEYS[1] token hash
 * KEYS[2] refusal count
 * ARGV[1] id of the token that was refused
 * ARGV[2] '1' when the caller knows that this token has worked
 * ARGV[3] lifetime of the count, ms
 *
 * Returns how many tokens in a row were refused before anybody had used them successfully, this one included.
 * Only the very token that was refused is removed, and counted once: of fifty callers that were refused together the
 * other forty-nine find it gone, or its successor in its place.
 */
export const INVALIDATE_TOKEN = `
local held = redis.call('HMGET', KEYS[1], 'id', 'worked')
if held[1] == ARGV[1] then
  redis.call('DEL', KEYS[1])
  if held[2] or ARGV[2] == '1' then
    redis.call('DEL', KEYS[2])
  else
    redis.call('INCR', KEYS[2])
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
  end
end
return tonumber(redis.call('GET', KEYS[2]) or '0')
`

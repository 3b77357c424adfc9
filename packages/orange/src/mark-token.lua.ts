/**
 * KEYS[1] token hash
 * KEYS[2] refusal count
 * ARGV[1] id of the token that Orange has honoured
 *
 * Returns 1 when that token is still the current one. A token that works ends every row of refusals, whichever it was.
 */
export const MARK_TOKEN = `
redis.call('DEL', KEYS[2])
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'worked', '1')
return 1
`

/**
 * Reserves up to ARGV[2] slots of a sender account, each one spacing after the one before (GCRA without a burst).
 *
 * KEYS[1]  where the next free slot lies, microseconds of this server's clock
 * ARGV[1]  spacing between two slots, µs
 * ARGV[2]  slots wanted
 * ARGV[3]  lookahead, µs: no slot farther away is given
 * ARGV[4]  lead, µs: no slot nearer is given (the claim needs that long)
 * ARGV[5]  cold wait, µs: what a missing key stands for (this server may have been emptied a moment after a send)
 * Returns  { slots given, µs to the first of them, µs to the next free slot }
 */
export const TAKE_SLOTS = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local spacing, wanted, lookahead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local stored = tonumber(redis.call('GET', KEYS[1]))
local free = stored or (now + tonumber(ARGV[5]))
local first = math.max(free, now + tonumber(ARGV[4]))
local given = 0
if first - now <= lookahead then
  given = math.min(wanted, math.floor((lookahead - (first - now)) / spacing) + 1)
  free = first + given * spacing
end
if given > 0 or not stored then
  redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', 86400000)
end
return { given, string.format('%.0f', first - now), string.format('%.0f', free - now) }
`

/**
 * Gives no slot of an account for a while (Orange asked for less). A longer hold already in force stays.
 *
 * KEYS[1]  as above
 * ARGV[1]  hold, µs
 */
export const HOLD_SLOTS = `
local t = redis.call('TIME')
local until_ = t[1] * 1000000 + t[2] + tonumber(ARGV[1])
local stored = tonumber(redis.call('GET', KEYS[1])) or 0
redis.call('SET', KEYS[1], string.format('%.0f', math.max(stored, until_)), 'PX', 86400000)
`

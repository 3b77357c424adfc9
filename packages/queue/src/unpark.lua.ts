/**
 * Removes parked settlements that landed, each only while it is the one that landed.
 *
 * KEYS[1]  the hash of parked settlements
 * ARGV     claim id, stored entry, claim id, stored entry, …
 * Returns  for each whether this call removed it, 1 or 0
 */
export const UNPARK = `
local removed = {}
for i = 1, #ARGV, 2 do
  local isIt = redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1]
  removed[#removed + 1] = isIt and redis.call('HDEL', KEYS[1], ARGV[i]) or 0
end
return removed
`

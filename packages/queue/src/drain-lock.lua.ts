/**
 * Keeps a lock that is ours, and takes it again where Redis lost it.
 *
 * KEYS[1]  the lock
 * ARGV[1]  owner
 * ARGV[2]  life in milliseconds
 * Returns  1 when it is ours, 0 when somebody else has it
 */
export const KEEP_LOCK = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`

/**
 * Gives a lock back, if it is still ours.
 *
 * KEYS[1]  the lock
 * ARGV[1]  owner
 * Returns  1 when it was
 */
export const FREE_LOCK = `
return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0
`

/**
 * KEYS[1] token hash
 * KEYS[2] failure
 * KEYS[3] failure count
 * KEYS[4] lock
 * ARGV[1] token id
 * ARGV[2] sealed token
 * ARGV[3] how long it may be used, ms
 * ARGV[4] owner of the lock
 * ARGV[5] with how much left of that the next one is due, ms
 *
 * Returns 1. The token is visible before the lock is gone, or a waiter would fetch a second one.
 */
export const STORE_TOKEN = `
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'sealed', ARGV[2], 'early', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if redis.call('GET', KEYS[4]) == ARGV[4] then
  redis.call('DEL', KEYS[4])
end
return 1
`

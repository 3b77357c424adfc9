/** Every Redis name that this system uses outside BullMQ's own keys is built here. */

/** BullMQ's queue of one sender account. */
export const queueName = (accountId: number): string => `sms-${accountId}`

/** The pace of an account: its last slot, its holds, what is left of its rate. */
export const slotKey = (accountId: number): string => `sms:pace:${accountId}`

/** The slots of its last seconds. */
export const slotLogKey = (accountId: number): string => `sms:pace:${accountId}:log`

/** A random value that goes away when Redis is emptied; SQL keeps its twin. */
export const epochKey = (): string => 'sms:epoch'

/** Written by readiness checks to see that Redis takes writes. */
export const readinessKey = (service: string): string => `sms:ready:${service}`

/** What workers proved and could not write while PostgreSQL was away, by claim id. */
export const parkedKey = (): string => 'sms:parked'

/** Who drains the queue with `--exclusive`. */
export const drainLockKey = (): string => 'sms:drain:lock'

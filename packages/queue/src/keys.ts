/** Every Redis name that this system uses outside BullMQ's own keys is built here. */

/** BullMQ's queue of one sender account. */
export const queueName = (accountId: number): string => `sms-${accountId}`

/** Where the next free slot of an account lies, in microseconds of Redis' clock. */
export const slotKey = (accountId: number): string => `sms:slot:${accountId}`

/** A random value that goes away when Redis is emptied; SQL keeps its twin. */
export const epochKey = (): string => 'sms:epoch'

/** Written by readiness checks to see that Redis takes writes. */
export const readinessKey = (service: string): string => `sms:ready:${service}`

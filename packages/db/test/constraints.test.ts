import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

/** What a statement that breaks an invariant is refused with. */
const refusalOf = async (statement: string): Promise<string> => {
  try {
    await fixture.db.$executeRawUnsafe(statement)
    return 'accepted'
  } catch (error) {
    return (
      /violates check constraint "(\w+)"|23514|23505/.exec(JSON.stringify(error, Object.getOwnPropertyNames(error)))?.[0] ??
      String(error)
    )
  }
}

it.each([
  [`SET status = 'PROCESSING', attempts = 1`, 'a row on the wire without owner, lease and claim'],
  [`SET "leaseUntil" = now()`, 'a lease of a row that is not on the wire'],
  [`SET status = 'SENT'`, 'a sent row without its moment'],
  [`SET "sentAt" = now()`, 'a moment of sending of a row that was not sent'],
  [`SET "messageId" = 'x'`, 'a message id of a row that was not sent'],
  [`SET "deliveryStatus" = 'DELIVERED'`, 'a delivery of a row that was not sent'],
  [`SET status = 'FAILED', "failedAt" = now()`, 'a failure without a code'],
  [`SET status = 'UNKNOWN', "errorCode" = 'X'`, 'an unknown without its moment'],
  [`SET "failedAt" = now()`, 'a failure of a row that waits'],
  [`SET attempts = 6`, 'more attempts than allowed'],
  [`SET attempts = -1`, 'less than no attempt'],
  [`SET priority = 11`, 'a priority beyond 10'],
  [`SET "phoneNumber" = '0707070707'`, 'a number that is not E.164'],
  [`SET "dispatchedAt" = now()`, 'a row in the window that was never dispatched'],
  [
    `SET status = 'CANCELLED', "failedAt" = now(), "errorCode" = 'X', dispatch = 1, "dispatchedAt" = now()`,
    'a cancelled row in the window',
  ],
])('refuses a row of SmsQueue with %s: %s', async (change) => {
  await fixture.givenBatch(1)
  expect(await refusalOf(`UPDATE "SmsQueue" ${change}`)).toMatch(/check constraint|23514/)
})

it.each([
  [`SET pending = -1`, 'a negative counter'],
  [`SET status = 'COMPLETED', "completedAt" = now()`, 'completed with something pending'],
  [`SET "completedAt" = now()`, 'a completion of a batch that is active'],
  [`SET pending = 0`, 'active with nothing left'],
  [`SET "expandedAt" = NULL`, 'active before every row exists'],
  [`SET status = 'EXPANDING'`, 'expanding when every row exists'],
  [`SET status = 'SCHEDULED'`, 'scheduled without an hour'],
  [`SET status = 'CANCELLED', "cancelledAt" = now()`, 'cancelled with something pending'],
  [`SET "sweptAt" = now()`, 'swept without being cancelled'],
])('refuses a batch with %s: %s', async (change) => {
  await fixture.givenBatch(1)
  expect(await refusalOf(`UPDATE "SmsBatch" ${change}`)).toMatch(/check constraint|23514/)
})

it('refuses a number twice in a batch, and twice on the wire of an account', async () => {
  await fixture.givenBatch(1)
  await fixture.givenBatch(1)
  expect(
    await refusalOf(`INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts")
    SELECT "userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts" FROM "SmsQueue" LIMIT 1`),
  ).toBe('23505')
  expect(
    await refusalOf(`UPDATE "SmsQueue" SET status = 'PROCESSING', attempts = 1, "claimId" = gen_random_uuid(), "claimedBy" = 'w',
    "leaseUntil" = now(), "lastAttemptAt" = now()`),
  ).toBe('23505')
})

it.each([
  [`SET "pausedReason" = 'X'`, 'a pause without its moment'],
  [`SET "probeAt" = now()`, 'a probe of an account that sends'],
  [
    `SET "pausedReason" = 'X', "pausedAt" = now(), "pausedByOperator" = true, "probeAt" = now()`,
    'a probe of an account that a person paused',
  ],
])('refuses an account with %s: %s', async (change) => {
  expect(await refusalOf(`UPDATE "SenderAccount" ${change}`)).toMatch(/check constraint|23514/)
})

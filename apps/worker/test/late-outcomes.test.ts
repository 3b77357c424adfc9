import { randomUUID } from 'node:crypto'
import { resolveUnknown, type UnknownDecision } from '@sms/core'
import { createReceiptRepository, createUnknownRepository } from '@sms/db'
import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeAll(async () => {
  fixture = await openWorkerFixture()
})
afterAll(() => fixture.release())

const decide = (decision: UnknownDecision, smsId: bigint) =>
  resolveUnknown(
    { unknowns: createUnknownRepository(fixture.db), kick: () => {}, price: { unitPrice: 30, currency: 'XOF' } },
    {
      caller: { userId: 1, isAdmin: true },
      via: 'GRAPHQL',
      decision,
      reason: 'nobody got it',
      moreAttempts: 5,
      dryRun: false,
      filter: { batchId: null, errorCode: null, since: null, userId: null, smsIds: [smsId] },
    },
  )

it('keeps and alarms an acceptance that comes after its attempt was sent again, or assumed not to be sent', async () => {
  await fixture.control('faults', {
    recipients: Object.fromEntries(
      ['00000001', '00000002'].map((ending) => [ending, { fault: 'slow', times: 1, delayMs: 6_000 }]),
    ),
  })
  const batchId = await fixture.givenBatch(3)
  const worker = await fixture.startWorker({ ORANGE_TIMEOUT_MS: '20000' })
  // Orange has accepted all of them; two answers are on their way.
  await eventually(async () => (await fixture.summary()).accepted === 3, { timeoutMs: 10_000 })
  const statuses = async () => (await fixture.rows(batchId)).map(({ status }) => status)
  await eventually(async () => (await statuses())[2] === 'SENT', { timeoutMs: 5_000 })
  await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "leaseUntil" = now() - interval '1 second' WHERE status = 'PROCESSING'`
  await eventually(async () => (await statuses()).join() === 'UNKNOWN,UNKNOWN,SENT', { timeoutMs: 10_000 })
  await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '11 minutes' WHERE status = 'UNKNOWN'`

  const [first, second] = await fixture.db.smsQueue.findMany({ where: { batchId }, orderBy: { id: 'asc' }, select: { id: true } })
  const [again, given] = [first?.id ?? 0n, second?.id ?? 0n]
  expect(await decide('SEND_AGAIN', again)).toMatchObject({ resolved: 1 })
  expect(await decide('ASSUME_NOT_SENT', given)).toMatchObject({ resolved: 1 })
  await eventually(async () => (await statuses())[0] === 'SENT', { timeoutMs: 5_000 })

  await worker.waitForLine(/sms accepted twice/)
  await worker.waitForLine(/sms accepted after it was given up/)
  const late = await fixture.db.smsEvent.findMany({ where: { messageId: { not: null } }, orderBy: { smsId: 'asc' } })
  expect(late).toMatchObject([
    { smsId: again, kind: 'DUPLICATE_ACCEPTED', attempt: 1, httpStatus: 201 },
    { smsId: given, kind: 'ACCEPTED_LATE', attempt: 1, httpStatus: 201 },
  ])
  const rows = await fixture.rows(batchId)
  expect(rows.map(({ status, errorCode }) => [status, errorCode])).toEqual([
    ['SENT', null],
    ['FAILED', 'ACCEPTED_LATE'],
    ['SENT', null],
  ])
  expect(late[0]?.messageId).not.toBe(rows[0]?.messageId)
  expect(await fixture.summary()).toMatchObject({ accepted: 4, duplicates: 1 })
  expect(await fixture.counts(batchId)).toMatchObject({
    status: 'COMPLETED',
    sent: 2,
    failed: 1,
    unknown: 0,
    pending: 0,
    processing: 0,
  })

  // The worker that died, or was thought to, is in the evidence of its attempt.
  const expired = await fixture.db.smsEvent.findMany({ where: { code: 'LEASE_EXPIRED', kind: 'unknown' } })
  expect(expired).toHaveLength(2)
  expect(new Set(expired.map((event) => event.worker))).toEqual(new Set([late[0]?.worker]))
  // The next test gives rows that no worker may take.
  await worker.stop()
})

it('infers from what waited as soon as the first receipt has met its SMS by its id, without anybody’s doing', async () => {
  const batchId = await fixture.givenBatch(2, 50)
  const [unknown, known] = await fixture.db.smsQueue.findMany({ where: { batchId }, orderBy: { id: 'asc' } })
  const attempted = { attempts: 1, claimId: randomUUID(), lastAttemptAt: new Date() }
  await fixture.db.smsQueue.update({
    where: { id: unknown?.id ?? 0n },
    data: { ...attempted, status: 'UNKNOWN', failedAt: new Date(), errorCode: 'REPLY_LOST' },
  })
  await fixture.db.smsQueue.update({
    where: { id: known?.id ?? 0n },
    data: { ...attempted, claimId: randomUUID(), status: 'SENT', sentAt: new Date(), messageId: 'read by a worker' },
  })
  await fixture.db.smsBatch.update({
    where: { id: batchId },
    data: { pending: 0, unknown: 1, sent: 1, status: 'COMPLETED', completedAt: new Date() },
  })
  await fixture.db.$executeRaw`DELETE FROM "SmsReceipt"`
  const receipts = createReceiptRepository(fixture.db)
  await fixture.startWorker()
  await receipts.store([{ messageId: 'waits', phoneNumber: unknown?.phoneNumber ?? null, status: 'MessageWaiting' }])
  const rest = async () => (await fixture.db.smsReceipt.findFirstOrThrow({ where: { messageId: 'waits' } })).nextLookAt
  await eventually(async () => (await receipts.countOrphans()) === 1, { timeoutMs: 5_000 })
  const first = await rest()
  // It was looked at once more, and still nothing followed.
  await eventually(async () => Number(await rest()) > Number(first), { timeoutMs: 10_000 })
  expect((await fixture.rows(batchId)).map(({ status }) => status)).toEqual(['UNKNOWN', 'SENT'])
  await receipts.store([{ messageId: 'read by a worker', phoneNumber: null, status: 'DeliveredToTerminal' }])
  await eventually(async () => (await fixture.rows(batchId))[0]?.messageId === 'waits', { timeoutMs: 15_000 })
  expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED', sent: 2, unknown: 0 })
})

import { randomUUID } from 'node:crypto'
import type { ClaimRequest, DispatchedJob, SendOutcome, Settlement } from '@sms/core'
import { openTestDatabase } from '@sms/devstack'
import { createSmsQueueRepository, type Database, openDatabase, type SmsQueueRepository } from '../src/index.ts'

export type QueueFixture = {
  url: string
  db: Database
  sms: SmsQueueRepository
  /** A list batch with so many waiting SMS; ids ascending. */
  givenBatch(
    size: number,
    options?: { priority?: number; userId?: number; status?: 'ACTIVE' | 'PAUSED'; firstNumber?: number },
  ): Promise<bigint>
  /** A waiting SMS without a batch. */
  givenSingle(options?: { number?: string; dueAt?: Date; priority?: number }): Promise<bigint>
  /** The one UPDATE that a cancel is. */
  cancel(batchId: bigint): Promise<void>
  /** Ends every connection and lets nobody in until `back` is called, as a restart does. */
  takeDatabaseAway(): Promise<{ back: () => Promise<void> }>
  /** Back to a database where nothing was ever sent. */
  clear(): Promise<void>
  /** Dispatches what is due and claims all of it. */
  claimAll(windowSize?: number): Promise<{ jobs: DispatchedJob[]; requests: ClaimRequest[] }>
  counts(batchId: bigint): Promise<Record<string, number | string | null>>
  /** Stored counters against the rows themselves; every difference is an imbalance. */
  imbalance(): Promise<number>
  release(): Promise<void>
}

export const openQueueFixture = async (): Promise<QueueFixture> => {
  const database = await openTestDatabase()
  const { db, release } = openDatabase({ url: database.url })
  const sms = createSmsQueueRepository(db)
  return {
    url: database.url,
    db,
    sms,
    givenBatch: async (size, { priority = 5, userId = 1, status = 'ACTIVE', firstNumber = 0 } = {}) => {
      const batch = await db.smsBatch.create({
        data: {
          userId,
          kind: 'LIST',
          status,
          message: 'Bonjour',
          parts: 1,
          maxAttempts: 5,
          accountId: 1,
          announced: size,
          pending: size,
          priority,
          expandedAt: new Date(),
        },
      })
      await db.$executeRaw`
        INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts", priority)
        SELECT ${userId}, ${batch.id}, 1, '+22507' || lpad((i + ${firstNumber})::text, 8, '0'), 'Bonjour', 5, ${priority}
        FROM generate_series(1, ${size}::int) i`
      return batch.id
    },
    givenSingle: async ({ number = '+2250799999999', dueAt, priority = 10 } = {}) => {
      const { id } = await db.smsQueue.create({
        data: {
          userId: 1,
          accountId: 1,
          phoneNumber: number,
          message: 'Bonjour',
          maxAttempts: 5,
          priority,
          ...(dueAt && { nextAttemptAt: dueAt }),
        },
      })
      return id
    },
    cancel: async (batchId) => {
      await db.$executeRaw`UPDATE "SmsBatch" SET status = 'CANCELLED', "cancelledAt" = now(), cancelled = cancelled + pending, pending = 0
        WHERE id = ${batchId}`
    },
    takeDatabaseAway: async () => {
      const name = new URL(database.url).pathname.slice(1)
      const elsewhere = new URL(database.url)
      elsewhere.pathname = '/postgres'
      const admin = openDatabase({ url: elsewhere.href, poolSize: 1 })
      await admin.db.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`)
      await admin.db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name}`
      return {
        back: async () => {
          await admin.db.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`)
          await admin.release()
        },
      }
    },
    clear: async () => {
      await db.$executeRaw`TRUNCATE "SmsQueue", "SmsBatch", "Suppression", "Segment", "Contact" RESTART IDENTITY CASCADE`
      await db.$executeRaw`UPDATE "SenderAccount" SET "pausedReason" = NULL, "pausedByOperator" = false, "pausedAt" = NULL, "probeAt" = NULL,
        "probeSmsId" = NULL, "probeDelayMs" = 0`
    },
    claimAll: async (windowSize = 1_000) => {
      const jobs = await sms.findNextBatch(1, windowSize)
      const requests = jobs.map(requestFor)
      await sms.claim(requests, 'worker-1', 60_000)
      return { jobs, requests }
    },
    counts: async (batchId) => {
      const { pending, processing, sent, failed, cancelled, unknown, status } = await db.smsBatch.findUniqueOrThrow({
        where: { id: batchId },
      })
      return { pending, processing, sent, failed, cancelled, unknown, status }
    },
    imbalance: async () => {
      const rows = await db.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (
          SELECT b.id FROM "SmsBatch" b LEFT JOIN "SmsQueue" s ON s."batchId" = b.id
          GROUP BY b.id
          HAVING b.processing <> count(*) FILTER (WHERE s.status = 'PROCESSING') OR b.sent <> count(*) FILTER (WHERE s.status = 'SENT')
            OR b.failed <> count(*) FILTER (WHERE s.status = 'FAILED') OR b.unknown <> count(*) FILTER (WHERE s.status = 'UNKNOWN')
            OR CASE WHEN b.status = 'CANCELLED'
              THEN b.cancelled <> count(*) FILTER (WHERE s.status IN ('PENDING', 'CANCELLED'))
              ELSE b.pending <> count(*) FILTER (WHERE s.status = 'PENDING') OR b.cancelled <> count(*) FILTER (WHERE s.status = 'CANCELLED') END
        ) unequal`
      return rows[0]?.n ?? -1
    },
    release: async () => {
      await release()
      await database.release()
    },
  }
}

export const requestFor = (job: { smsId: bigint; dispatch: number }): ClaimRequest => ({
  smsId: job.smsId,
  dispatch: job.dispatch,
  claimId: randomUUID(),
})

export const accepted = (messageId: string | null = 'message-1'): SendOutcome => ({
  kind: 'accepted',
  messageId,
  httpStatus: 201,
})

export const refused = (kind: Exclude<SendOutcome['kind'], 'accepted' | 'throttled'>, text = 'refused'): SendOutcome => ({
  kind,
  code: 'SVC0002',
  text,
  httpStatus: 400,
})

export const settlementFor = (
  request: ClaimRequest,
  to: Settlement['to'],
  outcome: SendOutcome,
  more: Partial<Settlement> = {},
): Settlement => ({
  smsId: request.smsId,
  claimId: request.claimId,
  to,
  outcome,
  attempt: 1,
  worker: 'worker-1',
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
  ...more,
})

import type { BatchDraft, ReplayOrder, SendDraft, SmsJob, SmsStatus } from '@sms/core'
import {
  createAcceptRepository,
  createBatchControl,
  createLateOutcomes,
  createReceiptRepository,
  createReplayRepository,
  createSenderAccountRepository,
  createSmsQueueRepository,
  createUnknownRepository,
  type Database,
  sweepCancelled,
} from '../../src/index.ts'
import { MAX_ATTEMPTS, type Observation, type SeenSms, type System } from './system.ts'

const LARGE = 1_000
const LEASE_MS = 60_000

/** A user and an account of one sequence: what others do in the same database does not concern it. */
export type Tenant = { userId: number; accountId: number }

/** The repositories of `packages/db`, one call a command; the clock alone is the test's, which moves the dates of the rows instead. */
export const createPostgresSystem = (db: Database, { userId, accountId }: Tenant): System => {
  const accepts = createAcceptRepository(db)
  const left: bigint[] = []
  const batches = createBatchControl(db, {
    onLeftWindow: (_accountId, jobs) => void left.push(...jobs.map(({ smsId }) => smsId)),
  })
  /** A dispatcher looked before this and commits after it: it is the claim that must refuse what is in the window again. */
  const beforeLateDispatch = async (stop: () => Promise<unknown>): Promise<void> => {
    await stop()
    await db.$executeRaw`UPDATE "SmsQueue" SET "dispatchedAt" = clock_timestamp()
      WHERE id = ANY(${left.splice(0)}::bigint[]) AND status = 'PENDING' AND "dispatchedAt" IS NULL`
  }
  const replays = createReplayRepository(db)
  const unknowns = createUnknownRepository(db)
  const accounts = createSenderAccountRepository(db)
  const receipts = createReceiptRepository(db)
  const lateOutcomes = createLateOutcomes(db)
  const sms = createSmsQueueRepository(db)

  const caller = { userId, isAdmin: false }
  const draft: SendDraft = {
    userId,
    accountId,
    isAccountNamed: true,
    message: 'Bonjour',
    senderName: null,
    priority: 5,
    maxAttempts: MAX_ATTEMPTS,
    scheduledAt: null,
    validUntil: null,
    isPromotional: false,
    quiet: [],
    verify: null,
    template: null,
    idempotency: null,
  }
  const listDraft: BatchDraft = { ...draft, parts: 1 }
  const order = { caller, via: 'GRAPHQL', reason: 'the customer asked', moreAttempts: MAX_ATTEMPTS } as const
  const replayOrder = (includeUnknown: boolean): ReplayOrder => ({ ...order, includeUnknown })
  const pageBefore = (before: Date) => ({ after: 0n, limit: LARGE, before })

  return {
    acceptList: async (phoneNumbers) => {
      await accepts.acceptList({ ...listDraft, numbers: { count: phoneNumbers.length, chunks: [phoneNumbers.join(',')] } })
    },
    acceptSingle: async (phoneNumber) => void (await accepts.acceptSingle({ ...draft, phoneNumber })),
    cancel: (id) => beforeLateDispatch(() => batches.cancel(order, id)),
    pause: (id) => beforeLateDispatch(() => batches.pause(order, id)),
    resume: async (id) => void (await batches.resume(order, id)),
    optOut: async (phoneNumber) =>
      void (await db.$executeRaw`INSERT INTO "Suppression" ("userId", "phoneNumber") VALUES (${userId}, ${phoneNumber}) ON CONFLICT DO NOTHING`),
    block: async () => void (await accounts.block(accountId, 'POL1000')),
    unblock: async () => void (await accounts.unblock(accountId)),
    dispatch: async () => (await sms.findNextBatch(accountId, LARGE)).map(jobOf),
    probe: async () => (await sms.findProbe(accountId)).map(jobOf),
    undispatch: async (jobs) => void (await sms.undispatch(jobs)),
    emptyRedis: async () => void (await sms.adoptEpoch(crypto.randomUUID())),
    claim: (requests) => sms.claim(requests, 'worker', LEASE_MS),
    settle: (settlements) => sms.settle(settlements),
    recordLate: async (settlement) => void (await lateOutcomes.record(settlement)),
    findExpired: () => sms.findExpiredProcessing(LARGE),
    sweep: async () => void (await sweepCancelled(db)),
    replay: async (includeUnknown) => {
      const filter = { batchId: null, errorCode: null, since: null }
      await replays.replayChunk(replayOrder(includeUnknown), filter, pageBefore(await replays.now()))
    },
    replayJob: async (job) => void (await replays.replayJob(replayOrder(false), job)),
    resolveUnknown: async (decision) => {
      const filter = { smsIds: null, batchId: null, errorCode: null, since: null, userId }
      await unknowns.resolveChunk({ ...order, decision }, filter, pageBefore(await unknowns.now()))
    },
    storeReceipt: async (receipt) => void (await receipts.store([receipt])),
    matchReceipts: async () => {
      const { orphanNumbers } = await receipts.lookForSms(LARGE)
      await receipts.resolveOrphans(orphanNumbers)
    },
    // One row each, or all of them in the order in which everybody locks them.
    endLease: async (claimId) =>
      void (await db.$executeRaw`UPDATE "SmsQueue" SET "leaseUntil" = clock_timestamp() - interval '1 second'
        WHERE "accountId" = ${accountId} AND "claimId" = ${claimId}::uuid AND status = 'PROCESSING'`),
    passTime: async () => {
      await db.$executeRaw`
        WITH locked AS MATERIALIZED (SELECT s.id FROM "SmsQueue" s WHERE s."accountId" = ${accountId} ORDER BY s.id FOR NO KEY UPDATE)
        UPDATE "SmsQueue" s SET "nextAttemptAt" = least(s."nextAttemptAt", clock_timestamp() - interval '1 second'),
          "lastAttemptAt" = s."lastAttemptAt" - interval '15 minutes', "leaseUntil" = s."leaseUntil" - interval '15 minutes',
          "supersededAttemptAt" = s."supersededAttemptAt" - interval '15 minutes'
        FROM locked l WHERE s.id = l.id`
      await db.$executeRaw`
        UPDATE "SmsReceipt" SET "receivedAt" = "receivedAt" - interval '15 minutes', "nextLookAt" = "nextLookAt" - interval '15 minutes',
          "orphanAt" = "orphanAt" - interval '15 minutes'
        WHERE "phoneNumber" IN (SELECT s."phoneNumber" FROM "SmsQueue" s WHERE s."accountId" = ${accountId})`
      await db.$executeRaw`UPDATE "SenderAccount" SET "probeAt" = "probeAt" - interval '15 minutes' WHERE id = ${accountId}`
    },
    expire: async (id) => void (await db.$executeRaw`UPDATE "SmsQueue" SET "validUntil" = clock_timestamp() WHERE id = ${id}`),
    observe: () => observe(db, accountId),
  }
}

const jobOf = ({ smsId, dispatch }: SmsJob): SmsJob => ({ smsId, dispatch })

type Told<T> = { [Key in keyof T]: T[Key] extends bigint ? string : T[Key] extends bigint | null ? string | null : T[Key] }
type ToldObservation = {
  sms: Told<SeenSms>[]
  batches: (Record<Lowercase<SmsStatus>, number> & { id: string; status: string; announced: number; isSwept: boolean })[]
  account: { isBlocked: boolean; probeSmsId: string | null }
}

/** One statement: what it sees was all true at one moment. */
const observe = async (db: Database, accountId: number): Promise<Observation> => {
  const [row] = await db.$queryRaw<{ told: string }[]>`
    SELECT json_build_object(
      'sms', (SELECT coalesce(json_agg(r ORDER BY r.id::bigint), '[]') FROM (
        SELECT s.id::text AS id, s."batchId"::text AS "batchId", s."phoneNumber", s.status, s.attempts, s."maxAttempts", s.dispatch,
          s."dispatchedAt" IS NOT NULL AS "inWindow", s."claimId", s."errorCode", s."messageId",
          (SELECT coalesce(json_agg(json_build_object('kind', e.kind, 'code', e.code) ORDER BY e.id), '[]') FROM "SmsEvent" e
            WHERE e."smsId" = s.id AND (e."claimId" IS NULL OR e."actId" IS NOT NULL)) AS events
        FROM "SmsQueue" s WHERE s."accountId" = ${accountId}) r),
      'batches', (SELECT coalesce(json_agg(r ORDER BY r.id::bigint), '[]') FROM (
        SELECT b.id::text AS id, b.status, b.announced, b.pending, b.processing, b.sent, b.failed, b.cancelled, b.unknown,
          b."sweptAt" IS NOT NULL AS "isSwept"
        FROM "SmsBatch" b WHERE b."accountId" = ${accountId}) r),
      'account', (SELECT json_build_object('isBlocked', a."pausedReason" IS NOT NULL, 'probeSmsId', a."probeSmsId"::text)
        FROM "SenderAccount" a WHERE a.id = ${accountId}))::text AS told`
  const told = JSON.parse(row?.told ?? '') as ToldObservation
  return {
    sms: told.sms.map((one) => ({
      ...one,
      id: BigInt(one.id),
      batchId: one.batchId === null ? null : BigInt(one.batchId),
    })),
    batches: told.batches.map(({ id, status, announced, isSwept, pending, processing, sent, failed, cancelled, unknown }) => ({
      id: BigInt(id),
      status: status as Observation['batches'][number]['status'],
      announced,
      isSwept,
      counts: { pending, processing, sent, failed, cancelled, unknown },
    })),
    account: { ...told.account, probeSmsId: told.account.probeSmsId === null ? null : BigInt(told.account.probeSmsId) },
  }
}

/** Users and accounts for many sequences, so that none needs an empty database. */
export const createTenants = (db: Database): (() => Promise<Tenant>) => {
  const ready: Promise<Tenant[]> = db.$queryRaw<Tenant[]>`
    WITH known AS (INSERT INTO "SmsReceipt" ("messageId", status, "nextLookAt", "matchedAt", "smsId", effect)
      VALUES ('of before', 'DeliveredToTerminal', NULL, now(), 0, 'MOVED')),
    u AS (INSERT INTO "User" (username, "smsCredit", "updatedAt") SELECT 'tenant ' || i, ${CREDITS}::int, now() FROM generate_series(1, ${TENANTS}::int) i RETURNING id),
    a AS (INSERT INTO "SenderAccount" (name) SELECT 'tenant ' || i FROM generate_series(1, ${TENANTS}::int) i RETURNING id)
    SELECT x.id AS "userId", y.id AS "accountId" FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM u) x
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM a) y ON y.n = x.n ORDER BY x.n`
  let taken = 0
  return async () => {
    const tenant = (await ready)[taken]
    taken += 1
    if (!tenant) throw new Error('More sequences than tenants')
    return tenant
  }
}

/** More than a sequence can use: credits have tests of their own. */
const CREDITS = 1_000_000

/** A failure is shrunk by further sequences. */
const TENANTS = 5_000

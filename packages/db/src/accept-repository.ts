import {
  type AcceptedNumbers,
  type AcceptRepository,
  type AudienceDraft,
  type BatchDraft,
  type BatchRecord,
  type IdempotencyClaim,
  type KeyConflict,
  type ListDraft,
  NUMBERS_PER_CHUNK,
  type SingleDraft,
  type SmsRecord,
} from '@sms/core'
import type { Database } from './client.ts'
import { isMetered, takeCredits } from './credits.ts'
import type { BatchKind, IdempotencyKey, Prisma } from './generated/client.ts'
import { batchRecordOf, SMS_COLUMNS, smsRecordOf } from './records.ts'
import {
  audienceSql,
  claimKeySql,
  insertListSql,
  insertRoutedListSql,
  lockSingleSql,
  missingFromBatchSql,
  recipientSql,
} from './sql/accept.ts'
import { type Route, routesSql } from './sql/route.ts'

type Transaction = Prisma.TransactionClient

/** Waiting for a connection, then for the longest list on a slow disk. */
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 60_000 }

const OPEN_STATUSES = ['PENDING', 'PROCESSING', 'UNKNOWN'] as const

/** Thrown to roll a transaction back that turned out to have no recipient, its idempotency key included. */
class NobodyLeft extends Error {}

export const createAcceptRepository = (db: Database): AcceptRepository => ({
  acceptList: async (draft) => {
    try {
      return await db.$transaction((tx) => acceptList(tx, draft), TRANSACTION_LIMITS)
    } catch (error) {
      if (error instanceof NobodyLeft) return { kind: 'nobody' }
      throw error
    }
  },

  acceptAudience: async (draft) => {
    try {
      return await db.$transaction((tx) => acceptAudience(tx, draft), TRANSACTION_LIMITS)
    } catch (error) {
      if (error instanceof NobodyLeft) return { kind: 'nobody' }
      throw error
    }
  },

  acceptSingle: (draft) => db.$transaction((tx) => acceptSingle(tx, draft), TRANSACTION_LIMITS),
})

const acceptList = async (tx: Transaction, draft: ListDraft) => {
  const earlier = await claimKey(tx, draft)
  if (earlier === 'conflict') return CONFLICT
  if (earlier !== null) {
    const batch = await batchOf(tx, earlier)
    // A repeated call gets the answer of the first: who had opted out when the batch was written.
    const optedOut = batch.announced === draft.numbers.count ? [] : await missingOf(tx, batch.id, draft.numbers)
    return { kind: 'accepted' as const, batch, isRepeated: true, optedOut }
  }
  const { count } = draft.numbers
  const created = await tx.smsBatch.create({
    data: { ...batchData(draft, 'LIST', count), pending: count, announced: count },
  })
  const { pending, accounts } = await insertList(tx, created.id, draft)
  if (pending === 0) throw new NobodyLeft()

  const isWhole = pending === count
  const isAsCreated = isWhole && accounts.accountId === created.accountId && accounts.otherAccountIds.length === 0
  const data = { pending, announced: pending, ...accounts, ...(created.credits === null ? {} : { credits: pending }) }
  const batch = isAsCreated ? created : await tx.smsBatch.update({ where: { id: created.id }, data })
  await bindKey(tx, draft, { batchId: batch.id })
  const optedOut = isWhole ? [] : await missingOf(tx, batch.id, draft.numbers)
  await takeCredits(tx, draft.userId, pending)
  return { kind: 'accepted' as const, batch: batchRecordOf(batch), isRepeated: false, optedOut }
}

type BatchAccounts = { accountId: number; otherAccountIds: number[] }

/** With but the default account, or one that was named, every row is the batch's. */
const insertList = async (
  tx: Transaction,
  batchId: bigint,
  { numbers, accountId, isAccountNamed }: ListDraft,
): Promise<{ pending: number; accounts: BatchAccounts }> => {
  const routes = isAccountNamed ? [] : await tx.$queryRaw<Route[]>(routesSql())
  let pending = 0
  if (routes.length === 0) {
    for (const chunk of numbers.chunks) pending += await tx.$executeRaw(insertListSql(batchId, chunk, routes))
    return { pending, accounts: { accountId, otherAccountIds: [] } }
  }
  const found = new Set<number>()
  for (const chunk of numbers.chunks) {
    for (const made of await tx.$queryRaw<{ accountId: number; count: number }[]>(insertRoutedListSql(batchId, chunk, routes))) {
      found.add(made.accountId)
      pending += made.count
    }
  }
  // The batch's own account is one that has SMS of it: where all are of one country, it is that country's.
  const [first = accountId] = found.has(accountId) ? [accountId] : [...found].toSorted((a, b) => a - b)
  return {
    pending,
    accounts: { accountId: first, otherAccountIds: [...found].filter((id) => id !== first).toSorted((a, b) => a - b) },
  }
}

const acceptAudience = async (tx: Transaction, draft: AudienceDraft) => {
  const earlier = await claimKey(tx, draft)
  if (earlier === 'conflict') return CONFLICT
  if (earlier !== null) return { kind: 'accepted' as const, batch: await batchOf(tx, earlier), isRepeated: true }

  const [audience] = await tx.$queryRaw<{ announced: number; bound: bigint | null }[]>(audienceSql(draft))
  if (!audience || audience.bound === null) throw new NobodyLeft()
  const batch = await tx.smsBatch.create({
    data: {
      ...batchData(draft, draft.segmentId === null ? 'ALL_CONTACTS' : 'SEGMENT', audience.announced),
      segmentId: draft.segmentId,
      announced: audience.announced,
      expansionBound: audience.bound,
      expandedAt: null,
      status: draft.scheduledAt === null ? 'EXPANDING' : 'SCHEDULED',
    },
  })
  await bindKey(tx, draft, { batchId: batch.id })
  await takeCredits(tx, draft.userId, audience.announced)
  return { kind: 'accepted' as const, batch: batchRecordOf(batch), isRepeated: false }
}

const acceptSingle = async (tx: Transaction, draft: SingleDraft) => {
  const earlier = await claimKey(tx, draft)
  if (earlier === 'conflict') return CONFLICT
  if (earlier !== null) return { kind: 'accepted' as const, sms: await smsOf(tx, earlier), isRepeated: true }

  const { userId, phoneNumber, message } = draft
  if (draft.idempotency === null) {
    // Two presses at once would both look before either writes: the second waits here until the first has committed. A
    // statement of its own, because a statement sees only what was committed when it began.
    await tx.$executeRaw(lockSingleSql(draft))
    const open = await tx.smsQueue.findFirst({
      where: { userId, phoneNumber, batchId: null, message, status: { in: [...OPEN_STATUSES] } },
      orderBy: { id: 'desc' },
      ...SMS_COLUMNS,
    })
    if (open !== null) return { kind: 'accepted' as const, sms: smsRecordOf(open), isRepeated: true }
  }
  // Within the transaction that has claimed the key: an answer given for a key is the key's answer.
  const [recipient] = await tx.$queryRaw<{ isOptedOut: boolean; accountId: number | null }[]>(recipientSql(userId, phoneNumber))
  if (recipient?.isOptedOut) {
    if (draft.idempotency !== null)
      await tx.idempotencyKey.delete({ where: { userId_key: { userId, key: draft.idempotency.key } } })
    return { kind: 'opted-out' as const }
  }
  const { scheduledAt, idempotency: _, isAccountNamed, ...columns } = draft
  const accountId = isAccountNamed ? draft.accountId : (recipient?.accountId ?? draft.accountId)
  const row = await tx.smsQueue.create({
    data: {
      ...columns,
      accountId,
      credit: isMetered(userId) ? 1 : null,
      ...(scheduledAt === null ? {} : { nextAttemptAt: scheduledAt }),
    },
    ...SMS_COLUMNS,
  })
  await bindKey(tx, draft, { smsId: row.id })
  await takeCredits(tx, userId, 1)
  return { kind: 'accepted' as const, sms: smsRecordOf(row), isRepeated: false }
}

const CONFLICT: KeyConflict = { kind: 'conflict' }

const batchData = (draft: BatchDraft, kind: BatchKind, smsCount: number) => ({
  credits: isMetered(draft.userId) ? smsCount : null,
  userId: draft.userId,
  kind,
  status: draft.scheduledAt === null ? ('ACTIVE' as const) : ('SCHEDULED' as const),
  message: draft.message,
  parts: draft.parts,
  senderName: draft.senderName,
  priority: draft.priority,
  maxAttempts: draft.maxAttempts,
  accountId: draft.accountId,
  isAccountNamed: draft.isAccountNamed,
  scheduledAt: draft.scheduledAt,
  validUntil: draft.validUntil,
  expandedAt: new Date(),
})

type Keyed = { userId: number; idempotency: IdempotencyClaim | null }

/**
 * Null: the key is ours (or there is none). The primary key decides among concurrent calls: the others wait for our commit and
 * then find the row; after our rollback one of them has the key.
 */
const claimKey = async (tx: Transaction, { userId, idempotency }: Keyed): Promise<IdempotencyKey | 'conflict' | null> => {
  if (idempotency === null) return null
  const isOurs = (await tx.$executeRaw(claimKeySql(userId, idempotency))) === 1
  if (isOurs) return null
  const found = await tx.idempotencyKey.findUniqueOrThrow({ where: { userId_key: { userId, key: idempotency.key } } })
  return found.inputHash === idempotency.inputHash ? found : 'conflict'
}

const bindKey = async (tx: Transaction, { userId, idempotency }: Keyed, made: { batchId: bigint } | { smsId: bigint }) => {
  if (idempotency === null) return
  await tx.idempotencyKey.update({ where: { userId_key: { userId, key: idempotency.key } }, data: made })
}

const batchOf = async (tx: Transaction, { batchId }: IdempotencyKey): Promise<BatchRecord> =>
  batchRecordOf(await tx.smsBatch.findFirstOrThrow({ where: { id: batchId ?? -1n } }))

const smsOf = async (tx: Transaction, { smsId }: IdempotencyKey): Promise<SmsRecord> =>
  smsRecordOf(await tx.smsQueue.findFirstOrThrow({ where: { id: smsId ?? -1n }, ...SMS_COLUMNS }))

/** Places, from 0, of the numbers that the batch has no row for. */
const missingOf = async (tx: Transaction, batchId: bigint, numbers: AcceptedNumbers): Promise<number[]> => {
  const places: number[] = []
  for (const [turn, chunk] of numbers.chunks.entries()) {
    const missing = await tx.$queryRaw<{ place: number }[]>(missingFromBatchSql(batchId, chunk))
    for (const { place } of missing) places.push(turn * NUMBERS_PER_CHUNK + place)
  }
  return places
}

import type {
  AcceptRepository,
  AudienceDraft,
  BatchDraft,
  BatchRecord,
  IdempotencyClaim,
  KeyConflict,
  ListDraft,
  SingleDraft,
  SmsRecord,
} from '@sms/core'
import type { Database } from './client.ts'
import { Prisma, type BatchKind, type IdempotencyKey } from './generated/client.ts'
import { batchRecordOf, SMS_COLUMNS, smsRecordOf } from './records.ts'
import { audienceSql, claimKeySql, insertListSql, lockSingleSql, missingFromBatchSql } from './sql/accept.ts'

type Transaction = Prisma.TransactionClient

/** Rows of one INSERT: 70 KB of numbers, some 50 ms of PostgreSQL, and no work to speak of in this process. */
const INSERT_CHUNK_COUNT = 5_000
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
      if (error instanceof NobodyLeft) return { kind: 'nobody', optedOut: draft.phoneNumbers }
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
    return { kind: 'accepted' as const, batch, isRepeated: true, optedOut: await leftOutOf(tx, batch, draft.phoneNumbers) }
  }
  const created = await tx.smsBatch.create({
    data: { ...batchData(draft, 'LIST'), pending: draft.phoneNumbers.length, announced: draft.phoneNumbers.length },
  })
  const { id } = created
  const optedOut: string[] = []
  for (let start = 0; start < draft.phoneNumbers.length; start += INSERT_CHUNK_COUNT) {
    const chunk = draft.phoneNumbers.slice(start, start + INSERT_CHUNK_COUNT)
    const insertedCount = await tx.$executeRaw(insertListSql(id, chunk))
    if (insertedCount < chunk.length) optedOut.push(...(await missingOf(tx, id, chunk)))
  }
  const pending = draft.phoneNumbers.length - optedOut.length
  if (pending === 0) throw new NobodyLeft()
  const batch = optedOut.length === 0 ? created : await tx.smsBatch.update({ where: { id }, data: { pending, announced: pending } })
  await bindKey(tx, draft, { batchId: id })
  return { kind: 'accepted' as const, batch: batchRecordOf(batch), isRepeated: false, optedOut }
}

const acceptAudience = async (tx: Transaction, draft: AudienceDraft) => {
  const earlier = await claimKey(tx, draft)
  if (earlier === 'conflict') return CONFLICT
  if (earlier !== null) return { kind: 'accepted' as const, batch: await batchOf(tx, earlier), isRepeated: true }

  const [audience] = await tx.$queryRaw<{ announced: number; bound: bigint | null }[]>(audienceSql(draft))
  if (!audience || audience.bound === null) throw new NobodyLeft()
  const batch = await tx.smsBatch.create({
    data: {
      ...batchData(draft, draft.segmentId === null ? 'ALL_CONTACTS' : 'SEGMENT'),
      segmentId: draft.segmentId,
      announced: audience.announced,
      expansionBound: audience.bound,
      expandedAt: null,
      status: draft.scheduledAt === null ? 'EXPANDING' : 'SCHEDULED',
    },
  })
  await bindKey(tx, draft, { batchId: batch.id })
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
  const isOptedOut = (await tx.suppression.count({ where: { userId, phoneNumber } })) > 0
  if (isOptedOut) {
    if (draft.idempotency !== null) await tx.idempotencyKey.delete({ where: { userId_key: { userId, key: draft.idempotency.key } } })
    return { kind: 'opted-out' as const }
  }
  const { scheduledAt, idempotency: _, ...columns } = draft
  const row = await tx.smsQueue.create({
    data: { ...columns, ...(scheduledAt === null ? {} : { nextAttemptAt: scheduledAt }) },
    ...SMS_COLUMNS,
  })
  await bindKey(tx, draft, { smsId: row.id })
  return { kind: 'accepted' as const, sms: smsRecordOf(row), isRepeated: false }
}

const CONFLICT: KeyConflict = { kind: 'conflict' }

const batchData = (draft: BatchDraft, kind: BatchKind) => ({
  userId: draft.userId,
  kind,
  status: draft.scheduledAt === null ? ('ACTIVE' as const) : ('SCHEDULED' as const),
  message: draft.message,
  parts: draft.parts,
  senderName: draft.senderName,
  priority: draft.priority,
  maxAttempts: draft.maxAttempts,
  accountId: draft.accountId,
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

const missingOf = async (tx: Transaction, batchId: bigint, chunk: readonly string[]): Promise<string[]> =>
  (await tx.$queryRaw<{ phoneNumber: string }[]>(missingFromBatchSql(batchId, chunk))).map(({ phoneNumber }) => phoneNumber)

/** Who had opted out when the batch was written: a repeated call gets the answer of the first. */
const leftOutOf = async (tx: Transaction, batch: BatchRecord, phoneNumbers: readonly string[]): Promise<string[]> => {
  const leftOut: string[] = []
  if (batch.announced === phoneNumbers.length) return leftOut
  for (let start = 0; start < phoneNumbers.length; start += INSERT_CHUNK_COUNT) {
    leftOut.push(...(await missingOf(tx, batch.id, phoneNumbers.slice(start, start + INSERT_CHUNK_COUNT))))
  }
  return leftOut
}

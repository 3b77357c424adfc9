import {
  type AcceptedNumbers,
  type AcceptRepository,
  type AudienceDraft,
  type BatchDraft,
  type BatchRecord,
  floorOf,
  type IdempotencyClaim,
  type KeyConflict,
  type MessageTemplate,
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
  readKeySql,
  recipientSql,
  singleTextSql,
  unfilledSql,
} from './sql/accept.ts'
import { type Route, routesSql } from './sql/route.ts'

type Transaction = Prisma.TransactionClient

/** Waiting for a connection, then for the longest list on a slow disk. */
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 60_000 }

const OPEN_STATUSES = ['PENDING', 'PROCESSING', 'UNKNOWN'] as const

/** Thrown to roll a transaction back that turned out to have no recipient, its idempotency key included. */
export class NobodyLeft extends Error {}

/** The same, for one SMS whose text could not be filled in. */
class Unfilled extends Error {}

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

  acceptSingle: async (draft) => {
    try {
      return await db.$transaction((tx) => acceptSingle(tx, draft), TRANSACTION_LIMITS)
    } catch (error) {
      if (error instanceof Unfilled) return { kind: 'unfilled' }
      throw error
    }
  },
})

const acceptList = async (tx: Transaction, draft: ListDraft) => {
  const earlier = await claimKey(tx, draft)
  if (earlier === 'conflict') return CONFLICT
  if (earlier !== null) {
    const batch = await batchOf(tx, earlier)
    // A repeated call gets the answer of the first: who had opted out when the batch was written.
    const optedOut = batch.announced === draft.numbers.count ? [] : await missingOf(tx, batch.id, draft.numbers)
    return { kind: 'accepted' as const, batch, isRepeated: true, optedOut, unfilled: await unfilledOf(tx, batch.id, draft) }
  }
  const { count } = draft.numbers
  const created = await tx.smsBatch.create({
    data: { ...batchData(draft, 'LIST', count), pending: count, announced: count },
  })
  const { made, unfilledCount, accounts } = await insertList(tx, created.id, draft)
  if (made === 0) throw new NobodyLeft()

  const isWhole = made === count
  const pending = made - unfilledCount
  const optedOut = isWhole ? [] : await missingOf(tx, created.id, draft.numbers)
  draft.verify?.({ count: made, optedOut, bound: null })
  const isAsCreated =
    isWhole && unfilledCount === 0 && accounts.accountId === created.accountId && accounts.otherAccountIds.length === 0
  // Where nobody's text could be filled in, all is over with the call.
  const end = pending === 0 ? { status: 'COMPLETED' as const, completedAt: new Date() } : {}
  const credits = created.credits === null ? {} : { credits: pending }
  const data = { pending, cancelled: unfilledCount, announced: pending, ...accounts, ...credits, ...end }
  const batch = isAsCreated ? created : await tx.smsBatch.update({ where: { id: created.id }, data })
  await bindKey(tx, draft, { batchId: batch.id })
  const unfilled = await unfilledOf(tx, batch.id, draft)
  await takeCredits(tx, draft.userId, pending)
  return { kind: 'accepted' as const, batch: batchRecordOf(batch), isRepeated: false, optedOut, unfilled }
}

type BatchAccounts = { accountId: number; otherAccountIds: number[] }

/** With but the default account, or one that was named, every row is the batch's. */
const insertList = async (
  tx: Transaction,
  batchId: bigint,
  { numbers, accountId, isAccountNamed, quiet, template }: ListDraft,
): Promise<{ made: number; unfilledCount: number; accounts: BatchAccounts }> => {
  const routes = isAccountNamed ? [] : await tx.$queryRaw<Route[]>(routesSql())
  const choices = { routes, quiet, template }
  let made = 0
  let unfilledCount = 0
  if (routes.length === 0 && template === null) {
    for (const chunk of numbers.chunks) made += await tx.$executeRaw(insertListSql(batchId, chunk, choices))
    return { made, unfilledCount, accounts: { accountId, otherAccountIds: [] } }
  }
  const found = new Set<number>()
  for (const chunk of numbers.chunks) {
    for (const group of await tx.$queryRaw<{ accountId: number; count: number; unfilled: number }[]>(
      insertRoutedListSql(batchId, chunk, choices),
    )) {
      found.add(group.accountId)
      made += group.count
      unfilledCount += group.unfilled
    }
  }
  // The batch's own account is one that has SMS of it: where all are of one country, it is that country's.
  const [first = accountId] = found.has(accountId) ? [accountId] : [...found].toSorted((a, b) => a - b)
  return {
    made,
    unfilledCount,
    accounts: { accountId: first, otherAccountIds: [...found].filter((id) => id !== first).toSorted((a, b) => a - b) },
  }
}

const acceptAudience = async (tx: Transaction, draft: AudienceDraft) => {
  const earlier = await claimKey(tx, draft)
  if (earlier === 'conflict') return CONFLICT
  if (earlier !== null) return { kind: 'accepted' as const, batch: await batchOf(tx, earlier), isRepeated: true }

  const [audience] = await tx.$queryRaw<{ announced: number; bound: bigint | null }[]>(audienceSql(draft))
  if (!audience || audience.bound === null) throw new NobodyLeft()
  draft.verify?.({ count: audience.announced, optedOut: [], bound: audience.bound })
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

  const { userId, phoneNumber } = draft
  const message = draft.template === null ? draft.message : await textOf(tx, draft, draft.template)
  // No answer for the key either: thrown by the caller, so that the claim of the key is taken back.
  if (message === null) throw new Unfilled()
  if (draft.idempotency === null) {
    // Two presses at once would both look before either writes: the second waits here until the first has committed. A
    // statement of its own, because a statement sees only what was committed when it began.
    await tx.$executeRaw(lockSingleSql({ userId, phoneNumber, message }))
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
  const { scheduledAt, idempotency: _, isAccountNamed, quiet, verify, template: __, ...columns } = draft
  verify?.({ count: 1, optedOut: [], bound: null })
  const accountId = isAccountNamed ? draft.accountId : (recipient?.accountId ?? draft.accountId)
  const nextAttemptAt = floorOf(phoneNumber, quiet)?.notBefore ?? scheduledAt
  const row = await tx.smsQueue.create({
    data: {
      ...columns,
      message,
      accountId,
      credit: isMetered(userId) ? 1 : null,
      ...(nextAttemptAt === null ? {} : { nextAttemptAt }),
    },
    ...SMS_COLUMNS,
  })
  await bindKey(tx, draft, { smsId: row.id })
  await takeCredits(tx, userId, 1)
  return { kind: 'accepted' as const, sms: smsRecordOf(row), isRepeated: false }
}

const CONFLICT: KeyConflict = { kind: 'conflict' }

export const batchData = (draft: BatchDraft, kind: BatchKind, smsCount: number) => ({
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
  isPromotional: draft.isPromotional,
  isTemplate: draft.template !== null,
  scheduledAt: draft.scheduledAt,
  validUntil: draft.validUntil,
  expandedAt: new Date(),
})

type EarlierKey = Pick<IdempotencyKey, 'inputHash' | 'batchId' | 'smsId'>

const KEY_TURNS = 5

type Keyed = { userId: number; idempotency: IdempotencyClaim | null }

/**
 * Null: the key is ours (or there is none). The primary key decides among concurrent calls: the others wait for our commit and
 * then find the row; after our rollback one of them has the key.
 */
export const claimKey = async (tx: Transaction, { userId, idempotency }: Keyed): Promise<EarlierKey | 'conflict' | null> => {
  if (idempotency === null) return null
  for (let turn = 1; ; turn += 1) {
    const isOurs = (await tx.$executeRaw(claimKeySql(userId, idempotency))) === 1
    if (isOurs) return null
    const [found] = await tx.$queryRaw<EarlierKey[]>(readKeySql(userId, idempotency.key))
    if (found !== undefined) return found.inputHash === idempotency.inputHash ? found : 'conflict'
    // The cleanup took it away between the two statements: now it can be ours.
    if (turn === KEY_TURNS) throw new Error('An idempotency key came and went')
  }
}

export const bindKey = async (tx: Transaction, { userId, idempotency }: Keyed, made: { batchId: bigint } | { smsId: bigint }) => {
  if (idempotency === null) return
  await tx.idempotencyKey.update({ where: { userId_key: { userId, key: idempotency.key } }, data: made })
}

export const batchOf = async (tx: Transaction, { batchId }: EarlierKey): Promise<BatchRecord> =>
  batchRecordOf(await tx.smsBatch.findFirstOrThrow({ where: { id: batchId ?? -1n } }))

const smsOf = async (tx: Transaction, { smsId }: EarlierKey): Promise<SmsRecord> =>
  smsRecordOf(await tx.smsQueue.findFirstOrThrow({ where: { id: smsId ?? -1n }, ...SMS_COLUMNS }))

const textOf = async (tx: Transaction, { userId, phoneNumber }: SingleDraft, template: MessageTemplate): Promise<string | null> =>
  (await tx.$queryRaw<{ text: string | null }[]>(singleTextSql(userId, phoneNumber, template)))[0]?.text ?? null

/** Places, from 0, of the numbers whose contact lacks a variable of the text. */
const unfilledOf = async (tx: Transaction, batchId: bigint, { template, numbers }: ListDraft): Promise<number[]> => {
  const places: number[] = []
  for (const [turn, chunk] of (template === null ? [] : numbers.chunks).entries()) {
    const unfilled = await tx.$queryRaw<{ place: number }[]>(unfilledSql(batchId, chunk))
    for (const { place } of unfilled) places.push(turn * NUMBERS_PER_CHUNK + place)
  }
  return places
}

/** Places, from 0, of the numbers that the batch has no row for. */
const missingOf = async (tx: Transaction, batchId: bigint, numbers: AcceptedNumbers): Promise<number[]> => {
  const places: number[] = []
  for (const [turn, chunk] of numbers.chunks.entries()) {
    const missing = await tx.$queryRaw<{ place: number }[]>(missingFromBatchSql(batchId, chunk))
    for (const { place } of missing) places.push(turn * NUMBERS_PER_CHUNK + place)
  }
  return places
}

import type { ClaimRequest, DeliveryReceipt, ReceiptLook, UnknownDecision } from '@sms/core'
import { createLateOutcomes, createReceiptRepository, createUnknownRepository, type ReceiptRepository } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, settlementFor } from './queue-fixture.ts'

type Settled = ReturnType<typeof settlementFor>
type Database = QueueFixture['db']

export type ReceiptFixture = QueueFixture & {
  receipts: ReceiptRepository
  /** A receipt of before met its SMS by its id. */
  givenMatch(): Promise<void>
  row(id: bigint): ReturnType<Database['smsQueue']['findUniqueOrThrow']>
  /** Kind and code, oldest first. */
  events(id: bigint): Promise<[kind: string, code: string | null][]>
  /** Whose SMS each receipt is, and what it did; in the order in which they came. */
  effects(): Promise<[smsId: bigint | null, effect: string | null][]>
  /** As though a rest were over. */
  wake(): Promise<number>
  /** One round of the loop. */
  look(): Promise<{ looked: ReceiptLook; proved: [smsId: bigint, messageId: string, proved: string][] }>
  /** SMS that are on the wire, in batches of one each where they share a number. */
  onWire(size: number): Promise<ClaimRequest[]>
  settleAs(
    request: ClaimRequest,
    to: 'SENT' | 'UNKNOWN' | 'FAILED',
    outcome: Settled['outcome'],
  ): ReturnType<QueueFixture['sms']['settle']>
  sent(messageId?: string | null): Promise<bigint>
  unknown(): Promise<ClaimRequest>
  /** What the settle refuses, as a worker brings it. */
  bring(settlement: Settled): ReturnType<ReturnType<typeof createLateOutcomes>['record']>
  /** As a worker lands it, refused or not. */
  land(settlement: Settled): Promise<void>
  /** An administrator's decision. */
  assume(smsIds: bigint[], decision: UnknownDecision): Promise<void>
  /** The same, once its last attempt is old enough. */
  decide(smsId: bigint, decision: UnknownDecision): Promise<void>
}

export const LOST = { kind: 'unknown', code: 'REPLY_LOST', text: 'no reply', httpStatus: null } as const

export const numberOf = (place: number): string => `+22507${String(place).padStart(8, '0')}`

export const word = (
  messageId: string,
  status = 'DeliveredToTerminal',
  phoneNumber: string | null = numberOf(1),
): DeliveryReceipt => ({ messageId, phoneNumber, status })

export const openReceiptFixture = async (): Promise<ReceiptFixture> => {
  const fixture = await openQueueFixture()
  const { db, sms } = fixture
  const receipts = createReceiptRepository(db)
  const late = createLateOutcomes(db)
  const operators = createUnknownRepository(db)

  const wake = () =>
    db.$executeRaw`UPDATE "SmsReceipt" SET "nextLookAt" = now() - interval '1 second' WHERE "nextLookAt" IS NOT NULL`
  const onWire = async (size: number): Promise<ClaimRequest[]> => {
    await fixture.givenBatch(size)
    return (await fixture.claimAll()).requests
  }
  const settleAs: ReceiptFixture['settleAs'] = (request, to, outcome) => sms.settle([settlementFor(request, to, outcome)])
  const oneSettled = async (...how: [to: 'SENT' | 'UNKNOWN', outcome: Settled['outcome']]): Promise<ClaimRequest> => {
    const [request] = (await onWire(1)) as [ClaimRequest]
    await settleAs(request, ...how)
    return request
  }
  const assume = async (smsIds: bigint[], decision: UnknownDecision): Promise<void> => {
    const order = { caller: { userId: 1, isAdmin: true }, via: 'GRAPHQL', decision, reason: 'test', moreAttempts: 5 } as const
    const filter = { smsIds, batchId: null, errorCode: null, since: null, userId: null }
    await operators.resolveChunk(order, filter, { after: 0n, limit: 1_000, before: await operators.now() })
  }

  return {
    ...fixture,
    receipts,
    clear: async () => {
      await fixture.clear()
      await db.$executeRaw`TRUNCATE "SmsReceipt", "OperatorAct" RESTART IDENTITY`
    },
    givenMatch: async () => {
      await db.$executeRaw`INSERT INTO "SmsReceipt" (id, "messageId", status, "nextLookAt", "matchedAt", "smsId", effect)
        VALUES (0, 'of before', 'DeliveredToTerminal', NULL, now(), 0, 'MOVED')`
    },
    row: (id) => db.smsQueue.findUniqueOrThrow({ where: { id } }),
    events: async (id) =>
      (await db.smsEvent.findMany({ where: { smsId: id }, orderBy: { id: 'asc' } })).map(({ kind, code }) => [kind, code]),
    effects: async () =>
      (await db.smsReceipt.findMany({ where: { id: { gt: 0 } }, orderBy: { id: 'asc' } })).map(({ smsId, effect }) => [
        smsId,
        effect,
      ]),
    wake,
    look: async () => {
      await wake()
      const looked = await receipts.lookForSms(1_000)
      const proofs = await receipts.resolveOrphans(looked.orphanNumbers)
      return { looked, proved: proofs.map(({ smsId, messageId, proved }) => [smsId, messageId, proved]) }
    },
    onWire,
    settleAs,
    sent: async (messageId = 'id-1') => (await oneSettled('SENT', accepted(messageId))).smsId,
    unknown: () => oneSettled('UNKNOWN', LOST),
    bring: async (settlement) => {
      const [result] = await sms.settle([settlement])
      if (result?.landed !== 'refused') throw new Error('The row took it')
      return late.record(settlement)
    },
    land: async (settlement) => {
      const [result] = await sms.settle([settlement])
      if (result?.landed === 'refused') await late.record(settlement)
    },
    assume,
    decide: async (smsId, decision) => {
      await db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '20 minutes' WHERE id = ${smsId}`
      await assume([smsId], decision)
    },
  }
}

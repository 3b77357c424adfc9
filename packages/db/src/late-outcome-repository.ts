import {
  cleanText,
  isProof,
  type LateMeaning,
  lateMeaningOf,
  type LateOutcome,
  type LateOutcomes,
  type LateRow,
  type SendOutcome,
  type Settlement,
  type SmsStatus,
} from '@sms/core'
import type { Database } from './client.ts'
import {
  closeAcceptedSql,
  confirmSentSql,
  holdSmsSql,
  lateEvidenceSql,
  lockNumberSql,
  type LateEvidence,
  provedSql,
  storySql,
} from './sql/duplicates.ts'

type Held = Pick<LateRow, 'status' | 'claimId' | 'messageId'> & { id: bigint }
type Story = Pick<LateRow, 'supersededClaimId' | 'wasSuperseded'> & { wasReported: boolean }

/** Each statement has its own limit: a slow database must not make a record for ever too late, and everybody's settles with it. */
const LIMITS = { timeout: 120_000, maxWait: 15_000 }

const LONGEST_TEXT = 1_000
const LONGEST_MESSAGE_ID = 255

const KINDS: Partial<Record<LateMeaning, string>> = {
  DUPLICATE: 'DUPLICATE_ACCEPTED',
  ACCEPTED_LATE: 'ACCEPTED_LATE',
  CONFIRMED: 'CONFIRMED',
}

/** Rare: only for what a settle refused. */
export const createLateOutcomes = (db: Database): LateOutcomes => ({
  record: (settlement) =>
    db.$transaction(async (tx): Promise<LateOutcome> => {
      const { smsId, claimId } = settlement
      const messageId = messageIdOf(settlement.outcome)
      if (messageId !== null) await tx.$queryRaw(lockNumberSql(smsId))
      const held = await tx.$queryRaw<Held[]>(holdSmsSql(smsId, messageId))
      const row = held.find(({ id }) => id === smsId)
      if (row === undefined) return { meaning: 'GONE', isNew: false, status: null }
      const [story] = await tx.$queryRaw<[Story]>(storySql(smsId, claimId, messageId))
      // The worker of the attempt that made it SENT knows better, also where receipts gave this id to one that was given up.
      const isRepeated = story.wasReported && !(row.status === 'SENT' && row.claimId === claimId)
      const meaning = lateMeaningOf({ ...row, ...story, ...(isRepeated && { messageId: rawIdOf(settlement) }) }, settlement)
      if (meaning === 'REPEATED' || meaning === 'STRAY') return { meaning, isNew: false, status: row.status }
      const evidence = evidenceOf(settlement, meaning, row.status)
      const isNew = (await tx.$executeRaw(lateEvidenceSql(settlement, evidence))) > 0
      if (isNew) {
        if (meaning === 'DUPLICATE' || meaning === 'ACCEPTED_LATE') await tx.$executeRaw(closeAcceptedSql(smsId))
        if (meaning === 'CONFIRMED' && messageId !== null) await tx.$executeRaw(confirmSentSql(smsId, messageId))
        if (story.wasSuperseded && isProof(settlement.outcome)) await tx.$executeRaw(provedSql(smsId))
      }
      return { meaning, isNew, status: row.status }
    }, LIMITS),
})

const evidenceOf = ({ outcome }: Settlement, meaning: LateMeaning, status: SmsStatus): LateEvidence => {
  if (outcome.kind !== 'accepted') {
    const { kind, code, httpStatus } = outcome
    return { kind, code, httpStatus, text: cleanText(outcome.text).slice(0, LONGEST_TEXT).toWellFormed(), messageId: null }
  }
  return {
    kind: KINDS[meaning] ?? meaning,
    code: null,
    text: TEXTS[status],
    httpStatus: outcome.httpStatus,
    messageId: messageIdOf(outcome),
  }
}

const rawIdOf = ({ outcome }: Settlement): string | null => (outcome.kind === 'accepted' ? outcome.messageId : null)

/** What a column can keep of it. */
const messageIdOf = (outcome: SendOutcome): string | null =>
  outcome.kind === 'accepted' && outcome.messageId !== null ? cleanText(outcome.messageId).slice(0, LONGEST_MESSAGE_ID) : null

/** By the status in which the acceptance found the SMS. */
const TEXTS: Record<SmsStatus, string> = {
  SENT: 'Orange accepted this attempt too.',
  PROCESSING: 'Orange accepted this attempt while another one was on the wire.',
  UNKNOWN: 'Orange accepted this attempt; the one after it may have been accepted too.',
  PENDING: 'Orange accepted this attempt after it was given up. It is not sent again.',
  FAILED: 'Orange accepted this attempt after it was given up. It is not sent again.',
  CANCELLED: 'Orange accepted this attempt after it was given up.',
}

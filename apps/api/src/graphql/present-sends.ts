import {
  type AudienceAccepted,
  type BatchRecord,
  type BulkAccepted,
  type EntryVerdict,
  type PlanChange,
  planChangesOf,
  type SegmentRecord,
  type SmsRecord,
  verdictAt,
} from '@sms/core'
import { codeOf, frenchOf } from './errors.ts'
import { FRENCH } from './french.ts'
import { oldStatus, presentBatch, type PresentedBatch } from './present.ts'
import { oldDate } from './scalars.ts'

/** Results of the four send mutations, in the old interface's words. */

/** Up to here `results` holds one item an entry; above, only the first refused or repeated ones. */
export const FULL_RESULTS_COUNT = 2_000
const REFUSAL_RESULTS_COUNT = 1_000

const WITHOUT_BATCH = { batchId: null, batch: null } as const
export const withBatch = (batch: BatchRecord): { batchId: string; batch: PresentedBatch } => ({
  batchId: String(batch.id),
  batch: presentBatch(batch),
})

const changesOf = (error: unknown): PlanChange[] | null => {
  const changes = planChangesOf(error)
  return changes.length === 0 ? null : changes
}

const smsCount = (count: number): string => `${count} SMS mis en file d'envoi`

export type PresentedSmsResult = {
  id: string
  phoneNumber: string
  message: string
  status: 'SENT' | 'FAILED' | 'PENDING' | 'ERROR'
  createdAt: string
  errorCode: string | null
  errorMessage: string | null
  planChanges: PlanChange[] | null
  accountId: number | null
  batchId: null
  batch: null
}

export const presentSmsResult = (sms: SmsRecord): PresentedSmsResult => ({
  id: String(sms.id),
  phoneNumber: sms.phoneNumber,
  message: sms.message,
  status: oldStatus(sms.status),
  createdAt: oldDate(sms.createdAt),
  errorCode: sms.errorCode,
  errorMessage: sms.errorMessage,
  planChanges: null,
  accountId: sms.accountId,
  ...WITHOUT_BATCH,
})

export const presentSmsError = (
  error: unknown,
  call: { phoneNumber: string; requestId: string; at: Date },
): PresentedSmsResult => {
  const french = `Erreur lors de l'envoi: ${frenchOf(error, call.requestId)}`
  return {
    id: '0',
    phoneNumber: call.phoneNumber,
    message: french,
    status: 'ERROR',
    createdAt: oldDate(call.at),
    errorCode: codeOf(error),
    errorMessage: french,
    planChanges: changesOf(error),
    accountId: null,
    ...WITHOUT_BATCH,
  }
}

export type DetailResult = {
  phoneNumber: string
  status: 'SENT' | 'QUEUED' | 'FAILED'
  message: string
  index: number
  code: string | null
}

export type PresentedBulkResult = {
  status: 'QUEUED' | 'COMPLETED' | 'PARTIAL' | 'FAILED' | 'ERROR'
  message: string
  summary: { total: number; successful: number; failed: number }
  results: DetailResult[]
  errorCode: string | null
  planChanges: PlanChange[] | null
  batchId: string | null
  batch: PresentedBatch | null
}

/** The entries that `results` shows. */
export const shownIndexes = (verdicts: Uint8Array): number[] => {
  if (verdicts.length <= FULL_RESULTS_COUNT) return [...verdicts.keys()]
  return refusedIndexes(verdicts)
}

/** The first entries that make no SMS of their own. */
export const refusedIndexes = (verdicts: Uint8Array): number[] => {
  const indexes: number[] = []
  for (let index = 0; index < verdicts.length && indexes.length < REFUSAL_RESULTS_COUNT; index += 1) {
    if (verdictAt(verdicts, index) !== 'ACCEPTED') indexes.push(index)
  }
  return indexes
}

export const detailOf = (verdict: EntryVerdict, index: number, phoneNumber: string): DetailResult =>
  verdict === 'ACCEPTED'
    ? { phoneNumber, status: 'QUEUED', message: "Mis en file d'envoi", index, code: null }
    : // A repeated number gets its SMS, once.
      { phoneNumber, status: verdict === 'DUPLICATE' ? 'QUEUED' : 'FAILED', message: FRENCH[verdict], index, code: verdict }

export const isQueued = (verdict: EntryVerdict): boolean => verdict === 'ACCEPTED' || verdict === 'DUPLICATE'

/** `entries`: those at `shown`, as they were written. */
export const presentBulkResult = (
  { batch, verdicts }: BulkAccepted,
  shown: readonly number[],
  entries: readonly string[],
): PresentedBulkResult => {
  const failed = verdicts.reduce((count, _, index) => (isQueued(verdictAt(verdicts, index)) ? count : count + 1), 0)
  const shared = {
    summary: { total: verdicts.length, successful: verdicts.length - failed, failed },
    results: shown.map((index, place) => detailOf(verdictAt(verdicts, index), index, entries[place] ?? '')),
    errorCode: null,
    planChanges: null,
  }
  if (batch === null) {
    return { status: 'FAILED', message: 'Aucun SMS mis en file : toutes les entrées sont refusées.', ...shared, ...WITHOUT_BATCH }
  }
  const made = smsCount(batch.announced)
  return failed === 0
    ? { status: 'QUEUED', message: `${made}.`, ...shared, ...withBatch(batch) }
    : { status: 'PARTIAL', message: `${made}, ${failed} entrées refusées.`, ...shared, ...withBatch(batch) }
}

export const presentBulkError = (error: unknown, call: { entryCount: number; requestId: string }): PresentedBulkResult => ({
  status: 'ERROR',
  message: `Erreur lors de l'envoi en masse: ${frenchOf(error, call.requestId)}`,
  summary: { total: call.entryCount, successful: 0, failed: call.entryCount },
  results: [],
  errorCode: codeOf(error),
  planChanges: changesOf(error),
  ...WITHOUT_BATCH,
})

/** The old front takes `successful` = `total` for success: every member counts as queued. */
const audienceResult = (batch: BatchRecord) => ({
  status: 'QUEUED' as const,
  message: `${smsCount(batch.announced)}.`,
  summary: { total: batch.announced, successful: batch.announced, failed: 0 },
  results: [],
  errorCode: null,
  planChanges: null,
  ...withBatch(batch),
})

export const presentAllContactsResult = ({ batch }: AudienceAccepted): PresentedBulkResult => audienceResult(batch)

export type PresentedSegmentResult = PresentedBulkResult & { segment: { id: string; name: string } | null }

export const presentSegmentResult = (accepted: AudienceAccepted<{ segment: SegmentRecord }>): PresentedSegmentResult => ({
  ...audienceResult(accepted.batch),
  segment: { id: String(accepted.segment.id), name: accepted.segment.name },
})

export const presentSegmentError = (error: unknown, requestId: string): PresentedSegmentResult => ({
  ...presentBulkError(error, { entryCount: 0, requestId }),
  message: `Erreur lors de l'envoi au segment: ${frenchOf(error, requestId)}`,
  segment: null,
})

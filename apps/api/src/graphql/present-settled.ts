import { type BatchRecord, type CountryCode, type EntryVerdict, normalizePhoneNumber, type SmsRecord } from '@sms/core'
import { FRENCH } from './french.ts'
import { type DetailResult, isQueued, type PresentedBulkResult, withBatch } from './present-sends.ts'
import { oldStatus } from './present.ts'

/** Results of a short list that was waited for: what became of each SMS, as the old service answered. */

export type SentEntry = { phoneNumber: string; verdict: EntryVerdict }

/** `rows`: every SMS of the batch. Entries that are one number have one SMS, and all of them its outcome. */
export const presentSettledList = (
  batch: BatchRecord,
  { entries, rows, country }: { entries: readonly SentEntry[]; rows: readonly SmsRecord[]; country: CountryCode },
): PresentedBulkResult => {
  const byNumber = new Map(rows.map((row) => [row.phoneNumber, row]))
  return settled(
    batch,
    entries.map(({ phoneNumber, verdict }, index): DetailResult => {
      const code = verdict === 'ACCEPTED' ? null : verdict
      if (!isQueued(verdict))
        return { phoneNumber, status: 'FAILED', message: FRENCH[verdict as keyof typeof FRENCH], index, code }
      const number = normalizePhoneNumber(phoneNumber, country)
      const row = number.ok ? byNumber.get(number.phoneNumber) : undefined
      return { phoneNumber, ...outcomeOf(row), index, code }
    }),
  )
}

/** In the order in which the members were made. */
export const presentSettledAudience = (batch: BatchRecord, rows: readonly SmsRecord[]): PresentedBulkResult =>
  settled(
    batch,
    rows.map((row, index) => ({ phoneNumber: row.phoneNumber, ...outcomeOf(row), index, code: null })),
  )

/** What nobody knows the end of is not FAILED: it would be sent again. */
const outcomeOf = (row: SmsRecord | undefined): Pick<DetailResult, 'status' | 'message'> => {
  const status = row === undefined ? 'PENDING' : oldStatus(row.status)
  if (status === 'SENT') return { status, message: 'SMS envoyé avec succès' }
  if (status === 'PENDING') return { status: 'QUEUED', message: "Mis en file d'envoi" }
  return { status, message: row?.errorMessage ?? row?.errorCode ?? FRENCH.INTERNAL }
}

const settled = (batch: BatchRecord, results: DetailResult[]): PresentedBulkResult => {
  const failed = results.filter(({ status }) => status === 'FAILED').length
  const successful = results.length - failed
  const status = failed === 0 ? 'COMPLETED' : successful === 0 ? 'FAILED' : 'PARTIAL'
  return {
    status,
    message: failed === 0 ? `${successful} SMS envoyés.` : `${successful} SMS envoyés, ${failed} échecs.`,
    summary: { total: results.length, successful, failed },
    results,
    errorCode: null,
    planChanges: null,
    ...withBatch(batch),
  }
}

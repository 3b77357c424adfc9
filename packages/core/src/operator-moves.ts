import { cleanText } from './prepare-send.ts'
import type { SmsId } from './ports.ts'

/** `lastId`: where the next chunk goes on; null when this one found nothing. `accountIds`: whose rows are waiting now. */
export type MovedChunk<Verdict> = { verdicts: Verdict[]; lastId: SmsId | null; accountIds: number[] }

/** Rows of one statement: its locks are held for some hundred milliseconds at most. */
const CHUNK = 2_000
const REASON_LENGTH = 500

/** In the order of ids until a chunk is empty; what comes back into its state meanwhile is not met a second time. */
export const moveInChunks = async <Verdict>(
  kick: (accountId: number) => void,
  move: (page: { after: SmsId; limit: number }) => Promise<MovedChunk<Verdict>>,
): Promise<Verdict[]> => {
  const verdicts: Verdict[] = []
  for (let after: SmsId | null = 0n; after !== null;) {
    const chunk: MovedChunk<Verdict> = await move({ after, limit: CHUNK })
    verdicts.push(...chunk.verdicts)
    chunk.accountIds.forEach(kick)
    after = chunk.lastId
  }
  return verdicts
}

/** What PostgreSQL can keep of a person's words; null when nothing is left. */
export const reasonOf = (words: string | null): string | null => {
  const reason = words === null ? '' : cleanText(words).trim().slice(0, REASON_LENGTH).toWellFormed()
  return reason === '' ? null : reason
}

export const countOf = (verdicts: readonly { smsCount: number }[]): number =>
  verdicts.reduce((sum, { smsCount }) => sum + smsCount, 0)

/** How many were left as they are, for each code that occurred. */
export const refusalsOf = <Code extends string>(
  codes: readonly Code[],
  verdicts: readonly { verdict: string; smsCount: number }[],
): { code: Code; count: number }[] =>
  codes
    .map((code) => ({ code, count: countOf(verdicts.filter(({ verdict }) => verdict === code)) }))
    .filter(({ count }) => count > 0)

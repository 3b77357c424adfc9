import type { Random } from './ports.ts'

/** Beyond this the doubling has long passed any cap; 2 to a higher power would lose exactness, then be infinite. */
const MAX_DOUBLINGS = 52

export type RetryCeilingInput = {
  /** The attempt that just failed, from 1. */
  attempt: number
  baseMs: number
  capMs: number
}

/** The longest wait after an attempt: the base, doubled with each further attempt, up to the cap. */
export const retryCeilingMs = ({ attempt, baseMs, capMs }: RetryCeilingInput): number =>
  Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt - 1, 0), MAX_DOUBLINGS))

/**
 * How long to wait before the next attempt, whole milliseconds. Full jitter: anywhere from 0 to the ceiling, so that
 * many SMS that failed together do not come back together.
 */
export const retryDelayMs = ({ random, ...input }: RetryCeilingInput & { random: Random }): number =>
  Math.floor(random() * (Math.floor(retryCeilingMs(input)) + 1))

/** Whether an attempt is left after this one (from 1) failed. */
export const canRetry = ({ attempt, maxAttempts }: { attempt: number; maxAttempts: number }): boolean => attempt < maxAttempts

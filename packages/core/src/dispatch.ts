import type { DispatchedJob, SmsJob } from './ports.ts'

export type DispatchPorts = {
  sms: {
    findNextBatch(accountId: number, windowSize: number): Promise<DispatchedJob[]>
    findProbe(accountId: number): Promise<DispatchedJob[]>
    undispatch(jobs: readonly SmsJob[]): Promise<number>
    /** Whether this is the epoch that the recovery has learned last. */
    knowsEpoch(epoch: string): Promise<boolean>
  }
  window: { add(accountId: number, jobs: readonly DispatchedJob[]): Promise<void>; epoch(): Promise<string> }
}

/** Seconds of an account's rate that are in Redis at most, and never fewer or more jobs than these. */
const WINDOW_SECONDS = 3
const SMALLEST_WINDOW = 50
/** Seconds of work for the fastest workers: without it, a rate that nobody reaches would let a whole backlog into Redis. */
const LARGEST_WINDOW = 20_000

export const windowSizeFor = (ratePerSecond: number): number =>
  Math.min(LARGEST_WINDOW, Math.max(SMALLEST_WINDOW, Math.ceil(ratePerSecond * WINDOW_SECONDS)))

/**
 * Moves the next due SMS of an account into the window; returns how many. Their rows are marked and committed first, so a crash
 * before the jobs are added leaves rows whose job is missing, which the recovery finds; it never leaves a job nobody knows of.
 *
 * None while Redis is new, or emptied, and the recovery has not learned of it: it would take out again what was moved meanwhile, and
 * each of those jobs, stale by then, would take the time of a slot.
 */
export const dispatchDue = async (ports: DispatchPorts, account: { accountId: number; windowSize: number }): Promise<number> => {
  if (!(await ports.sms.knowsEpoch(await ports.window.epoch()))) return 0
  const due = await ports.sms.findNextBatch(account.accountId, account.windowSize)
  const jobs = due.length > 0 ? due : await ports.sms.findProbe(account.accountId)
  if (jobs.length === 0) return 0
  try {
    await ports.window.add(account.accountId, jobs)
  } catch (error) {
    // Some may be in: they are stale from now on, by their dispatch number.
    await ports.sms.undispatch(jobs)
    throw error
  }
  return jobs.length
}

import type { BatchRecord } from '@sms/core'

/** Lets callers wait until everything of a short batch is settled. */
export type BatchWatcher = {
  /** The batch when it is over; null when time was up first, on `close`, or when too many wait already. Never rejects. */
  wait(batch: BatchRecord): Promise<BatchRecord | null>
  /** Lets everybody go at once. */
  close(): void
}

const FIRST_LOOK_MS = 25
const LAST_LOOK_MS = 250
/** Each of them looks some times a second. */
const MOST_WAITING = 100

export const createBatchWatcher = (deps: {
  find: (batch: BatchRecord) => Promise<BatchRecord | null>
  /** Monotonic, in milliseconds. */
  now: () => number
  /** SMS_SYNC_WAIT_MS. */
  limitMs: number
}): BatchWatcher => {
  const resting = new Set<() => void>()
  let waiting = 0
  let isClosed = false

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        resting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      resting.add(wake)
    })

  const watch = async (batch: BatchRecord): Promise<BatchRecord | null> => {
    const startedAt = deps.now()
    for (;;) {
      const waitedMs = deps.now() - startedAt
      if (isClosed || waitedMs >= deps.limitMs) return null
      // As long again as it has waited, so that a short wait is answered soon and a long one costs little.
      await rest(Math.min(Math.max(waitedMs, FIRST_LOOK_MS), LAST_LOOK_MS, deps.limitMs - waitedMs))
      // The batch is accepted whatever happens here: a look that fails is followed by another one until time is up.
      const found = await deps.find(batch).catch(() => null)
      if (found?.status === 'COMPLETED' || found?.status === 'CANCELLED') return found
    }
  }

  return {
    wait: async (batch) => {
      if (waiting >= MOST_WAITING) return null
      waiting += 1
      return watch(batch).finally(() => {
        waiting -= 1
      })
    },
    close: () => {
      isClosed = true
      for (const wake of resting) wake()
    },
  }
}

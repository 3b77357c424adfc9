import type { SmsId, SmsStatus } from '@sms/core'

/** Lets callers wait for what becomes of an SMS: one query a round for all who wait. */
export type OutcomeWatcher = {
  /** Resolves, never rejects, when the SMS is no longer waiting or on the wire, when time is up, or on `close`. */
  wait(smsId: SmsId): Promise<void>
  /** Lets everybody go at once. */
  close(): void
}

/** The first look comes soon, for a provider that answers at once; who waits long is looked at less often. */
const FIRST_LOOK_MS = 25
const LAST_LOOK_MS = 250

type Waiting = { smsId: SmsId; deadline: number; startedAt: number; release: () => void }

export const createOutcomeWatcher = (deps: {
  findStatuses: (smsIds: readonly SmsId[]) => Promise<Map<SmsId, SmsStatus>>
  /** Monotonic, in milliseconds. */
  now: () => number
  /** SMS_SYNC_WAIT_MS. */
  limitMs: number
}): OutcomeWatcher => {
  const waiting = new Set<Waiting>()
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  const look = async (): Promise<void> => {
    const ids = [...new Set([...waiting].map(({ smsId }) => smsId))]
    // The SMS is accepted whatever happens here: a look that fails is followed by another one until time is up.
    const statuses = await deps.findStatuses(ids).catch(() => new Map<SmsId, SmsStatus>())
    for (const one of waiting) {
      const status = statuses.get(one.smsId)
      const isOpen = status === undefined || status === 'PENDING' || status === 'PROCESSING'
      if (isOpen && deps.now() < one.deadline) continue
      waiting.delete(one)
      one.release()
    }
    timer = null
    schedule()
  }

  const schedule = (): void => {
    if (timer !== null || waiting.size === 0 || isClosed) return
    const youngest = Math.max(...[...waiting].map(({ startedAt }) => startedAt))
    // As long again as the youngest has waited, so that a short wait is answered soon and a long one costs little.
    const delay = Math.min(Math.max(deps.now() - youngest, FIRST_LOOK_MS), LAST_LOOK_MS)
    timer = setTimeout(() => void look(), delay)
  }

  return {
    wait: (smsId) =>
      new Promise((release) => {
        if (isClosed || deps.limitMs === 0) return release()
        const startedAt = deps.now()
        waiting.add({ smsId, startedAt, deadline: startedAt + deps.limitMs, release })
        schedule()
      }),
    close: () => {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      for (const { release } of waiting) release()
      waiting.clear()
    },
  }
}

import { setTimeout as wait } from 'node:timers/promises'

export type EventuallyOptions = {
  /** Default 5,000. */
  timeoutMs?: number
  /** Default 25. */
  everyMs?: number
}

/**
 * Calls `attempt` until it neither throws nor returns `false`, and gives back what it returned. When time is up it
 * throws with the last failure as the message's end and as `cause`.
 */
export const eventually = async <T>(
  attempt: () => Promise<T> | T,
  options: EventuallyOptions = {},
): Promise<Exclude<T, false>> => {
  const { timeoutMs = 5_000, everyMs = 25 } = options
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let failure: unknown
    try {
      const value = await attempt()
      if (value !== false) return value as Exclude<T, false>
      failure = new Error('it returned false')
    } catch (error) {
      failure = error
    }
    if (performance.now() + everyMs > deadline) {
      const last = failure instanceof Error ? failure.message : String(failure)
      throw new Error(`not within ${timeoutMs} ms; last: ${last}`, { cause: failure })
    }
    await wait(everyMs)
  }
}

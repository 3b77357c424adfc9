/**
 * The newest reading of things that change, for any number of listeners. However many listen to one thing, it is read once an interval,
 * and all that are due are read together. A listener that is slow gets the newest reading when it comes back: nothing is queued.
 */
export type LiveFeed<Key, Value> = {
  /** The reading of this moment, at most an interval old; null: there is no such thing. Throws what `whenLate` makes after `firstLimitMs`. */
  first(key: Key): Promise<Value | null>
  /**
   * The newest reading, unless its version is `since`; then every other version that is seen; ends after one that is over.
   * Bridges failed readings.
   */
  watch(key: Key, since: string | null): AsyncIterableIterator<Value>
  /** Ends every stream. */
  close(): void
}

type Entry<Value> = {
  reading: { value: Value; version: string } | null
  /** When the newest reading was begun; null: not read yet. */
  readAt: number | null
  listeners: Set<() => void>
}

/** Ticks come a little early or late; without slack every second one would find nothing due. */
const SLACK_MS = 20
const LONGEST_REST_MS = 5_000

export const createLiveFeed = <Key, Value>(deps: {
  read: (keys: readonly Key[]) => Promise<Map<Key, Value>>
  /** Two readings of one version are the same for a listener. */
  versionOf: (value: Value) => string
  isOver: (value: Value) => boolean
  intervalMs: number
  firstLimitMs: number
  whenLate: () => Error
  /** Told of the first failed round of an outage. */
  onError: (error: unknown) => void
  /** Monotonic, in milliseconds. */
  now: () => number
}): LiveFeed<Key, Value> => {
  const { intervalMs, now } = deps
  const entries = new Map<Key, Entry<Value>>()
  let timer: NodeJS.Timeout | null = null
  let isReading = false
  let isClosed = false
  let failures = 0
  let nextTickAt = 0

  const entryOf = (key: Key): Entry<Value> => {
    const found = entries.get(key)
    if (found !== undefined) return found
    const entry: Entry<Value> = { reading: null, readAt: null, listeners: new Set() }
    entries.set(key, entry)
    return entry
  }

  const isFresh = ({ readAt }: Entry<Value>): boolean => readAt !== null && now() - readAt < intervalMs - SLACK_MS

  const apply = (entry: Entry<Value>, value: Value | undefined, readAt: number): void => {
    const isFirst = entry.readAt === null
    const version = value === undefined ? null : deps.versionOf(value)
    const changed = isFirst || version !== (entry.reading?.version ?? null)
    entry.readAt = readAt
    // An unchanged reading keeps its object, so that what was computed from it is not computed again.
    if (changed) entry.reading = value === undefined || version === null ? null : { value, version }
    if (changed) for (const wake of entry.listeners) wake()
  }

  const round = async (): Promise<void> => {
    for (const [key, entry] of entries) if (entry.listeners.size === 0 && !isFresh(entry)) entries.delete(key)
    const due = [...entries].filter(([, entry]) => entry.listeners.size > 0 && !isFresh(entry))
    if (due.length === 0) return
    const readAt = now()
    try {
      const values = await deps.read(due.map(([key]) => key))
      failures = 0
      for (const [key, entry] of due) apply(entry, values.get(key), readAt)
    } catch (error) {
      failures += 1
      if (failures === 1) deps.onError(error)
    }
  }

  const schedule = (): void => {
    if (isClosed || isReading || entries.size === 0) return
    const hasNew = failures === 0 && [...entries.values()].some(({ readAt, listeners }) => readAt === null && listeners.size > 0)
    if (timer !== null) {
      if (!hasNew) return
      clearTimeout(timer)
    }
    // Who is new waits for no tick; all who come in the same turn are read together.
    timer = setTimeout(() => void run(), hasNew ? 0 : Math.max(nextTickAt - now(), 0))
  }

  const run = async (): Promise<void> => {
    timer = null
    isReading = true
    const startedAt = now()
    if (startedAt >= nextTickAt - SLACK_MS) nextTickAt = startedAt + intervalMs
    await round()
    if (failures > 0) nextTickAt = now() + Math.min(intervalMs * 2 ** failures, LONGEST_REST_MS)
    isReading = false
    schedule()
  }

  const listen = (key: Key, wake: () => void): { entry: Entry<Value>; leave: () => void } => {
    const entry = entryOf(key)
    // Nobody looked for a while: what it says may be old.
    if (entry.listeners.size === 0 && !isFresh(entry)) {
      entry.readAt = null
      entry.reading = null
    }
    entry.listeners.add(wake)
    schedule()
    return { entry, leave: () => void entry.listeners.delete(wake) }
  }

  return {
    first: (key) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          if (entry.readAt === null && !isClosed) return
          clearTimeout(late)
          leave()
          resolve(entry.reading?.value ?? null)
        }
        const { entry, leave } = listen(key, settle)
        const late = setTimeout(() => {
          leave()
          reject(deps.whenLate())
        }, deps.firstLimitMs)
        settle()
      }),

    watch: (key, since) => stream({ since, listen: (wake) => listen(key, wake), isClosed: () => isClosed, isOver: deps.isOver }),

    close: () => {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      for (const { listeners } of entries.values()) for (const wake of listeners) wake()
      entries.clear()
    },
  }
}

/** One listener: it remembers only which version it was given last. */
const stream = <Value>(deps: {
  since: string | null
  listen: (wake: () => void) => { entry: Entry<Value>; leave: () => void }
  isClosed: () => boolean
  isOver: (value: Value) => boolean
}): AsyncIterableIterator<Value> => {
  let seen = deps.since
  let isEnded = false
  let wakeUp: (() => void) | null = null
  const { entry, leave } = deps.listen(() => wakeUp?.())
  const end = (): IteratorResult<Value> => {
    isEnded = true
    leave()
    wakeUp?.()
    return { done: true, value: undefined }
  }
  /** Null: there is nothing new. */
  const look = (): IteratorResult<Value> | null => {
    if (isEnded || deps.isClosed()) return end()
    if (entry.readAt === null) return null
    const { reading } = entry
    if (reading === null) return end()
    if (reading.version === seen) return deps.isOver(reading.value) ? end() : null
    seen = reading.version
    return { done: false, value: reading.value }
  }
  return {
    next: async () => {
      for (;;) {
        const found = look()
        if (found !== null) return found
        await new Promise<void>((resolve) => {
          wakeUp = resolve
        })
      }
    },
    return: () => Promise.resolve(end()),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/**
 * Collects single writes into groups that are committed together, so that safety costs one round trip for many SMS.
 *
 * A group is opened by the first item and closed when it is full, or `maxWaitMs` later, but never while the former one is
 * still being written: under load the database's own pace sets the size. Each caller gets the result of its own item.
 */
export type GroupCommit<Item, Result> = {
  add(item: Item): Promise<Result>
  /** Resolves when everything added so far was written, or handed over. */
  drain(): Promise<void>
  /** What was added and is neither written nor handed over. */
  pending(): Item[]
  /** For how long, in milliseconds, the oldest of it has waited at most since something was last written; 0: there is none. */
  pendingForMs(): number
  /**
   * Gives everything pending to another writer: what waits and what is being written, for nobody knows whether that still ends. A
   * caller gets whichever answer comes first, so both writers may write the same item. Rejects when `write` does; all is
   * pending again then.
   */
  handOver(write: (items: Item[]) => Promise<(Result | ItemFailure)[]>): Promise<void>
}

/** Stands in the place of a result: this item alone could not be written. */
export class ItemFailure {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** Both halves of a group, one after the other; results in the order of the items. */
export const writeHalves = async <Item, Result>(group: Item[], write: (part: Item[]) => Promise<Result[]>): Promise<Result[]> => {
  const middle = group.length >> 1
  return [...(await write(group.slice(0, middle))), ...(await write(group.slice(middle)))]
}

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

type Group<Item, Result> = { entries: Waiting<Item, Result>[]; since: number }

const answer = <Item, Result>(entries: Waiting<Item, Result>[], results: (Result | ItemFailure)[]): void => {
  entries.forEach(({ resolve, reject }, index) => {
    const result = results[index] as Result | ItemFailure
    if (result instanceof ItemFailure) reject(result.cause)
    else resolve(result)
  })
}

const itemsOf = <Item, Result>(entries: Waiting<Item, Result>[]): Item[] => entries.map(({ item }) => item)

export const createGroupCommit = <Item, Result>(options: {
  maxSize: number
  maxWaitMs: number
  /** Groups under way at once. */
  maxInFlight?: number
  /** Writes a group; results in the order of the items, or a rejection that every caller of the group gets. */
  write: (items: Item[]) => Promise<(Result | ItemFailure)[]>
  onGroup?: (size: number, durationMs: number) => void
}): GroupCommit<Item, Result> => {
  let waiting: Waiting<Item, Result>[] = []
  /** When the first of `waiting` came, or a group was last taken from it. */
  let waitingSince = 0
  let timer: NodeJS.Timeout | undefined
  const underWay = new Set<Group<Item, Result>>()
  const idle: (() => void)[] = []

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const group = { entries: waiting.splice(0, options.maxSize), since: waitingSince }
    waitingSince = performance.now()
    underWay.add(group)
    void writeGroup(group).finally(() => goOnAfter(group))
  }

  /** Written or given up; one that was handed over has been left behind already. */
  const goOnAfter = (group: Group<Item, Result>): void => {
    if (!underWay.delete(group)) return
    if (waiting.length > 0) flush()
    else tellIdle()
  }

  const tellIdle = (): void => {
    if (waiting.length === 0 && underWay.size === 0) idle.splice(0).forEach((done) => done())
  }

  const writeGroup = async ({ entries }: Group<Item, Result>): Promise<void> => {
    const startedAt = performance.now()
    try {
      answer(entries, await options.write(itemsOf(entries)))
    } catch (error) {
      entries.forEach(({ reject }) => reject(error))
    }
    options.onGroup?.(entries.length, performance.now() - startedAt)
  }

  const handOver: GroupCommit<Item, Result>['handOver'] = async (write) => {
    clearTimeout(timer)
    timer = undefined
    const before = [...underWay]
    const rest = { entries: waiting, since: waitingSince }
    waiting = []
    const entries = [...before.flatMap((group) => group.entries), ...rest.entries]
    if (entries.length === 0) return
    // Counts as being written, so that what is added meanwhile waits and `drain` does too.
    underWay.add(rest)
    try {
      answer(entries, await write(itemsOf(entries)))
      for (const group of before) underWay.delete(group)
    } catch (error) {
      if (rest.entries.length > 0) waitingSince = rest.since
      waiting = [...rest.entries, ...waiting]
      throw error
    } finally {
      underWay.delete(rest)
      // Where the hand-over failed, the group still under way takes the rest along when its own write ends.
      if (waiting.length > 0 && underWay.size < (options.maxInFlight ?? 1)) flush()
      else tellIdle()
    }
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length === 0) waitingSince = performance.now()
        waiting.push({ item, resolve, reject })
        if (underWay.size >= (options.maxInFlight ?? 1)) return
        if (waiting.length >= options.maxSize) flush()
        else timer ??= setTimeout(flush, options.maxWaitMs)
      }),
    drain: () =>
      waiting.length === 0 && underWay.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => idle.push(resolve)),
    pending: () => [...[...underWay].flatMap((group) => itemsOf(group.entries)), ...itemsOf(waiting)],
    pendingForMs: () => {
      const since = Math.min(...[...underWay].map((group) => group.since), waiting.length > 0 ? waitingSince : Infinity)
      return since === Infinity ? 0 : performance.now() - since
    },
    handOver,
  }
}

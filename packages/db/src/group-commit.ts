/**
 * Collects single writes into groups that are committed together, so that safety costs one round trip for many SMS.
 *
 * A group is opened by the first item and closed when it is full, or `maxWaitMs` later, but never while the former one is
 * still being written: under load the database's own pace sets the size. Each caller gets the result of its own item.
 */
export type GroupCommit<Item, Result> = {
  add(item: Item): Promise<Result>
  /** Resolves when everything added so far was written. */
  drain(): Promise<void>
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

export const createGroupCommit = <Item, Result>(options: {
  maxSize: number
  maxWaitMs: number
  /** Groups under way at once. */
  maxInFlight?: number
  /** Writes a group; results in the order of the items, or a rejection that every caller of the group gets. */
  write: (items: Item[]) => Promise<(Result | ItemFailure)[]>
  onGroup?: (size: number, durationMs: number) => void
}): GroupCommit<Item, Result> => {
  const waiting: Waiting<Item, Result>[] = []
  let timer: NodeJS.Timeout | undefined
  let inFlight = 0
  const idle: (() => void)[] = []

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const group = waiting.splice(0, options.maxSize)
    if (group.length === 0) return
    inFlight += 1
    void writeGroup(group).finally(() => {
      inFlight -= 1
      if (waiting.length > 0) flush()
      else if (inFlight === 0) idle.splice(0).forEach((done) => done())
    })
  }

  const writeGroup = async (group: Waiting<Item, Result>[]): Promise<void> => {
    const startedAt = performance.now()
    try {
      const results = await options.write(group.map(({ item }) => item))
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index] as Result | ItemFailure
        if (result instanceof ItemFailure) reject(result.cause)
        else resolve(result)
      })
    } catch (error) {
      group.forEach(({ reject }) => reject(error))
    }
    options.onGroup?.(group.length, performance.now() - startedAt)
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (inFlight >= (options.maxInFlight ?? 1)) return
        if (waiting.length >= options.maxSize) flush()
        else timer ??= setTimeout(flush, options.maxWaitMs)
      }),
    drain: () =>
      waiting.length === 0 && inFlight === 0 ? Promise.resolve() : new Promise<void>((resolve) => idle.push(resolve)),
  }
}

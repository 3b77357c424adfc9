/**
 * Resolves when all that was committed before the call is on disk. Who calls while a flush is under way shares the next one: what they
 * committed may have come too late for it. Rejects when nobody knows.
 */
export type SharedFlush = () => Promise<void>

export const createSharedFlush = (flush: () => Promise<unknown>): SharedFlush => {
  let underWay: Promise<unknown> | undefined
  let next: Promise<void> | undefined

  const begin = async (): Promise<void> => {
    const begun = flush()
    underWay = begun
    try {
      await begun
    } finally {
      underWay = undefined
    }
  }
  const beginNext = (): Promise<void> => {
    next = undefined
    return begin()
  }
  return () => (underWay ? (next ??= underWay.then(beginNext, beginNext)) : begin())
}

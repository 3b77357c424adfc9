import { SmsError } from '@sms/core'
import type { PeriodStatistics, StatisticsPeriod } from '@sms/db'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MOST_DAYS = 31

export type StatisticsQuestion = { from: Date | null; to: Date | null; userId: number | null }

/** Answers for statistics, each of which reads up to some million rows. */
export type StatisticsDesk = { read(callerId: number, question: StatisticsQuestion): Promise<PeriodStatistics> }

export type StatisticsDeskDeps = {
  read: (period: StatisticsPeriod) => Promise<PeriodStatistics>
  now: () => number
  /** An answer is given again for so long. */
  freshMs: number
  /** Readings of this process at once: the rest of the connections is for sends. */
  mostAtOnce: number
}

type Kept = { at: number; answer: Promise<PeriodStatistics> }

/** One reading at a time for a caller, some at once for all; the same question gets the same answer for some seconds. */
export const createStatisticsDesk = ({ read, now, freshMs, mostAtOnce }: StatisticsDeskDeps): StatisticsDesk => {
  const kept = new Map<string, Kept>()
  const lastOf = new Map<number, Promise<unknown>>()
  const waiting: (() => void)[] = []
  let running = 0

  const inTurn = async (period: StatisticsPeriod): Promise<PeriodStatistics> => {
    if (running < mostAtOnce) running += 1
    // Whoever ends hands its place on, so that nobody who comes between takes it.
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await read(period)
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  const afterOwn = (callerId: number, period: StatisticsPeriod): Promise<PeriodStatistics> => {
    const before = lastOf.get(callerId) ?? Promise.resolve()
    const answer = before.then(() => inTurn(period))
    const over = answer.then(
      () => undefined,
      () => undefined,
    )
    lastOf.set(callerId, over)
    void over.then(() => lastOf.get(callerId) === over && lastOf.delete(callerId))
    return answer
  }

  return {
    read: async (callerId, question) => {
      const period = periodOf(question, now())
      for (const [key, { at }] of kept) if (now() - at >= freshMs) kept.delete(key)
      // By what was asked: without bounds it is another period at every instant.
      const key = JSON.stringify(question)
      const known = kept.get(key)
      if (known !== undefined) return known.answer
      const entry = { at: now(), answer: afterOwn(callerId, period) }
      kept.set(key, entry)
      // A reading that failed is not kept.
      entry.answer.catch(() => kept.get(key) === entry && kept.delete(key))
      return entry.answer
    },
  }
}

const periodOf = ({ from, to, userId }: StatisticsQuestion, nowMs: number): StatisticsPeriod => {
  const end = to ?? new Date(nowMs)
  const start = from ?? new Date(end.getTime() - DAY_MS)
  const lengthMs = end.getTime() - start.getTime()
  if (lengthMs <= 0) throw new SmsError('INVALID_INPUT', 'to must be after from', { details: { argument: 'to' } })
  if (lengthMs > MOST_DAYS * DAY_MS)
    throw new SmsError('INVALID_INPUT', `from must be at most ${MOST_DAYS} days before to`, { details: { argument: 'from' } })
  return { from: start, to: end, userId }
}

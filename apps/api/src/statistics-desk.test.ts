import type { PeriodStatistics, StatisticsPeriod } from '@sms/db'
import { describe, expect, it } from 'vitest'
import { createStatisticsDesk } from './statistics-desk.ts'

const question = (userId: number, day = 1) => ({
  userId,
  from: new Date(Date.UTC(2026, 0, day)),
  to: new Date(Date.UTC(2026, 0, day + 1)),
})

/** A desk whose readings end when the test says so. */
const openDesk = (mostAtOnce = 2) => {
  let at = 0
  const begun: { name: string; end: () => void; fail: () => void }[] = []
  const desk = createStatisticsDesk({
    read: (period: StatisticsPeriod) =>
      new Promise<PeriodStatistics>((resolve, reject) => {
        const name = `${period.userId} day ${period.from.getUTCDate()}`
        begun.push({ name, end: () => resolve({ name } as unknown as PeriodStatistics), fail: () => reject(new Error(name)) })
      }),
    now: () => at,
    freshMs: 10_000,
    mostAtOnce,
  })
  return {
    desk,
    begun: () => begun.map(({ name }) => name),
    end: (place: number) => begun[place]?.end(),
    fail: (place: number) => begun[place]?.fail(),
    later: (ms: number) => void (at += ms),
    /** Whatever is due now has happened. */
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  }
}

describe('the turns at the statistics', () => {
  it('are some at once for all, in the order in which they came', async () => {
    const { desk, begun, end, settled } = openDesk(2)
    const answers = [1, 2, 3, 4].map((userId) => desk.read(userId, question(userId)))
    await settled()
    expect(begun()).toEqual(['1 day 1', '2 day 1'])
    end(1)
    await settled()
    expect(begun()).toEqual(['1 day 1', '2 day 1', '3 day 1'])
    end(0)
    end(2)
    await settled()
    end(3)
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4].map((userId) => ({ name: `${userId} day 1` })))
  })

  it('are one at a time for a caller, so that nobody takes all of them', async () => {
    const { desk, begun, end, settled } = openDesk(2)
    for (const day of [1, 2, 3]) void desk.read(7, question(7, day))
    void desk.read(8, question(8))
    await settled()
    expect(begun()).toEqual(['7 day 1', '8 day 1'])
    end(1)
    await settled()
    expect(begun()).toEqual(['7 day 1', '8 day 1'])
    end(0)
    await settled()
    expect(begun()).toEqual(['7 day 1', '8 day 1', '7 day 2'])
  })

  it('are never more, also when somebody comes in the moment in which one ends', async () => {
    const { desk, begun, end, settled } = openDesk(1)
    void desk.read(1, question(1))
    void desk.read(2, question(2))
    await settled()
    end(0)
    void desk.read(3, question(3))
    await settled()
    expect(begun()).toEqual(['1 day 1', '2 day 1'])
    end(1)
    await settled()
    expect(begun()).toEqual(['1 day 1', '2 day 1', '3 day 1'])
  })

  it('go on after a reading that failed, for its caller and for the others, and its question is read anew', async () => {
    const { desk, begun, fail, end, settled } = openDesk(1)
    const failed = desk.read(1, question(1))
    const next = desk.read(1, question(1, 2))
    const other = desk.read(2, question(2))
    await settled()
    fail(0)
    await expect(failed).rejects.toThrow('1 day 1')
    await settled()
    end(1)
    await settled()
    end(2)
    expect((await Promise.all([next, other])).length).toBe(2)
    void desk.read(1, question(1))
    await settled()
    expect(begun()).toHaveLength(4)
  })

  it('are not needed for a question that was asked some seconds ago, or is being answered', async () => {
    const { desk, begun, end, later, settled } = openDesk()
    const first = desk.read(1, question(5))
    const same = desk.read(2, question(5))
    await settled()
    end(0)
    expect(await same).toBe(await first)
    later(9_999)
    expect(await desk.read(3, question(5))).toBe(await first)
    later(1)
    void desk.read(3, question(5))
    await settled()
    expect(begun()).toEqual(['5 day 1', '5 day 1'])
  })
})

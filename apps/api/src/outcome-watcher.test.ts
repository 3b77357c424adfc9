import type { SmsId, SmsStatus } from '@sms/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createOutcomeWatcher } from './outcome-watcher.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const watch = (limitMs = 10_000) => {
  const statuses = new Map<SmsId, SmsStatus>()
  const looks: SmsId[][] = []
  let failsNext = false
  const watcher = createOutcomeWatcher({
    findStatuses: async (smsIds) => {
      looks.push([...smsIds])
      if (failsNext) {
        failsNext = false
        throw new Error('away')
      }
      return statuses
    },
    now: () => Date.now(),
    limitMs,
  })
  const wait = (smsId: SmsId) => {
    const state = { isOver: false }
    void watcher.wait(smsId).then(() => {
      state.isOver = true
    })
    return state
  }
  return { watcher, wait, statuses, looks, failNext: () => (failsNext = true) }
}

describe('the outcome watcher', () => {
  it.each(['SENT', 'FAILED', 'CANCELLED', 'UNKNOWN'] as const)('lets a caller go when the SMS is %s', async (status) => {
    const { wait, statuses } = watch()
    const caller = wait(1n)
    statuses.set(1n, 'PENDING')
    await vi.advanceTimersByTimeAsync(500)
    statuses.set(1n, 'PROCESSING')
    await vi.advanceTimersByTimeAsync(500)
    expect(caller.isOver).toBe(false)
    statuses.set(1n, status)
    await vi.advanceTimersByTimeAsync(250)
    expect(caller.isOver).toBe(true)
  })

  it('lets a caller go when time is up', async () => {
    const { wait } = watch(1_000)
    const caller = wait(1n)
    await vi.advanceTimersByTimeAsync(900)
    expect(caller.isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(400)
    expect(caller.isOver).toBe(true)
  })

  it('looks soon, then less and less often, and not at all for nobody', async () => {
    const { wait, looks } = watch(10_000)
    const caller = wait(1n)
    await vi.advanceTimersByTimeAsync(100)
    expect(looks.length).toBeGreaterThanOrEqual(2)
    await vi.advanceTimersByTimeAsync(1_900)
    expect(looks.length).toBeLessThan(16)
    await vi.advanceTimersByTimeAsync(9_000)
    expect(caller.isOver).toBe(true)
    const before = looks.length
    await vi.advanceTimersByTimeAsync(10_000)
    expect(looks.length).toBe(before)
  })

  it('asks once for all who wait', async () => {
    const { wait, looks } = watch()
    for (const id of [1n, 2n, 2n, 3n]) wait(id)
    await vi.advanceTimersByTimeAsync(30)
    expect(looks).toEqual([[1n, 2n, 3n]])
  })

  it('goes on after a look that failed', async () => {
    const { wait, statuses, failNext } = watch()
    const caller = wait(1n)
    statuses.set(1n, 'SENT')
    failNext()
    await vi.advanceTimersByTimeAsync(30)
    expect(caller.isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(100)
    expect(caller.isOver).toBe(true)
  })

  it('lets everybody go on close, also who comes after', async () => {
    const { watcher, wait } = watch()
    const early = wait(1n)
    watcher.close()
    const late = wait(2n)
    await vi.advanceTimersByTimeAsync(0)
    expect([early.isOver, late.isOver]).toEqual([true, true])
    expect(vi.getTimerCount()).toBe(0)
  })
})

import { expect, it } from 'vitest'
import { drain } from './drain.ts'

const play = async (
  looks: (number | 'away')[],
  options: { locks?: (boolean | 'away')[]; abortAfterMs?: number; maxRuntimeMs?: number } = {},
) => {
  let nowMs = 0
  let started = 0
  const rests: number[] = []
  const stop = new AbortController()
  const end = await drain(
    {
      findWork: async () => {
        const look = looks.shift() ?? 1
        if (look === 'away') throw new Error('away')
        return Array.from({ length: look })
      },
      start: () => (started += 1),
      keepLock: async () => {
        const lock = options.locks?.shift() ?? true
        if (lock === 'away') throw new Error('away')
        return lock
      },
      now: () => nowMs,
      rest: async (ms) => {
        rests.push(ms)
        nowMs += ms
        if (nowMs >= (options.abortAfterMs ?? Infinity)) stop.abort()
      },
    },
    { maxRuntimeMs: options.maxRuntimeMs ?? 10_000, delayMs: 1_000 },
    stop.signal,
  )
  return { end, started, rests }
}

it('does not even start when there is nothing to do', async () => {
  expect(await play([0])).toEqual({ end: 'empty', started: 0, rests: [] })
})

it('ends when nothing is left, and starts once', async () => {
  expect(await play([3, 2, 1, 0])).toEqual({ end: 'empty', started: 1, rests: [1_000, 1_000, 1_000] })
})

it('ends when its time is up, and not a delay later', async () => {
  expect(await play([], { maxRuntimeMs: 2_500 })).toEqual({ end: 'time is up', started: 1, rests: [1_000, 1_000, 500] })
})

it('goes on over a look or a lock that failed, but not over the first one', async () => {
  expect(await play([1, 'away', 0], { locks: ['away', true] })).toMatchObject({ end: 'empty' })
  await expect(play(['away'])).rejects.toThrow('away')
})

it('leaves when the lock is somebody else’s, and when it is told to', async () => {
  expect(await play([], { locks: [true, false] })).toMatchObject({ end: 'lock lost' })
  expect(await play([], { abortAfterMs: 3_000 })).toMatchObject({ end: 'stopped', rests: [1_000, 1_000, 1_000] })
  expect(await play([1, 0], { abortAfterMs: 1_000 })).toMatchObject({ end: 'stopped' })
})

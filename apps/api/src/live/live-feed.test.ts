import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLiveFeed } from './live-feed.ts'

type Value = { count: number; isOver?: boolean }
let values: Map<string, Value>
let readings: string[][]
let fails: boolean
let told: unknown[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  values = new Map()
  readings = []
  fails = false
  told = []
})
afterEach(() => {
  vi.useRealTimers()
})

const open = () =>
  createLiveFeed<string, Value>({
    read: async (keys) => {
      readings.push([...keys])
      if (fails) throw new Error('away')
      return new Map(keys.flatMap((key): [string, Value][] => (values.has(key) ? [[key, { ...values.get(key)! }]] : [])))
    },
    versionOf: ({ count }) => String(count),
    isOver: (value) => value.isOver === true,
    intervalMs: 500,
    firstLimitMs: 15_000,
    whenLate: () => new Error('late'),
    onError: (error) => void told.push(error),
    now: () => performance.now(),
  })

const collect = (stream: AsyncIterableIterator<Value>) => {
  const seen: number[] = []
  const state = { isOver: false }
  void (async () => {
    for await (const { count } of stream) seen.push(count)
    state.isOver = true
  })()
  return { seen, state }
}

it('reads once an interval for any number of listeners and keys', async () => {
  for (const key of ['a', 'b']) values.set(key, { count: 0 })
  const feed = open()
  const all = Array.from({ length: 50 }, (_, index) => collect(feed.watch(index % 2 === 0 ? 'a' : 'b', null)))
  await vi.advanceTimersByTimeAsync(0)
  expect(readings).toEqual([['a', 'b']])
  expect(all.every(({ seen }) => seen.length === 1)).toBe(true)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(readings.length).toBeLessThanOrEqual(11)
  expect(readings.length).toBeGreaterThanOrEqual(9)
  feed.close()
})

it('reads no more when nobody listens', async () => {
  values.set('a', { count: 0 })
  const feed = open()
  const stream = feed.watch('a', null)
  const first = stream.next()
  await vi.advanceTimersByTimeAsync(0)
  await first
  await stream.return?.()
  const before = readings.length
  await vi.advanceTimersByTimeAsync(5_000)
  expect(readings.length).toBe(before)
  expect(vi.getTimerCount()).toBe(0)
})

it('gives a listener who was slow the newest reading alone', async () => {
  values.set('a', { count: 0 })
  const feed = open()
  const stream = feed.watch('a', null)
  const first = stream.next()
  await vi.advanceTimersByTimeAsync(0)
  expect((await first).value).toEqual({ count: 0 })
  for (let count = 1; count <= 5; count += 1) {
    values.set('a', { count })
    await vi.advanceTimersByTimeAsync(500)
  }
  expect((await stream.next()).value).toEqual({ count: 5 })
  feed.close()
  expect((await stream.next()).done).toBe(true)
})

it('bridges an outage, told once, and ends with what is over', async () => {
  values.set('a', { count: 0 })
  const feed = open()
  const { seen, state } = collect(feed.watch('a', null))
  await vi.advanceTimersByTimeAsync(0)
  fails = true
  await vi.advanceTimersByTimeAsync(20_000)
  expect(told).toHaveLength(1)
  expect(readings.length).toBeLessThan(12)
  fails = false
  values.set('a', { count: 1, isOver: true })
  await vi.advanceTimersByTimeAsync(5_500)
  expect([seen, state.isOver]).toEqual([[0, 1], true])
})

it('gives up waiting for a first reading after its limit', async () => {
  fails = true
  const feed = open()
  const first = feed.first('a')
  const refused = expect(first).rejects.toThrow('late')
  await vi.advanceTimersByTimeAsync(15_000)
  await refused
  feed.close()
})

it('knows what is not there', async () => {
  const feed = open()
  const first = feed.first('a')
  await vi.advanceTimersByTimeAsync(0)
  expect(await first).toBe(null)
  expect((await feed.watch('a', null).next()).done).toBe(true)
  feed.close()
})

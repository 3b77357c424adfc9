import { expect, it } from 'vitest'
import { createGroupCommit, ItemFailure, writeHalves } from './group-commit.ts'

/** A database that writes when it is told to. */
const createDatabase = () => {
  const groups: number[][] = []
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = []
  return {
    groups,
    write: (items: number[]): Promise<(number | ItemFailure)[]> => {
      groups.push(items)
      const { promise, resolve, reject } = Promise.withResolvers<(number | ItemFailure)[]>()
      answers.push({ resolve: () => resolve(items.map((item) => item * 10)), reject })
      return promise
    },
    answer: () => answers.shift()?.resolve(),
    fail: (error: Error) => answers.shift()?.reject(error),
  }
}

it('writes a full group at once and gives each caller its own result', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 3, maxWaitMs: 60_000, write: database.write })
  const results = Promise.all([1, 2, 3].map((item) => group.add(item)))
  expect(database.groups).toEqual([[1, 2, 3]])
  database.answer()
  expect(await results).toEqual([10, 20, 30])
})

it('writes a group that is not full when its time is up', async () => {
  const database = createDatabase()
  const group = createGroupCommit({
    maxSize: 100,
    maxWaitMs: 1,
    write: (items: number[]) => (queueMicrotask(database.answer), database.write(items)),
  })
  expect(await group.add(7)).toBe(70)
  expect(database.groups).toEqual([[7]])
})

it('lets a group grow while the former one is being written, up to its size, and keeps the order', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 3, maxWaitMs: 60_000, write: database.write })
  const results = Promise.all([1, 2, 3, 4, 5, 6, 7].map((item) => group.add(item)))
  expect(database.groups).toEqual([[1, 2, 3]])
  database.answer()
  await expect
    .poll(() => database.groups)
    .toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
  database.answer()
  await expect.poll(() => database.groups).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  database.answer()
  expect(await results).toEqual([10, 20, 30, 40, 50, 60, 70])
})

it('has no more groups under way than it may', () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 1, maxWaitMs: 60_000, maxInFlight: 2, write: database.write })
  for (const item of [1, 2, 3]) void group.add(item)
  expect(database.groups).toEqual([[1], [2]])
})

it('rejects every caller of a group that failed, and goes on with the next', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 2, maxWaitMs: 1, write: database.write })
  const failed = Promise.allSettled([group.add(1), group.add(2)])
  const next = group.add(3)
  database.fail(new Error('away'))
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect.poll(() => database.groups.length).toBe(2)
  database.answer()
  expect(await next).toBe(30)
})

it('rejects only the caller whose item could not be written', async () => {
  const bad = new Error('bad')
  const group = createGroupCommit<number, number>({
    maxSize: 3,
    maxWaitMs: 60_000,
    write: (items) => Promise.resolve(items.map((item) => (item === 2 ? new ItemFailure(bad) : item))),
  })
  const results = await Promise.allSettled([1, 2, 3].map((item) => group.add(item)))
  expect(results).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: bad },
    { status: 'fulfilled', value: 3 },
  ])
})

it('drains when everything that was added is written, also what failed', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 1, maxWaitMs: 1, write: database.write })
  await group.drain()
  const failing = group.add(1).catch(() => 'failed')
  const written = group.add(2)
  let isDrained = false
  const drained = group.drain().then(() => (isDrained = true))
  database.fail(new Error('away'))
  expect(await failing).toBe('failed')
  expect(isDrained).toBe(false)
  await expect.poll(() => database.groups.length).toBe(2)
  database.answer()
  expect(await written).toBe(20)
  expect(await drained).toBe(true)
})

it('tells the size and the time of each group', async () => {
  const told: number[] = []
  const group = createGroupCommit({
    maxSize: 2,
    maxWaitMs: 1,
    write: (items: number[]) => Promise.resolve(items),
    onGroup: (size) => told.push(size),
  })
  await Promise.all([1, 2, 3].map((item) => group.add(item)))
  await group.drain()
  expect(told).toEqual([2, 1])
})

it('halves a group in order', async () => {
  const parts: number[][] = []
  const write = (part: number[]): Promise<number[]> => {
    parts.push(part)
    return Promise.resolve(part)
  }
  expect(await writeHalves([1, 2, 3], write)).toEqual([1, 2, 3])
  expect(parts).toEqual([[1], [2, 3]])
})

it('knows what is pending, and for how long the oldest has waited since something was last written', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 2, maxWaitMs: 60_000, write: database.write })
  expect(group.pending()).toEqual([])
  expect(group.pendingForMs()).toBe(0)
  const added = [1, 2, 3].map((item) => group.add(item))
  expect(group.pending()).toEqual([1, 2, 3])
  const longer = group.pendingForMs()
  expect(longer).toBeGreaterThan(0)
  expect(group.pendingForMs()).toBeGreaterThan(longer)
  database.answer()
  await Promise.all(added.slice(0, 2))
  await expect.poll(() => database.groups.length).toBe(2)
  database.answer()
  await Promise.all(added)
  expect(group.pendingForMs()).toBe(0)
})

it('hands over what is being written and what waits, and goes on', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 2, maxWaitMs: 1, write: database.write })
  const added = Promise.all([1, 2, 3].map((item) => group.add(item)))
  const drained = group.drain()
  await group.handOver(async (items) => items.map((item) => item + 100))
  expect(await added).toEqual([101, 102, 103])
  await drained
  expect(group.pending()).toEqual([])
  // The write that was left behind may end whenever it likes.
  database.answer()
  const next = group.add(4)
  await expect.poll(() => database.groups).toEqual([[1, 2], [4]])
  database.answer()
  expect(await next).toBe(40)
})

it('keeps everything, in order, when nobody could take it over', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 2, maxWaitMs: 1, write: database.write })
  const added = Promise.all([1, 2, 3].map((item) => group.add(item)))
  const taken = Promise.withResolvers<never>()
  const handedOver = group.handOver(() => taken.promise)
  const late = group.add(4)
  expect(new Set(group.pending())).toEqual(new Set([1, 2, 3, 4]))
  taken.reject(new Error('also away'))
  await expect(handedOver).rejects.toThrow('also away')
  expect(group.pending()).toEqual([1, 2, 3, 4])
  database.answer()
  await expect
    .poll(() => database.groups)
    .toEqual([
      [1, 2],
      [3, 4],
    ])
  database.answer()
  expect([await added, await late]).toEqual([[10, 20, 30], 40])
})

it('gives each caller the answer that comes first', async () => {
  const database = createDatabase()
  const group = createGroupCommit({ maxSize: 1, maxWaitMs: 1, write: database.write })
  const added = group.add(1)
  const taken = Promise.withResolvers<number[]>()
  const handedOver = group.handOver(() => taken.promise)
  database.answer()
  expect(await added).toBe(10)
  taken.resolve([101])
  await handedOver
  await group.drain()
})

import { Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DispatchedJob } from '@sms/core'
import { createReleases, openTestRedis } from '@sms/devstack'
import type { Redis } from 'ioredis'
import { createWindow, openRedis, queueName, type Window } from '../src/index.ts'

const releases = createReleases()
let redis: Redis
let window: Window
beforeAll(async () => {
  const server = await openTestRedis()
  releases.push(() => server.release())
  const opened = openRedis({ url: server.url, role: 'worker', onError: () => undefined })
  releases.push(opened.release)
  redis = opened.redis
  window = createWindow({ redis, onError: () => undefined })
  releases.push(window.close)
})
afterAll(() => releases.release())
beforeEach(() => redis.flushall())

const job = (smsId: number, expressPriority: number | null = null, dispatch = 1): DispatchedJob => ({
  smsId: BigInt(smsId),
  dispatch,
  expressPriority,
})
const jobs = (count: number): DispatchedJob[] => Array.from({ length: count }, (_, i) => job(i + 1))

const takeOne = async (worker: Worker) => worker.getNextJob('token', { block: false })

/** A consumer that takes jobs by hand. */
const openConsumer = (): Worker => {
  const worker = new Worker(queueName(1), null, { connection: redis, limiter: { max: 1_000_000, duration: 1_000 } })
  worker.on('error', () => undefined)
  releases.push(() => worker.close(true))
  return worker
}

describe('the window', () => {
  it('adds jobs in bulk, and adding them again changes nothing', async () => {
    await window.add(1, jobs(1_200))
    await window.add(1, jobs(1_200))
    expect(await window.counts(1)).toMatchObject({ prioritized: 1_200, waiting: 0, active: 0 })
    await window.add(1, [job(1, null, 2)])
    expect(await window.counts(1)).toMatchObject({ prioritized: 1_201 })
  })

  it('gives single SMS out before all batches, and SMS of batches in the order of their dispatch', async () => {
    await window.add(1, [job(1), job(2), job(3)])
    await window.add(1, [job(4, 5), job(5, 10)])
    const consumer = openConsumer()
    const order: (string | undefined)[] = []
    for (let i = 0; i < 5; i += 1) order.push((await takeOne(consumer))?.id)
    expect(order).toEqual(['sms-5-1', 'sms-4-1', 'sms-1-1', 'sms-2-1', 'sms-3-1'])
  })

  it('finds the jobs that are neither waiting, delayed nor active', async () => {
    expect(await window.findMissing(1, [])).toEqual([])
    await window.add(1, jobs(4))
    const consumer = openConsumer()
    const active = await takeOne(consumer)
    const delayed = await takeOne(consumer)
    await delayed?.moveToDelayed(Date.now() + 60_000, 'token')
    const ended = await takeOne(consumer)
    await ended?.moveToCompleted('done', 'token', false)
    expect([active?.id, delayed?.id, ended?.id]).toEqual(['sms-1-1', 'sms-2-1', 'sms-3-1'])
    expect(await window.findMissing(1, [...jobs(4), job(4, null, 2)])).toEqual([job(3), job(4, null, 2)])
    await redis.flushall()
    expect(await window.findMissing(1, jobs(4))).toEqual(jobs(4))
  })

  it('keeps nothing personal: a job is an id and a number', async () => {
    await window.add(1, [job(1)])
    const data = await redis.hget(`bull:${queueName(1)}:sms-1-1`, 'data')
    expect(JSON.parse(data ?? '')).toEqual({ smsId: '1', dispatch: 1 })
  })

  it('keeps its epoch until Redis is emptied, one for all who ask at once', async () => {
    const epochs = await Promise.all([1, 2, 3].map(() => window.epoch()))
    expect(new Set(epochs).size).toBe(1)
    expect(await window.epoch()).toBe(epochs[0])
    await redis.flushall()
    expect(await window.epoch()).not.toBe(epochs[0])
  })

  it('lets the first of a batch pass where more urgent ones wait than may, two at a time', async () => {
    const single = (id: number) => ({ ...job(id), expressPriority: 5 })
    await window.add(1, [...jobs(4), ...[11, 12, 13].map(single)])
    expect(await window.letOnePass(1, 3)).toBe(false)
    expect([await window.letOnePass(1, 2), await window.letOnePass(1, 2), await window.letOnePass(1, 2)]).toEqual([
      true,
      true,
      false,
    ])
    const consumer = openConsumer()
    const taken = [await takeOne(consumer), await takeOne(consumer), await takeOne(consumer)]
    expect(taken.map((one) => one?.id)).toEqual(['sms-1-1', 'sms-2-1', 'sms-11-1'])
  })

  it('has nobody to let pass where only urgent ones wait', async () => {
    await window.add(
      1,
      [11, 12].map((id) => ({ ...job(id), expressPriority: 5 })),
    )
    expect(await window.letOnePass(1, 0)).toBe(false)
  })

  it('counts the jobs that a worker could take now: those that wait and those that are due', async () => {
    expect(await window.countTakeable(1)).toBe(0)
    await window.add(1, [...jobs(2), { ...job(7), expressPriority: 5 }])
    expect(await window.countTakeable(1)).toBe(3)
    await window.queueOf(1).add('send', {}, { delay: 60_000 })
    expect(await window.countTakeable(1)).toBe(3)
    await window.queueOf(1).add('send', {}, { delay: 1 })
    await expect.poll(() => window.countTakeable(1)).toBe(4)
    await window.queueOf(1).pause()
    expect(await window.countTakeable(1)).toBe(0)
  })
})

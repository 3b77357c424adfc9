import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import type { DispatchedJob, SmsJob } from '@sms/core'
import type { Redis } from 'ioredis'
import { BULK, jobIdOf, PASSED_OVER, sendJob } from './job-catalog.ts'
import { epochKey, queueName } from './keys.ts'

/** The jobs that are in Redis now, of one account after the other. Everything here can be rebuilt from SQL. */
export type Window = {
  /** Adds jobs in bulk; repeating is harmless. A pipeline, not a transaction: after an error some may be in. */
  add(accountId: number, jobs: readonly DispatchedJob[]): Promise<void>
  /** Takes jobs out that would find nothing to claim. One that a worker has in hand stays: it ends there. */
  remove(accountId: number, jobs: readonly SmsJob[]): Promise<void>
  /** Those of `jobs` that are neither waiting nor active: they will never run. */
  findMissing(accountId: number, jobs: readonly SmsJob[]): Promise<SmsJob[]>
  /** Jobs that a worker could take now; none while a person has paused the queue. */
  countTakeable(accountId: number): Promise<number>
  /**
   * The reserved share of bulk: where more than `urgentCount` urgent jobs wait, the first of the others goes next. Asked after each
   * urgent one, it gives every other turn to the rest for as long as that lasts. True: it moved one.
   */
  letOnePass(accountId: number, urgentCount: number): Promise<boolean>
  /** Jobs by BullMQ state. */
  counts(accountId: number): Promise<Record<string, number>>
  /** The epoch that Redis holds; made now if it holds none. */
  epoch(): Promise<string>
  /** BullMQ's queue itself, for the dashboard. */
  queueOf(accountId: number): Queue
  close(): Promise<void>
}

const AT_ONCE = 500

const BEFORE_BULK = Array.from({ length: BULK - PASSED_OVER }, (_, index) => PASSED_OVER + index)

const PASSING_AT_ONCE = 2

/** BullMQ orders delayed jobs by their moment, ms of the epoch, times this. */
const DELAYED_SCORE = 0x1000

/** Where a job that will run can be. */
const LIVE_STATES = ['wait', 'prioritized', 'delayed', 'active'] as const

export const createWindow = (deps: { redis: Redis; onError: (error: Error) => void }): Window => {
  const queues = new Map<number, Queue>()

  const queueOf = (accountId: number): Queue => {
    const known = queues.get(accountId)
    if (known) return known
    const queue = new Queue(queueName(accountId), { connection: deps.redis, streams: { events: { maxLen: 1_000 } } })
    queue.on('error', deps.onError)
    queues.set(accountId, queue)
    return queue
  }

  return {
    queueOf,
    add: async (accountId, jobs) => {
      for (let start = 0; start < jobs.length; start += AT_ONCE) {
        await queueOf(accountId).addBulk(jobs.slice(start, start + AT_ONCE).map(sendJob))
      }
    },
    remove: async (accountId, jobs) => {
      const queue = queueOf(accountId)
      for (let start = 0; start < jobs.length; start += AT_ONCE) {
        await Promise.all(jobs.slice(start, start + AT_ONCE).map((job) => queue.remove(jobIdOf(job))))
      }
    },
    findMissing: async (accountId, jobs) => {
      if (jobs.length === 0) return []
      // A job that moves between two of these reads can be overlooked; taking it out of the window then only costs a new dispatch.
      const live = new Set(await queueOf(accountId).getRanges([...LIVE_STATES], 0, -1))
      return jobs.filter((job) => !live.has(jobIdOf(job)))
    },
    countTakeable: async (accountId) => {
      const queue = queueOf(accountId)
      const dueScore = (Date.now() + 1) * DELAYED_SCORE
      const [waiting, prioritized, due, isPaused] = await Promise.all([
        deps.redis.llen(queue.toKey('wait')),
        deps.redis.zcard(queue.toKey('prioritized')),
        deps.redis.zcount(queue.toKey('delayed'), 0, dueScore),
        queue.isPaused(),
      ])
      return isPaused ? 0 : waiting + prioritized + due
    },
    letOnePass: async (accountId, urgentCount) => {
      const queue = queueOf(accountId)
      const counts = await queue.getCountsPerPriority(BEFORE_BULK)
      const waiting = Object.values(counts).reduce((sum, count) => sum + count, 0)
      // Few at a time: with many at the front it would be the urgent ones that are passed over.
      if (waiting <= urgentCount || (counts[PASSED_OVER] ?? 0) >= PASSING_AT_ONCE) return false
      // Those before it may be gone by now: then it was near its turn anyway.
      const [first] = await queue.getPrioritized(waiting, waiting)
      if (first?.opts.priority !== BULK) return false
      await first.changePriority({ priority: PASSED_OVER })
      return true
    },
    counts: (accountId) => queueOf(accountId).getJobCounts(),
    epoch: async () => {
      const [, epoch] = await Promise.all([deps.redis.set(epochKey(), randomUUID(), 'NX'), deps.redis.get(epochKey())])
      if (epoch === null) throw new Error('Redis did not keep the epoch it was just given')
      return epoch
    },
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
    },
  }
}

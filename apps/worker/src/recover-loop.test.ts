import { expect, it } from 'vitest'
import type { SmsJob } from '@sms/core'
import { createRecoverRound, type RecoverDeps } from './recover-loop.ts'

/** Rows on the wire, rows in the window and the jobs in Redis, as far as the recovery sees them. */
const createWorld = () => {
  const world = {
    now: 0,
    expired: [] as bigint[],
    inWindow: [] as SmsJob[],
    jobs: new Set<bigint>(),
    undispatchedByEpoch: null as number | null,
    isDatabaseAway: false,
    isSettleBroken: false,
    isRedisAway: false,
    unknown: [] as bigint[],
    parked: [] as bigint[],
    undispatched: [] as bigint[],
    requeued: [] as [string, number][],
  }
  const database = async <T>(answer: () => T): Promise<T> => {
    if (world.isDatabaseAway) throw new Error('database away')
    return answer()
  }
  const deps: RecoverDeps = {
    sms: {
      findExpiredProcessing: () =>
        database(() => world.expired.map((smsId) => ({ smsId, claimId: `claim-${smsId}`, attempt: 2, worker: 'w' }))),
      settle: (settlements) =>
        database(() =>
          settlements.map(({ smsId, to, outcome, attempt }) => {
            if (world.isSettleBroken) throw new Error('a row cannot be written')
            expect([to, outcome.kind, attempt]).toEqual(['UNKNOWN', 'unknown', 2])
            world.expired = world.expired.filter((id) => id !== smsId)
            return { smsId, landed: 'applied' as const, status: 'UNKNOWN' as const, batchId: null }
          }),
        ),
      findInWindow: (_accountId, olderThanMs) => database(() => (expect(olderThanMs).toBe(5_000), world.inWindow)),
      undispatch: (jobs) => database(() => (world.undispatched.push(...jobs.map(({ smsId }) => smsId)), jobs.length)),
      adoptEpoch: () => database(() => world.undispatchedByEpoch),
    },
    window: {
      epoch: async () => {
        if (world.isRedisAway) throw new Error('redis away')
        return 'epoch'
      },
      findMissing: async (_accountId, jobs) => jobs.filter(({ smsId }) => !world.jobs.has(smsId)),
    },
    parking: {
      findParked: async (claimIds) => {
        if (world.isRedisAway) throw new Error('redis away')
        return new Set(claimIds.filter((claimId) => world.parked.some((smsId) => claimId === `claim-${smsId}`)))
      },
    },
    accounts: () =>
      Promise.resolve([
        {
          id: 1,
          name: 'default',
          pausedReason: null,
          pausedByOperator: false,
          probeAt: null,
          ratePerSecond: null,
          isDisabled: false,
        },
      ]),
    leaseMs: 60_000,
    now: () => world.now,
    onExpired: ({ smsId }) => world.unknown.push(smsId),
    onRequeued: (reason, count) => world.requeued.push([reason, count]),
  }
  return { world, round: createRecoverRound(deps) }
}

it('leaves SMS alone whose outcome is parked, as far as Redis can say', async () => {
  const { world, round } = createWorld()
  world.expired = [1n, 2n]
  world.parked = [2n]
  await round()
  expect(world.unknown).toEqual([1n])
  world.isRedisAway = true
  await expect(round()).rejects.toThrow('redis away')
  expect(world.unknown).toEqual([1n, 2n])
})

it('makes SMS unknown whose worker did not report back', async () => {
  const { world, round } = createWorld()
  world.expired = [1n, 2n]
  await round()
  expect(world.unknown).toEqual([1n, 2n])
  expect(world.requeued).toEqual([])
})

it('makes them unknown although Redis is away', async () => {
  const { world, round } = createWorld()
  world.expired = [1n]
  world.isRedisAway = true
  await expect(round()).rejects.toThrow('redis away')
  expect(world.unknown).toEqual([1n])
})

it('takes rows out of the window whose job is missing, and only those', async () => {
  const { world, round } = createWorld()
  world.inWindow = [
    { smsId: 1n, dispatch: 1 },
    { smsId: 2n, dispatch: 1 },
  ]
  world.jobs.add(2n)
  await round()
  expect(world.undispatched).toEqual([1n])
  expect(world.requeued).toEqual([['job-lost', 1]])
})

it('does not take a Redis that is merely new for one that was emptied', async () => {
  const { world, round } = createWorld()
  world.undispatchedByEpoch = 0
  await round()
  expect(world.requeued).toEqual([])
})

it('learns of an emptied Redis although a lease cannot be settled', async () => {
  const { world, round } = createWorld()
  world.expired = [1n]
  world.isSettleBroken = true
  world.undispatchedByEpoch = 3
  await expect(round()).rejects.toThrow('a row cannot be written')
  expect(world.requeued).toEqual([['redis-emptied', 3]])
})

it("gives the workers a lease's time to write what they know after the database was away", async () => {
  const { world, round } = createWorld()
  world.isDatabaseAway = true
  await expect(round()).rejects.toThrow('database away')
  world.isDatabaseAway = false
  world.expired = [1n]
  world.now = 59_999
  await round()
  expect(world.unknown).toEqual([])
  world.now = 60_000
  await round()
  expect(world.unknown).toEqual([1n])
})

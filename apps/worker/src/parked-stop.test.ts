import { expect, it } from 'vitest'
import type { ClaimRequest, ClaimVerdict, Settlement } from '@sms/core'
import { createGroupCommit, type ItemFailure } from '@sms/db'
import type { ToPark } from '@sms/queue'
import { createGiveBack, createParkedStop, type ParkedAnswer, UNKNOWN_ATTEMPT } from './parked-stop.ts'

const never = <T>() => new Promise<T>(() => {})

const settlementOf = (smsId: bigint, attempt = 1): Settlement => ({
  smsId,
  claimId: `claim-${smsId}`,
  to: 'SENT',
  outcome: { kind: 'accepted', messageId: 'm', httpStatus: 201 },
  attempt,
  worker: 'w',
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
})

/** A worker that stops while PostgreSQL says nothing; waiting is told to be over by `longAgo`. */
const createWorld = () => {
  const world = { isLongAgo: true, isRedisAway: false, failures: 0, parked: [] as ToPark[], lost: [] as bigint[] }
  const claims = createGroupCommit<ClaimRequest, ClaimVerdict>({ maxSize: 10, maxWaitMs: 1, write: () => never() })
  const settles = createGroupCommit<Settlement, ParkedAnswer>({
    maxSize: 10,
    maxWaitMs: 1,
    write: () => never<(ParkedAnswer | ItemFailure)[]>(),
  })
  const aged = <T extends { pendingForMs(): number }>(group: T): T => ({
    ...group,
    pendingForMs: () => (world.isLongAgo && group.pendingForMs() > 0 ? 3_001 : 0),
  })
  const stop = createParkedStop({
    claims: aged(claims),
    settles: aged(settles),
    parking: {
      park: async (entries) => {
        if (world.isRedisAway) throw new Error('redis away')
        world.parked.push(...entries)
      },
    },
    leaseMs: 60_000,
    onParkFailed: () => (world.failures += 1),
    onLost: ({ smsId }) => world.lost.push(smsId),
  })
  return { world, claims, settles, stop }
}

it('parks what PostgreSQL did not take in time, and lets the jobs end', async () => {
  const { world, settles, stop } = createWorld()
  const jobs = Promise.all([1n, 2n].map((smsId) => settles.add(settlementOf(smsId))))
  await stop(jobs, 10_000)
  expect(await jobs).toEqual([{ landed: 'parked' }, { landed: 'parked' }])
  expect(world.parked.map(({ settlement, keptUntil }) => [settlement.smsId, keptUntil])).toEqual([
    [1n, null],
    [2n, null],
  ])
  expect(world.lost).toEqual([])
})

it('parks nothing while PostgreSQL may still answer', async () => {
  const { world, settles, stop } = createWorld()
  world.isLongAgo = false
  const jobs = settles.add(settlementOf(1n))
  const stopped = stop(jobs, 10_000)
  expect(world.parked).toEqual([])
  world.isLongAgo = true
  await stopped
  expect(world.parked).toHaveLength(1)
})

it('gives up claims that nobody answers, and keeps the word that gives them back for as long as they may hold something', async () => {
  const { world, claims, settles, stop } = createWorld()
  const before = Date.now()
  const jobs = claims
    .add({ smsId: 7n, dispatch: 1, claimId: 'claim-7' })
    .catch(() => settles.add(settlementOf(7n, UNKNOWN_ATTEMPT)))
  await stop(jobs, 10_000)
  expect(await jobs).toEqual({ landed: 'parked' })
  expect(world.parked[0]?.keptUntil).toBeGreaterThanOrEqual(before + 120_000)
})

it('tries PostgreSQL and Redis until the time is up when both are away, and then names what it could not keep', async () => {
  const { world, settles, stop } = createWorld()
  world.isRedisAway = true
  const jobs = Promise.all([3n, 4n].map((smsId) => settles.add(settlementOf(smsId))))
  await expect(stop(jobs, 1_600)).rejects.toThrow('with 2 outcomes unwritten')
  expect(world.failures).toBeGreaterThan(1)
  expect(world.lost).toEqual([3n, 4n])
})

it('ends with the failure of what it waited for', async () => {
  const { stop } = createWorld()
  await expect(stop(Promise.reject(new Error('a job that failed')), 10_000)).rejects.toThrow('a job that failed')
})

it.each([
  ['refused', true, 1],
  ['applied', true, 0],
  ['parked', true, 0],
  ['refused', false, 0],
] as const)(
  'parks the word about a claim that comes before the claim itself: %s, stopping %s',
  async (landed, isStopping, count) => {
    const parked: ToPark[] = []
    const giveBack = createGiveBack({
      settles: {
        add: async ({ smsId }) => (landed === 'parked' ? { landed } : { smsId, landed, status: 'PENDING', batchId: null }),
      },
      parking: { park: async (entries) => void parked.push(...entries) },
      leaseMs: 60_000,
      isStopping: () => isStopping,
    })
    await giveBack(settlementOf(5n, UNKNOWN_ATTEMPT))
    expect(parked).toHaveLength(count)
    expect(parked.every(({ keptUntil }) => keptUntil !== null && keptUntil > Date.now())).toBe(true)
  },
)

import { expect, it } from 'vitest'
import type { Settlement, SettleResult } from '@sms/core'
import type { Parked } from '@sms/queue'
import { createParkedRound } from './parked-loop.ts'

const parkedOf = (smsId: bigint, keptUntil: number | null = null): Parked => ({
  settlement: {
    smsId,
    claimId: `claim-${smsId}`,
    to: 'SENT',
    outcome: { kind: 'accepted', messageId: null, httpStatus: 201 },
    attempt: 1,
    worker: 'w',
    delayMs: 0,
    givesAttemptBack: false,
    keepsJob: false,
  },
  keptUntil,
  stored: '{}',
})

const createWorld = (parked: Parked[]) => {
  const world = {
    parked,
    now: 1_000,
    refuses: new Set<bigint>(),
    poison: new Set<bigint>(),
    isDatabaseAway: false,
    unreadable: [] as string[],
    takenByAnother: new Set<bigint>(),
    told: [] as string[],
    settled: [] as bigint[],
  }
  const round = createParkedRound({
    sms: {
      settle: async (settlements) => {
        if (world.isDatabaseAway) throw new Error('Connection terminated unexpectedly')
        if (settlements.some(({ smsId }) => world.poison.has(smsId))) throw Object.assign(new Error('bad'), { code: '22000' })
        world.settled.push(...settlements.map(({ smsId }) => smsId))
        return settlements.map(({ smsId }) => ({
          smsId,
          landed: world.refuses.has(smsId) ? ('refused' as const) : ('applied' as const),
          status: 'SENT' as const,
          batchId: null,
        }))
      },
    },
    parking: {
      read: async () => ({ parked: world.parked, unreadable: world.unreadable }),
      remove: async (entries) => {
        world.parked = world.parked.filter((entry) => !entries.includes(entry))
        return entries.map(({ settlement }) => !world.takenByAnother.has(settlement.smsId))
      },
    },
    now: () => world.now,
    onLanded: ({ smsId }: Settlement, { landed }: SettleResult) => world.told.push(`${smsId} ${landed}`),
    onLost: ({ smsId }) => world.told.push(`${smsId} lost`),
    onUnreadable: (claimId) => world.told.push(`${claimId} unreadable`),
  })
  return { world, round }
}

it('removes an entry only after it landed', async () => {
  const { world, round } = createWorld([parkedOf(1n), parkedOf(2n)])
  world.isDatabaseAway = true
  await expect(round()).rejects.toThrow('terminated')
  expect(world.parked).toHaveLength(2)
  world.isDatabaseAway = false
  await round()
  expect(world.parked).toEqual([])
  expect(world.told).toEqual(['1 applied', '2 applied'])
})

it('removes what a row refuses that has moved on, and tells of it', async () => {
  const { world, round } = createWorld([parkedOf(1n)])
  world.refuses.add(1n)
  await round()
  expect([world.parked, world.told]).toEqual([[], ['1 refused']])
})

it('keeps the word that gives a claim back until that claim cannot come any more', async () => {
  const { world, round } = createWorld([parkedOf(1n, 5_000)])
  world.refuses.add(1n)
  await round()
  expect(world.parked).toHaveLength(1)
  world.now = 5_001
  await round()
  expect(world.parked).toEqual([])
})

it('lets one that nobody can write stop no other', async () => {
  const { world, round } = createWorld([parkedOf(1n), parkedOf(2n), parkedOf(3n)])
  world.poison.add(2n)
  await round()
  expect(new Set(world.settled)).toEqual(new Set([1n, 3n]))
  expect([world.parked, world.told]).toEqual([[], ['1 applied', '2 lost', '3 applied']])
})

it('tells of what it landed unless another worker did, and once of what it cannot read', async () => {
  const { world, round } = createWorld([parkedOf(1n)])
  world.takenByAnother.add(1n)
  world.unreadable = ['claim-9']
  await round()
  await round()
  expect(world.told).toEqual(['claim-9 unreadable'])
})

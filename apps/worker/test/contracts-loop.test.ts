import type { SendOutcome } from '@sms/core'
import { createAccountContracts, createSenderAccountRepository, type Database, openDatabase } from '@sms/db'
import { eventually, openTestDatabase } from '@sms/devstack'
import type { SharedContracts } from '@sms/orange'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createContractsRound } from '../src/contracts-loop.ts'

const unreachable: SendOutcome = { kind: 'unavailable', code: 'CONNECT_FAILED', text: '', httpStatus: null }
const units = (availableUnits: number): SharedContracts => ({
  kind: 'contracts',
  availableUnits,
  expiresAt: null,
  trouble: availableUnits > 0 ? null : 'NO_UNITS',
  ageMs: 0,
  isNew: true,
})

let database: Awaited<ReturnType<typeof openTestDatabase>>
let opened: ReturnType<typeof openDatabase>
let db: Database

beforeEach(async () => {
  database = await openTestDatabase()
  opened = openDatabase({ url: database.url })
  db = opened.db
})
afterEach(async () => {
  await opened.release()
  await database.release()
})

/** One worker's look, with an Orange that answers as told. */
const openLook = () => {
  const world = {
    read: async (): Promise<SharedContracts> => units(100),
    unready: null as SendOutcome | null,
    did: [] as string[],
    asks: 0,
  }
  const contracts = createAccountContracts(db)
  const accounts = createSenderAccountRepository(db)
  const round = createContractsRound({
    contracts: {
      ...contracts,
      probeSoon: async (id) => {
        await contracts.probeSoon(id)
        world.did.push('probe soon')
      },
    },
    accounts,
    providerOf: (id) =>
      id === 1
        ? {
            readContracts: async () => {
              world.asks += 1
              return world.read()
            },
            prepare: async () => {
              world.asks += 1
              return world.unready
            },
          }
        : null,
    events: {
      states: () => undefined,
      asked: (_id, { code }) => void world.did.push(code ?? 'read'),
      blocked: (_id, reason) => void world.did.push(`blocked ${reason}`),
      trouble: (_id, error) => void world.did.push(`trouble ${String(error)}`),
    },
  })
  return { world, round, accounts }
}
const account = () => db.senderAccount.findUniqueOrThrow({ where: { id: 1 } })
/** As if the last reading, and a block, were so old. */
const age = (minutes: number) =>
  db.$executeRaw`UPDATE "SenderAccount" SET "unitsCheckedAt" = "unitsCheckedAt" - make_interval(mins => ${minutes}::int), "pausedAt" = "pausedAt" - make_interval(mins => ${minutes + 1}::int)`

describe('the look at the contracts', () => {
  it('is made at the start, then every five minutes', async () => {
    const { world, round } = openLook()
    await round()
    await eventually(async () => (await account()).unitsLeft === 100)
    await round()
    await age(4)
    await round()
    expect(world.asks).toBe(1)
    await age(2)
    await round()
    await eventually(() => world.asks === 2)
  })

  it('is made when the account was blocked since, and every minute while it lacks units', async () => {
    const { world, round, accounts } = openLook()
    await round()
    await eventually(async () => (await account()).unitsLeft === 100)
    await accounts.block(1, 'NO_UNITS')
    world.read = async () => units(0)
    await round()
    await eventually(() => world.asks === 2)
    await eventually(async () => (await account()).unitsLeft === 0 || (await round(), false), { timeoutMs: 4_000 })
    const asked = world.asks
    await round()
    expect(world.asks).toBe(asked)
    await age(1)
    await round()
    await eventually(() => world.asks === asked + 1)
    expect(world.did).not.toContain('probe soon')
  })

  it('blocks an account whose units are used up before an SMS finds out, and only once', async () => {
    const { world, round, accounts } = openLook()
    await round()
    await eventually(async () => (await account()).unitsLeft === 100)
    world.read = async () => units(0)
    await age(6)
    await round()
    await eventually(() => world.did.includes('blocked NO_UNITS'))
    expect(await account()).toMatchObject({ pausedReason: 'NO_UNITS', unitsLeft: 0 })
    expect((await account()).probeAt).not.toBeNull()
    // An SMS got through all the same: it is right.
    await accounts.unblock(1)
    await age(6)
    await round()
    await eventually(() => world.did.filter((did) => did === 'read').length === 3)
    expect((await account()).pausedReason).toBeNull()
  })

  it('lets the probe go at once when units are back', async () => {
    const { world, round, accounts } = openLook()
    await accounts.block(1, 'CONTRACT_EXPIRED')
    await db.$executeRaw`UPDATE "SenderAccount" SET "probeAt" = now() + interval '1 minute'`
    await round()
    await eventually(() => world.did.includes('probe soon'))
    expect((await account()).probeAt?.getTime()).toBeLessThan(Date.now() + 10_000)
    expect((await account()).pausedReason).toBe('CONTRACT_EXPIRED')
  })

  it('that fails, hangs or finds no contract blocks nobody', async () => {
    const { world, round } = openLook()
    world.read = async () => ({ kind: 'failed', code: 'HTTP_500', text: '', ageMs: 0, isNew: true })
    await round()
    await eventually(() => world.did.includes('HTTP_500'))
    world.read = () => Promise.reject(new Error('away'))
    await round()
    await eventually(() => world.did.includes('trouble Error: away'))
    world.read = () => new Promise(() => undefined)
    await round()
    const asked = world.asks
    // The one that hangs is not asked again, and holds up no round.
    await round()
    await round()
    expect(world.asks).toBe(asked)
    expect(await account()).toMatchObject({ pausedReason: null, unitsLeft: null })
  })

  it('leaves an account alone that a person has paused', async () => {
    const { world, round } = openLook()
    await db.senderAccount.update({
      where: { id: 1 },
      data: { pausedReason: 'holidays', pausedByOperator: true, pausedAt: new Date() },
    })
    world.read = async () => units(0)
    await round()
    await eventually(async () => (await account()).unitsLeft === 0)
    expect(await account()).toMatchObject({ pausedReason: 'holidays', pausedByOperator: true, probeAt: null })
  })
})

describe('the look at a connection that was lost', () => {
  it.each(['UNREACHABLE', 'INVALID_CLIENT', 'TOKEN_UNAVAILABLE'])(
    'lets the probe go once when it is back: %s',
    async (reason) => {
      const { world, round, accounts } = openLook()
      await accounts.block(1, reason)
      await db.$executeRaw`UPDATE "SenderAccount" SET "probeAt" = now() + interval '1 minute'`
      world.unready = unreachable
      await round()
      await eventually(() => world.asks === 1)
      expect(world.did).toEqual([])
      world.unready = null
      await eventually(async () => {
        await round()
        return world.did.length > 0
      })
      for (let turn = 0; turn < 3; turn += 1) await round()
      expect(world.did).toEqual(['probe soon'])
      expect((await account()).probeAt?.getTime()).toBeLessThan(Date.now() + 10_000)
    },
  )

  it('is not made where only an SMS can find out', async () => {
    const { world, round, accounts } = openLook()
    await round()
    await eventually(async () => (await account()).unitsLeft === 100)
    await age(1)
    await accounts.block(1, 'TOKEN_REFUSED')
    await round()
    await eventually(() => world.asks === 2)
    expect(world.did).toEqual(['read', 'read'])
  })
})

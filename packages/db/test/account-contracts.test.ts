import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAccountContracts } from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
let contracts: ReturnType<typeof createAccountContracts>

beforeAll(async () => {
  fixture = await openQueueFixture()
  contracts = createAccountContracts(fixture.db)
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.clear()
  await fixture.db.senderAccount.deleteMany({ where: { id: { not: 1 } } })
  await fixture.db.senderAccount.update({
    where: { id: 1 },
    data: {
      pausedReason: null,
      pausedByOperator: false,
      pausedAt: null,
      probeAt: null,
      probeSmsId: null,
      probeDelayMs: 0,
      unitsLeft: null,
      unitsExpireAt: null,
      unitsCheckedAt: null,
    },
  })
})

const account = () => fixture.db.senderAccount.findUniqueOrThrow({ where: { id: 1 } })
const read = (unitsLeft: number, more: { ageMs?: number; expiresAt?: Date | null } = {}) =>
  contracts.record(1, { unitsLeft, expiresAt: null, ageMs: 0, ...more })
const age = (ms: number) =>
  fixture.db
    .$executeRaw`UPDATE "SenderAccount" SET "unitsCheckedAt" = clock_timestamp() - make_interval(secs => ${ms}::float8 / 1000)`

describe('a reading of the contracts', () => {
  it('is kept with its age and its end, and tells what was known before', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000)
    expect(await read(120, { expiresAt, ageMs: 5_000 })).toEqual({ unitsBefore: null })
    expect(await account()).toMatchObject({ unitsLeft: 120, unitsExpireAt: expiresAt })
    const [state] = await contracts.findStates()
    expect(state).toMatchObject({ id: 1, unitsLeft: 120, pausedReason: null, pausedAgeMs: null })
    expect(state?.unitsCheckedAgeMs).toBeGreaterThanOrEqual(5_000)
    expect(Math.abs((state?.unitsExpireInMs ?? 0) - 3_600_000)).toBeLessThan(60_000)
    expect(await read(0)).toEqual({ unitsBefore: 120 })
  })

  it('counts once, whoever brings it and however late', async () => {
    await age(10_000)
    const brought = await Promise.all(Array.from({ length: 5 }, () => read(50, { ageMs: 3_000 })))
    expect(brought.filter((before) => before !== null)).toHaveLength(1)
    await read(40)
    expect(await read(99, { ageMs: 30_000 })).toBeNull()
    expect((await account()).unitsLeft).toBe(40)
  })

  it('of more units than a column holds is kept as many', async () => {
    await read(5e12)
    expect((await account()).unitsLeft).toBe(2_147_483_647)
  })
})

describe('what is left for another send', () => {
  const outlook = () => contracts.readOutlook([1])

  it('is unknown until the contracts were read', async () => {
    expect(await outlook()).toBeNull()
    await read(10)
    expect(await outlook()).toEqual({ unitsLeft: 10, unitsWaiting: 0 })
    await fixture.db.senderAccount.create({ data: { id: 2, name: 'other' } })
    expect(await contracts.readOutlook([1, 2])).toBeNull()
  })

  it('is what batches and single SMS have not taken yet, by their parts', async () => {
    const batchId = await fixture.givenBatch(20)
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { parts: 3 } })
    await fixture.givenSingle()
    await read(100)
    expect(await outlook()).toEqual({ unitsLeft: 100, unitsWaiting: 61 })
    // Of a batch that was there when the contracts were read, what it has sent since is no longer in the reading.
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { pending: 5, sent: 15 } })
    expect(await outlook()).toMatchObject({ unitsWaiting: 5 * 3 + 1 })
    await fixture.cancel(batchId)
    expect(await outlook()).toMatchObject({ unitsWaiting: 1 })
  })

  it('counts what a younger batch has sent as well: the reading does not know of it', async () => {
    await read(100, { ageMs: 20_000 })
    const batchId = await fixture.givenBatch(60)
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { pending: 10, sent: 50 } })
    expect(await outlook()).toEqual({ unitsLeft: 100, unitsWaiting: 60 })
    await fixture.db.smsBatch.update({
      where: { id: batchId },
      data: { pending: 0, sent: 60, status: 'COMPLETED', completedAt: new Date() },
    })
    expect(await outlook()).toEqual({ unitsLeft: 100, unitsWaiting: 60 })
    await age(0)
    expect(await outlook()).toEqual({ unitsLeft: 100, unitsWaiting: 0 })
  })

  it('counts a segment by what was announced, before its rows are made', async () => {
    await read(100)
    const batchId = await fixture.givenBatch(10)
    await fixture.db.smsBatch.update({
      where: { id: batchId },
      data: { kind: 'ALL_CONTACTS', status: 'EXPANDING', expandedAt: null, expansionBound: 1n, announced: 1_000 },
    })
    expect(await outlook()).toMatchObject({ unitsWaiting: 1_000 })
  })

  it('does not count what another account sends', async () => {
    await fixture.db.senderAccount.create({ data: { id: 2, name: 'other' } })
    await read(100)
    const batchId = await fixture.givenBatch(10)
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { accountId: 2 } })
    expect(await outlook()).toMatchObject({ unitsWaiting: 0 })
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { otherAccountIds: [1] } })
    expect(await outlook()).toMatchObject({ unitsWaiting: 10 })
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { accountId: 1, otherAccountIds: [] } })
  })
})

describe('a probe that may go at once', () => {
  const block = (data: object) =>
    fixture.db.senderAccount.update({
      where: { id: 1 },
      data: {
        pausedReason: 'NO_UNITS',
        pausedAt: new Date(),
        probeDelayMs: 60_000,
        probeAt: new Date(Date.now() + 60_000),
        ...data,
      },
    })

  it('is due now', async () => {
    await block({})
    await contracts.probeSoon(1)
    expect((await account()).probeAt?.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
  })

  it('is none for an account that a person has paused, or that sends', async () => {
    await block({ pausedByOperator: true, probeAt: null, probeDelayMs: 0 })
    await contracts.probeSoon(1)
    expect((await account()).probeAt).toBeNull()
    await block({ pausedReason: null, pausedAt: null, probeAt: null, probeDelayMs: 0 })
    await contracts.probeSoon(1)
    expect((await account()).probeAt).toBeNull()
  })
})

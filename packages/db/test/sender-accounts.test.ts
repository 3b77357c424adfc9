import type { AccountOrder, NewAccount } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSenderAccountRepository, createSenderAccountStore } from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
let store: ReturnType<typeof createSenderAccountStore>
let accounts: ReturnType<typeof createSenderAccountRepository>
beforeAll(async () => {
  fixture = await openQueueFixture()
  store = createSenderAccountStore(fixture.db)
  accounts = createSenderAccountRepository(fixture.db)
})
afterAll(() => fixture.release())
beforeEach(async () => {
  // Batches refer to accounts; a disabled account is not one that `clear` knows.
  await fixture.db.$executeRaw`TRUNCATE "SmsBatch" CASCADE`
  await fixture.db.senderAccount.deleteMany({ where: { id: { not: 1 } } })
  await fixture.clear()
  await fixture.db.$executeRaw`TRUNCATE "OperatorAct"`
})

const order: AccountOrder = { userId: 1, reason: 'Mali opens' }
const settings = (more: Partial<NewAccount> = {}): NewAccount => ({
  name: 'Mali',
  countries: ['ML'],
  callingCodes: ['223'],
  apiUrl: null,
  senderAddress: 'tel:+2230000',
  senderNames: ['CLINIQUE'],
  ratePerSecond: 10,
  seal: (accountId) => `sealed for ${accountId}`,
  ...more,
})
const senegal = () => settings({ name: 'Sénégal', countries: ['SN'], callingCodes: ['221'], senderNames: [] })
const actKinds = async (): Promise<string[]> =>
  (await fixture.db.operatorAct.findMany({ orderBy: { id: 'asc' } })).map(({ kind }) => kind)

describe('the accounts', () => {
  it('binds the credentials to the id that the account gets, and gives them to workers alone', async () => {
    const id = await store.create(order, settings())
    expect(await accounts.findConfigured()).toEqual([
      {
        id,
        version: 0,
        sealedCredentials: `sealed for ${id}`,
        apiUrl: null,
        senderAddress: 'tel:+2230000',
        senderNames: ['CLINIQUE'],
        ratePerSecond: 10,
      },
    ])
    const records = await store.findRecords()
    expect(JSON.stringify(records)).not.toContain('sealed')
    expect(records.map(({ id: one, name, isDisabled }) => ({ id: one, name, isDisabled }))).toEqual([
      { id: 1, name: 'default', isDisabled: false },
      { id, name: 'Mali', isDisabled: false },
    ])
    expect(await accounts.findByName('Mali')).toEqual({ id, senderNames: ['CLINIQUE'] })
  })

  it('raises the version with every change, and keeps who changed which fields', async () => {
    const id = await store.create(order, settings())
    await store.update(order, id, { ratePerSecond: 20, seal: null })
    await store.update(order, id, { seal: (accountId) => `sealed anew for ${accountId}` })
    expect(await accounts.findConfigured()).toMatchObject([
      { version: 2, ratePerSecond: 20, sealedCredentials: `sealed anew for ${id}` },
    ])
    const acts = await fixture.db.operatorAct.findMany({ orderBy: { id: 'asc' } })
    expect(acts.map(({ userId, kind, reason }) => ({ userId, kind, reason }))).toEqual(
      ['CREATE_ACCOUNT', 'UPDATE_ACCOUNT', 'UPDATE_ACCOUNT'].map((kind) => ({ userId: 1, kind, reason: 'Mali opens' })),
    )
    expect(acts.map(({ filter }) => JSON.parse(filter ?? '') as unknown).slice(1)).toEqual([
      { accountIds: [id], fields: ['ratePerSecond'] },
      { accountIds: [id], fields: ['credentials'] },
    ])
    expect(JSON.stringify(acts, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'sealed',
    )
  })

  it('refuses a name or a country that another account has, also to two calls at once', async () => {
    await store.create(order, settings())
    await expect(store.create(order, { ...senegal(), name: 'Mali' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
    await expect(store.create(order, settings({ name: 'Mali 2' }))).rejects.toMatchObject({ code: 'COUNTRY_TAKEN' })
    const twice = await Promise.allSettled([
      store.create(order, senegal()),
      store.create(order, { ...senegal(), name: 'Sénégal 2' }),
    ])
    expect(twice.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('frees the country of a disabled account, which cannot be enabled beside its successor', async () => {
    const id = await store.create(order, settings())
    await store.disable(order, id)
    await store.disable(order, id)
    expect(await accounts.findConfigured()).toEqual([])
    expect(await accounts.findByName('Mali')).toBeNull()
    expect(await accounts.findAll()).toMatchObject([
      { id: 1 },
      { id, isDisabled: true, pausedReason: 'DISABLED', pausedByOperator: true },
    ])
    const successor = await store.create(order, settings({ name: 'Mali 2' }))
    await expect(store.enable(order, id)).rejects.toMatchObject({ code: 'COUNTRY_TAKEN' })
    await store.disable(order, successor)
    await store.enable(order, id)
    expect(await accounts.findConfigured()).toMatchObject([{ id, version: 2 }])
    expect(await actKinds()).toEqual(['CREATE_ACCOUNT', 'DISABLE_ACCOUNT', 'CREATE_ACCOUNT', 'DISABLE_ACCOUNT', 'ENABLE_ACCOUNT'])
  })

  it('knows no other id', async () => {
    const unknown = { code: 'NOT_FOUND' }
    await expect(store.update(order, 99, { ratePerSecond: 1, seal: null })).rejects.toMatchObject(unknown)
    await expect(store.disable(order, 99)).rejects.toMatchObject(unknown)
    await expect(store.enable(order, 99)).rejects.toMatchObject(unknown)
    await expect(store.pause(order, 99)).rejects.toMatchObject(unknown)
    await expect(store.resume(order, 99)).rejects.toMatchObject(unknown)
  })
})

describe('a pause by an operator', () => {
  it('stops one account, is lifted by nobody but a person, and is audited once', async () => {
    const id = await store.create(order, settings())
    expect(await store.pause(order, id)).toEqual([id])
    expect(await store.pause(order, id)).toEqual([id])
    expect(await accounts.unblock(id)).toBe(false)
    expect(await accounts.block(id, 'POL0001')).toBe(false)
    expect((await accounts.findAll()).map(({ pausedReason }) => pausedReason)).toEqual([null, 'PAUSED_BY_OPERATOR'])
    expect(await store.resume(order, id)).toEqual([id])
    expect((await accounts.findAll()).map(({ pausedReason }) => pausedReason)).toEqual([null, null])
    const acts = await fixture.db.operatorAct.findMany({ where: { kind: { endsWith: 'SENDING' } }, orderBy: { id: 'asc' } })
    expect(acts.map(({ kind, filter }) => [kind, JSON.parse(filter ?? '')])).toEqual([
      ['PAUSE_SENDING', { accountIds: [id] }],
      ['RESUME_SENDING', { accountIds: [id] }],
    ])
    expect(JSON.parse(acts[0]?.after ?? '')).toEqual({ pausedReason: 'PAUSED_BY_OPERATOR' })
  })

  it('turns a block into a pause, and resuming lifts a block at once', async () => {
    await accounts.block(1, 'POL0001')
    await store.resume(order, 1)
    expect(await accounts.findAll()).toMatchObject([{ pausedReason: null, probeAt: null }])
    await accounts.block(1, 'POL0001')
    await store.pause(order, 1)
    expect(await accounts.findAll()).toMatchObject([{ pausedByOperator: true, probeAt: null }])
  })

  it('is not what new credentials lift, while a block is probed anew for them', async () => {
    const [mali, dakar] = [await store.create(order, settings()), await store.create(order, senegal())]
    await store.pause(order, mali)
    await accounts.block(dakar, 'INVALID_CLIENT')
    await fixture.db.senderAccount.update({
      where: { id: dakar },
      data: { probeDelayMs: 60_000, probeAt: new Date(Date.now() + 60_000) },
    })
    for (const id of [mali, dakar]) await store.update(order, id, { seal: () => 'sealed anew' })
    const [, paused, blocked] = await accounts.findAll()
    expect(paused).toMatchObject({ pausedByOperator: true, probeAt: null })
    expect(blocked).toMatchObject({ pausedReason: 'INVALID_CLIENT' })
    expect((blocked?.probeAt?.getTime() ?? Infinity) - Date.now()).toBeLessThan(10_000)
  })

  it('leaves disabled accounts as they are', async () => {
    const id = await store.create(order, settings())
    await store.disable(order, id)
    await expect(store.resume(order, id)).rejects.toMatchObject({ code: 'ACCOUNT_DISABLED' })
    await expect(store.pause(order, id)).rejects.toMatchObject({ code: 'ACCOUNT_DISABLED' })
    expect(await store.resume(order, null)).toEqual([1])
    expect(await accounts.findAll()).toMatchObject([{ id: 1 }, { id, pausedReason: 'DISABLED' }])
  })
})

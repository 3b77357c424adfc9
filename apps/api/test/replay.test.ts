import { spawnChild } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { givenFinishedBatch } from './finished-batch.ts'
import { type Api, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let stranger: Tenant
let batchId: string

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  stranger = await api.createTenant('koffi')
})
afterAll(() => api.release())

const AN_HOUR = 60

/** Two FAILED with different codes, an UNKNOWN of long ago, one SENT. */
beforeEach(async () => {
  batchId = await givenFinishedBatch(api, tenant, [
    { status: 'FAILED', code: 'SVC0001', attempts: 5, minutesAgo: AN_HOUR },
    { status: 'FAILED', code: 'SVC0004', attempts: 5, minutesAgo: AN_HOUR },
    { status: 'UNKNOWN', code: 'LEASE_EXPIRED', attempts: 5, minutesAgo: AN_HOUR },
    { status: 'SENT', code: null, attempts: 5, minutesAgo: AN_HOUR },
  ])
})

const REPLAY = `mutation($i: ReplayInput!) { replayFailed(input: $i) { dryRun matched replayed replayedUnknown refused { code count } atStake { smsCount parts amount currency } } }`
const counts = async () =>
  (
    await tenant.ask('query($id: ID!) { batch(id: $id) { status counts { pending failed unknown sent total } } }', {
      id: batchId,
    })
  ).data['batch']

describe('replayFailed', () => {
  it('counts first, then puts back what failed and reopens the batch', async () => {
    const dry = await tenant.ask(REPLAY, { i: { batchId, dryRun: true } })
    expect(dry.data['replayFailed']).toEqual({
      dryRun: true,
      matched: 2,
      replayed: 2,
      replayedUnknown: 0,
      refused: [],
      atStake: null,
    })
    expect(await counts()).toMatchObject({ status: 'COMPLETED', counts: { pending: 0, failed: 2 } })
    const wet = await tenant.ask(REPLAY, { i: { batchId, reason: 'corrected' } })
    expect(wet.data['replayFailed']).toMatchObject({ dryRun: false, replayed: 2 })
    expect(await counts()).toEqual({ status: 'ACTIVE', counts: { pending: 2, failed: 0, unknown: 1, sent: 1, total: 4 } })
    expect(await api.db.operatorAct.findFirst({ orderBy: { id: 'desc' } })).toMatchObject({
      userId: Number(tenant.userId),
      via: 'GRAPHQL',
      reason: 'corrected',
      smsCount: 2,
    })
  })

  it('shows who was replayed, and why, in the story of the SMS', async () => {
    await tenant.ask(REPLAY, { i: { batchId, errorCode: 'SVC0001', reason: 'corrected' } })
    const { data } = await tenant.ask(
      'query($b: ID!) { smsQueue(filter: { batchId: $b }) { edges { node { timeline { kind code text } } } } }',
      { b: batchId },
    )
    const stories = data['smsQueue'].edges.map((edge: any) => edge.node.timeline.filter(({ kind }: any) => kind === 'REPLAYED'))
    expect(stories.flat()).toEqual([{ kind: 'REPLAYED', code: 'SVC0001', text: 'corrected' }])
  })

  it("finds nothing of somebody else's", async () => {
    expect((await stranger.ask(REPLAY, { i: { batchId } })).data['replayFailed']).toMatchObject({ matched: 0, replayed: 0 })
    expect(await counts()).toMatchObject({ counts: { failed: 2 } })
  })

  it.each([
    ['FORBIDDEN', 'tenant', { includeUnknown: true, reason: 'why' }],
    ['EMPTY_INPUT', 'admin', { includeUnknown: true }],
    ['EMPTY_INPUT', 'admin', { batchId: null }],
    ['INVALID_INPUT', 'admin', { errorCode: 'x'.repeat(101) }],
  ] as const)('is refused with %s (%#)', async (code, who, more) => {
    const { errors } = await (who === 'admin' ? api.admin : tenant).ask(REPLAY, { i: { batchId, ...more } })
    expect(errors).toMatchObject([{ extensions: { code } }])
    expect(await counts()).toMatchObject({ status: 'COMPLETED', counts: { failed: 2, unknown: 1 } })
  })

  it('takes UNKNOWN for an administrator with a reason', async () => {
    const { data } = await api.admin.ask(REPLAY, { i: { batchId, includeUnknown: true, reason: 'none of them got it' } })
    expect(data['replayFailed']).toMatchObject({
      replayed: 3,
      replayedUnknown: 1,
      atStake: { smsCount: 1, parts: 1, amount: 30, currency: 'XOF' },
    })
    expect(await counts()).toMatchObject({ status: 'ACTIVE', counts: { pending: 3, failed: 0, unknown: 0 } })
  })

  it('takes a malformed id for that of nothing', async () => {
    expect((await api.admin.ask(REPLAY, { i: { batchId: 'x' } })).data['replayFailed']).toMatchObject({ matched: 0 })
  })
})

describe('pnpm sms:replay', () => {
  const run = async (args: string[], env: Record<string, string> = { DATABASE_URL: api.urls.database }) => {
    const child = spawnChild({ name: 'sms-replay', main: 'apps/api/bin/sms-replay.ts', args, env })
    const { code } = await child.exited
    return { code, output: child.lines.join('\n') }
  }

  it('counts, replays and tells, in words or as JSON', async () => {
    const dry = await run(['--batch', batchId, '--dry-run'])
    const words = ['2 SMS found', '2 would go back to PENDING', '2 parts, 60 XOF if all are accepted']
    expect(dry.code).toBe(0)
    expect(dry.output.split('\n').slice(0, 3)).toEqual(words)
    expect(dry.output.split('\n').slice(3).toSorted()).toEqual(['1 failed with SVC0001', '1 failed with SVC0004'])
    const wet = await run(['--batch', batchId, '--code', 'SVC0004', '--since', '2020-01-01', '--json', '--reason', 'corrected'])
    expect(wet.code).toBe(0)
    expect(JSON.parse(wet.output)).toEqual({
      dryRun: false,
      matched: 1,
      replayed: 1,
      replayedUnknown: 0,
      replayedUnknownParts: 0,
      refused: [],
      atStake: null,
    })
    expect(await counts()).toMatchObject({ counts: { pending: 1, failed: 1 } })
    expect(await api.db.operatorAct.findFirst({ orderBy: { id: 'desc' } })).toMatchObject({
      userId: 1,
      via: 'COMMAND',
      reason: 'corrected',
    })
  })

  it('says what sending UNKNOWN again may cost', async () => {
    const env = { DATABASE_URL: api.urls.database, SMS_UNIT_PRICE: '16.5', SMS_PRICE_CURRENCY: 'xaf' }
    const wet = await run(['--batch', batchId, '--code', 'LEASE_EXPIRED', '--include-unknown', '--reason', 'none got it'], env)
    expect(wet.code).toBe(0)
    expect(wet.output.split('\n')).toEqual([
      '1 SMS found',
      '1 went back to PENDING, 1 of them UNKNOWN',
      expect.stringMatching(/twice and it is paid twice: up to 16.5 XAF \(1 parts at 16.5\)$/),
    ])
    expect(await counts()).toMatchObject({ status: 'ACTIVE', counts: { pending: 1, unknown: 0 } })
  })

  it('explains itself, and what is wrong, without touching anything', async () => {
    expect(await run(['--help'], {})).toMatchObject({ code: 0, output: expect.stringContaining('--include-unknown') })
    expect(await run(['--include-unknown', '--batch', batchId])).toMatchObject({
      code: 64,
      output: expect.stringContaining('needs --reason'),
    })
    expect(await run(['--batch', batchId], {})).toMatchObject({ code: 78, output: expect.stringContaining('DATABASE_URL') })
    expect(await counts()).toMatchObject({ counts: { pending: 0, failed: 2 } })
  })
})

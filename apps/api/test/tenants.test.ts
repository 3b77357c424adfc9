import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let mine: Tenant
let theirs: Tenant
let ids: { batch: string; sms: string; single: string; segment: string }

beforeAll(async () => {
  api = await openApi()
  mine = await api.createTenant('awa')
  theirs = await api.createTenant('koffi')
  const segment = await fillSegment(api, { userId: mine.userId, name: 'Clients', count: 2 })
  const bulk = await mine.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { batchId } }', {
    p: numbers(3),
  })
  const single = await mine.ask('mutation { sendSms(phoneNumber: "0707070707", message: "a") { id } }')
  const batch: string = bulk.data['sendBulkSms'].batchId
  const { id } = await api.db.smsQueue.findFirstOrThrow({ where: { batchId: BigInt(batch) } })
  ids = { batch, sms: String(id), single: single.data['sendSms'].id, segment }
})
afterAll(() => api.release())

const QUERIES = `query($batch: ID!, $sms: ID!, $single: ID!, $segment: ID!) {
  batch(id: $batch) { id }
  batches { edges { node { id } } totalCount }
  sms(id: $sms) { id }
  single: sms(id: $single) { id }
  smsQueue { edges { node { id } } totalCount }
  ofBatch: smsQueue(filter: { batchId: $batch }) { edges { node { id } } totalCount }
  ofSegment: smsQueue(filter: { segmentId: $segment }) { totalCount }
  ofNumber: smsQueue(filter: { phoneNumber: "07 07 07 07 07" }) { totalCount }
  queueStats { counts { total pending } backlog }
  segmentsForSMS { id }
}`

describe("somebody else's things", () => {
  it('do not exist for a user, in every query', async () => {
    const { data, errors } = await theirs.ask(QUERIES, ids)
    // Fields of one query fail in the order in which the database answers.
    expect(errors?.map(({ path, extensions }) => `${path?.[0]} ${extensions?.['code']}`).toSorted()).toEqual([
      'batch NOT_FOUND',
      'single NOT_FOUND',
      'sms NOT_FOUND',
    ])
    expect(data).toEqual({
      batch: null,
      batches: { edges: [], totalCount: 0 },
      sms: null,
      single: null,
      smsQueue: { edges: [], totalCount: 0 },
      ofBatch: { edges: [], totalCount: 0 },
      ofSegment: { totalCount: 0 },
      ofNumber: { totalCount: 0 },
      queueStats: { counts: { total: 0, pending: 0 }, backlog: 0 },
      segmentsForSMS: [],
    })
  })

  it.each([['their owner'], ['an administrator']])('are seen by %s', async (who) => {
    const { data } = await (who === 'their owner' ? mine : api.admin).ask(QUERIES, ids)
    expect(data).toMatchObject({
      batch: { id: ids.batch },
      batches: { edges: [{ node: { id: ids.batch } }], totalCount: 1 },
      sms: { id: ids.sms },
      single: { id: ids.single },
      smsQueue: { totalCount: 4 },
      ofBatch: { totalCount: 3 },
      ofNumber: { totalCount: 1 },
      queueStats: { counts: { total: 4, pending: 4 }, backlog: 4 },
      segmentsForSMS: [{ id: ids.segment }],
    })
  })

  it('are not counted in the second press of another user', async () => {
    const { data } = await theirs.ask('mutation { sendSms(phoneNumber: "0707070707", message: "a") { id } }')
    expect(data['sendSms'].id).not.toBe(ids.single)
  })

  it('are what an administrator may filter by user', async () => {
    const count = async (userId: string): Promise<number> =>
      (await api.admin.ask('query($u: ID!) { smsQueue(filter: { userId: $u }) { totalCount } }', { u: userId })).data['smsQueue']
        .totalCount
    expect(await count(mine.userId)).toBe(4)
    expect(await count('abc')).toBe(0)
  })
})

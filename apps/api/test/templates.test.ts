import { expandNextChunk } from '@sms/db'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, openApi, rowCounts, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

const AWA = '+2250707070701'
const NAMELESS = '+2250707070702'
const STRANGER = '+2250707070703'
const TRICKY = '+2250707070704'
const options = { template: true }

/** One with a name, one without, one whose name looks like a variable; a stranger is no contact. */
const givenSegment = async (): Promise<string> => {
  const { data } = await tenant.ask('mutation { createSegment(name: "Clients") { id } }')
  const segmentId = data['createSegment'].id
  const contacts = [
    { phoneNumber: AWA, name: 'Awa Koné' },
    { phoneNumber: NAMELESS },
    { phoneNumber: TRICKY, name: '{email}', email: 'secret@example.com' },
  ]
  await tenant.ask('mutation($i: ImportContactsInput!) { importContacts(input: $i) { total } }', { i: { segmentId, contacts } })
  return segmentId
}
const texts = async () =>
  Object.fromEntries(
    (await api.db.smsQueue.findMany()).map(({ phoneNumber, message, status, errorCode }) => [
      phoneNumber,
      status === 'PENDING' ? message : `${status} ${errorCode}`,
    ]),
  )
const FILLED = { [AWA]: 'Bonjour Awa Koné!', [NAMELESS]: 'CANCELLED MISSING_VARIABLE', [TRICKY]: 'Bonjour {email}!' }

const BULK = `mutation($p: [String!]!, $m: String!, $o: SendOptions, $k: String) {
  sendBulkSms(phoneNumbers: $p, message: $m, options: $o, idempotencyKey: $k) {
    status errorCode summary { successful failed } results { index code } batch { id status announced counts { total pending cancelled } } } }`
const bulk = async (p: string[], m = 'Bonjour {name}!', more: object = {}) =>
  (await tenant.ask(BULK, { p, m, o: options, ...more })).data['sendBulkSms']

describe('a template', () => {
  it('is filled in for each contact of a list, and refuses who lacks a variable with the reason', async () => {
    await givenSegment()
    const sent = await bulk([AWA, NAMELESS, STRANGER, TRICKY, NAMELESS])
    expect(sent).toMatchObject({
      status: 'PARTIAL',
      summary: { successful: 2, failed: 3 },
      batch: { status: 'ACTIVE', announced: 2, counts: { total: 4, pending: 2, cancelled: 2 } },
    })
    expect(sent.results.map(({ code }: any) => code)).toEqual([
      null,
      'MISSING_VARIABLE',
      'MISSING_VARIABLE',
      null,
      'MISSING_VARIABLE',
    ])
    expect(await texts()).toEqual({ ...FILLED, [STRANGER]: 'CANCELLED MISSING_VARIABLE' })
  })

  it('is filled in for the members of a segment', async () => {
    const segmentId = await givenSegment()
    const { data } = await tenant.ask(
      'mutation($s: ID!, $o: SendOptions) { sendSmsToSegment(segmentId: $s, message: "Bonjour {name}!", options: $o) { batchId } }',
      { s: segmentId, o: options },
    )
    await expandNextChunk(api.db)
    expect(await texts()).toEqual(FILLED)
    const batch = await tenant.ask('query($id: ID!) { batch(id: $id) { status counts { total pending cancelled } } }', {
      id: data['sendSmsToSegment'].batchId,
    })
    expect(batch.data['batch']).toEqual({ status: 'ACTIVE', counts: { total: 3, pending: 2, cancelled: 1 } })
  })

  it('takes its default for who lacks a variable, and cuts a long value', async () => {
    await givenSegment()
    await api.db.contact.updateMany({ where: { phoneNumber: AWA }, data: { name: 'x'.repeat(100) } })
    expect(await bulk([AWA, STRANGER], 'Bonjour {name|cher client}')).toMatchObject({ status: 'QUEUED' })
    expect(await texts()).toEqual({ [AWA]: `Bonjour ${'x'.repeat(40)}`, [STRANGER]: 'Bonjour cher client' })
  })

  it('ends at once when nobody can get it, and answers the same again by its key', async () => {
    const first = await bulk([STRANGER], undefined, { k: 'nobody' })
    expect(first).toMatchObject({
      summary: { successful: 0, failed: 1 },
      batch: { status: 'COMPLETED', counts: { cancelled: 1 } },
    })
    await givenSegment()
    expect(await bulk([STRANGER], undefined, { k: 'nobody' })).toEqual(first)
  })

  it('is never sent by a replay where it could not be filled in', async () => {
    const { batch } = await bulk([STRANGER])
    const { data } = await tenant.ask('mutation($id: ID!) { replayFailed(input: { batchId: $id }) { replayed } }', {
      id: batch.id,
    })
    expect(data['replayFailed']).toEqual({ replayed: 0 })
  })

  it('is filled in for one SMS, or refused', async () => {
    await givenSegment()
    const one = async (p: string) =>
      (
        await tenant.ask(
          'mutation($p: String!, $o: SendOptions) { sendSms(phoneNumber: $p, message: "Bonjour {name}!", options: $o, idempotencyKey: $p) { status message errorCode } }',
          { p, o: options },
        )
      ).data['sendSms']
    expect(await one(AWA)).toMatchObject({ status: 'PENDING', message: 'Bonjour Awa Koné!' })
    expect(await one(STRANGER)).toMatchObject({ status: 'ERROR', errorCode: 'MISSING_VARIABLE' })
    expect(await rowCounts(api)).toMatchObject({ sms: 1, keys: 1 })
  })

  it('is refused as a whole for an unknown variable, or where a value could make it too long', async () => {
    expect(await bulk([AWA], 'Bonjour {prénom}')).toMatchObject({ status: 'ERROR', errorCode: 'INVALID_TEMPLATE' })
    expect(await bulk([AWA], `{name|x} ${'ê'.repeat(380)}`)).toMatchObject({ status: 'ERROR', errorCode: 'MESSAGE_TOO_LONG' })
  })

  it('is text like any other unless the caller says so', async () => {
    await givenSegment()
    await bulk([AWA], 'Bonjour {name}!', { o: {} })
    expect(await texts()).toEqual({ [AWA]: 'Bonjour {name}!' })
  })
})

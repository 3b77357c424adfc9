import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

/** What the contracts had when they were last read. */
const given = (unitsLeft: number | null) =>
  api.db.senderAccount.update({
    where: { id: 1 },
    data: { unitsLeft, unitsCheckedAt: unitsLeft === null ? null : new Date(Date.now() - 60_000) },
  })
const WARNINGS = 'warnings { code message unitsNeeded unitsMissing }'
const bulk = async (count: number, message = 'Bonjour', firstNumber = 0) => {
  const { data } = await tenant.ask(
    `mutation($p: [String!]!, $m: String!) { sendBulkSms(phoneNumbers: $p, message: $m) { status ${WARNINGS} batch { id ${WARNINGS} } } }`,
    { p: numbers(count, firstNumber), m: message },
  )
  return data['sendBulkSms']
}
const missing = (unitsNeeded: number, unitsMissing: number) => [
  { code: 'NOT_ENOUGH_UNITS', unitsNeeded, unitsMissing, message: expect.stringContaining(`il en manque ${unitsMissing}`) },
]

describe('a send that needs more units than are left', () => {
  it('is accepted and says so, by the parts of its text', async () => {
    await given(25)
    expect(await bulk(10)).toMatchObject({ status: 'QUEUED', warnings: [] })
    expect(await bulk(10, 'ê'.repeat(71), 100)).toMatchObject({ status: 'QUEUED', warnings: missing(20, 5) })
  })

  it('says so of its batch too, until that is over', async () => {
    await given(0)
    const { batch } = await bulk(10)
    expect(batch.warnings).toEqual(missing(10, 10))
    await tenant.ask('mutation($id: ID!) { cancelBatch(id: $id) { id } }', { id: batch.id })
    const { data } = await tenant.ask(`query($id: ID!) { batch(id: $id) { ${WARNINGS} } }`, { id: batch.id })
    expect(data['batch'].warnings).toEqual([])
  })

  it('says so for a segment and all contacts before their rows are made, and for one SMS', async () => {
    await given(1)
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 3 })
    const { data } = await tenant.ask(
      `mutation($s: ID!) { sendSmsToSegment(segmentId: $s, message: "Bonjour") { status ${WARNINGS} } }`,
      { s: segmentId },
    )
    expect(data['sendSmsToSegment']).toEqual({ status: 'QUEUED', warnings: missing(3, 2) })
    const single = await tenant.ask(`mutation { sendSms(phoneNumber: "0707070799", message: "Bonjour") { status ${WARNINGS} } }`)
    expect(single.data['sendSms']).toEqual({ status: 'PENDING', warnings: missing(1, 1) })
    const all = await tenant.ask(`mutation { sendSmsToAllContacts(message: "Bonjour") { ${WARNINGS} } }`)
    expect(all.data['sendSmsToAllContacts']).toEqual({ warnings: missing(3, 3) })
  })

  it('says nothing while nobody knows, nor when the call was refused', async () => {
    await given(null)
    expect(await bulk(10)).toMatchObject({ warnings: [], batch: { warnings: [] } })
    await given(0)
    const { data } = await tenant.ask(`mutation { sendSms(phoneNumber: "abc", message: "Bonjour") { status ${WARNINGS} } }`)
    expect(data['sendSms']).toEqual({ status: 'ERROR', warnings: [] })
  })
})

describe('previewMessage', () => {
  const preview = (args: string) => tenant.ask(`{ previewMessage(message: "Bonjour", ${args}) { parts ${WARNINGS} } }`)

  it('says so before anything is sent, beside what waits already', async () => {
    await given(100)
    expect((await preview('recipientCount: 100')).data['previewMessage'].warnings).toEqual([])
    await bulk(30)
    expect((await preview('recipientCount: 100')).data['previewMessage']).toEqual({ parts: 1, warnings: missing(100, 30) })
    expect((await preview('recipientCount: 70')).data['previewMessage'].warnings).toEqual([])
  })

  it('refuses an account that does not exist, and a number that is none', async () => {
    await given(100)
    expect((await preview('recipientCount: -1')).errors[0]?.extensions.code).toBe('INVALID_INPUT')
    expect((await preview('senderAccount: "nobody"')).errors[0]?.extensions.code).toBe('UNKNOWN_ACCOUNT')
    expect((await preview('recipientCount: 2147483647')).data['previewMessage'].warnings).toEqual(
      missing(2_147_483_647, 2_147_483_547),
    )
  })
})

it('an account that has paused by itself says why in words', async () => {
  const explained = async (data: object) => {
    await api.db.senderAccount.update({ where: { id: 1 }, data })
    const { data: answer } = await tenant.ask('{ queueStats { accounts { pausedReason pausedExplanation } } }')
    return answer['queueStats'].accounts[0]
  }
  const blocked = { pausedReason: 'NO_UNITS', pausedAt: new Date(), probeAt: new Date(), probeDelayMs: 2_000 }
  expect(await explained(blocked)).toEqual({ pausedReason: 'NO_UNITS', pausedExplanation: expect.stringContaining('unités') })
  const byHand = { pausedByOperator: true, probeAt: null, probeDelayMs: 0 }
  expect(await explained(byHand)).toEqual({ pausedReason: 'NO_UNITS', pausedExplanation: 'NO_UNITS' })
  const nothing = { pausedReason: null, pausedAt: null, pausedByOperator: false }
  expect(await explained(nothing)).toEqual({ pausedReason: null, pausedExplanation: null })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

let system: SystemFixture
beforeAll(async () => {
  system = await openSystemFixture({ workers: 3, ratePerSecond: 1_000_000 })
}, 60_000)
afterAll(() => system.release())

describe('the main job', () => {
  it('sends 1,000 recipients once with three workers and one token, in balance at every reading', async () => {
    const batchId = await system.sendList(numbers(1_000))
    const batch = await system.completed(batchId)
    expect(batch.counts).toMatchObject({ total: 1_000, sent: 1_000, failed: 0, unknown: 0 })
    expect(await system.summary()).toMatchObject({ accepted: 1_000, distinct: 1_000, duplicates: 0, tokenCalls: 1 })
    await system.expectBalance()
  })

  it('makes one SMS of six spellings and says why the others are none', async () => {
    const to = ['0707070707', '+2250707070707', 'tel:+2250707070707', '07070707', '2721000000', '']
    const data = await system.graphql<{
      sendBulkSms: { status: string; summary: object; results: { code: string | null }[]; batch: { counts: object } }
    }>(
      `mutation ($to: [String!]!) { sendBulkSms(phoneNumbers: $to, message: "Six") {
        status summary { total successful failed } results { phoneNumber status message code } batch { id counts { total } } } }`,
      { to },
    )
    expect(data.sendBulkSms).toMatchObject({
      status: 'PARTIAL',
      summary: { total: 6, successful: 3, failed: 3 },
      batch: { counts: { total: 1 } },
    })
    expect(data.sendBulkSms.results.map(({ code }) => code)).toEqual([
      null,
      'DUPLICATE',
      'DUPLICATE',
      'INVALID_NUMBER',
      'INVALID_NUMBER',
      'EMPTY_NUMBER',
    ])
  })

  it('answers sendSms with its outcome', async () => {
    const data = await system.graphql(
      'mutation { sendSms(phoneNumber: "0102030405", message: "Seul") { status phoneNumber message batchId } }',
    )
    expect(data).toMatchObject({ sendSms: { status: 'SENT', phoneNumber: '+2250102030405', message: 'Seul', batchId: null } })
  })
})

import { retryDelayMs } from '@sms/core'
import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

/**
 * What the queue of the service before this one got wrong, and what happens here instead, seen through whole processes. Two more are in
 * apps/api/test: credits that two batches at once oversold (packages/db/test/credits.test.ts) and a direct send when the queue
 * failed (queue-away.test.ts). What a killed worker leaves behind is in crashes.test.ts.
 */

const RATE = 50
let system: SystemFixture
beforeAll(async () => {
  system = await openSystemFixture({
    workers: 2,
    ratePerSecond: RATE,
    env: {
      SEND_MODE_SEGMENT: 'wait',
      SEND_MODE_ALL: 'wait',
      SEND_MODE_BULK: 'wait',
      SMS_BACKOFF_MS: '20',
      SMS_LEASE_MS: '4000',
      ORANGE_TIMEOUT_MS: '1500',
    },
  })
}, 60_000)
afterAll(() => system.release())

type Row = {
  id: string
  status: string
  attempts: number
  messageId: string | null
  errorCode: string | null
  phoneNumber: string
}
const rowsOf = async (...phoneNumbers: string[]): Promise<Row[]> =>
  (
    await system.sql.query<Row>(
      'SELECT id::text, status, attempts, "messageId", "errorCode", "phoneNumber" FROM "SmsQueue" WHERE "phoneNumber" = ANY ($1) ORDER BY id',
      [phoneNumbers],
    )
  ).rows
const acceptsOf = async (phoneNumber: string): Promise<string[]> =>
  (await system.accepts()).flatMap(({ address, messageId }) => (address === `tel:${phoneNumber}` ? [messageId ?? ''] : []))
const faults = (recipients: Record<string, unknown>) => system.control('faults', { recipients })

type Result = { phoneNumber: string; status: string; message: string }
type Answer = {
  status: string
  message: string
  summary: { total: number; successful: number; failed: number }
  results: Result[]
}
const ANSWER = 'status message summary { total successful failed } results { phoneNumber status message }'
const sendList = async (to: string[]): Promise<Answer> =>
  (
    await system.graphql<{ sent: Answer }>(
      `mutation ($to: [String!]!) { sent: sendBulkSms(phoneNumbers: $to, message: "Bonjour") { ${ANSWER} } }`,
      { to },
    )
  ).sent

describe('what the old queue got wrong', () => {
  it('1: a refusal of Orange is FAILED, not SENT, and what may pass is tried again', async () => {
    const [refused = '', late = ''] = numbers(2, 100)
    await faults({ [refused.slice(-8)]: '400-svc0004-address', [late.slice(-8)]: { fault: '503-code-5', times: 2 } })
    const answer = await sendList([refused, late])
    expect(answer).toMatchObject({ status: 'PARTIAL', summary: { total: 2, successful: 1, failed: 1 } })
    expect(answer.results.map(({ status }) => status)).toEqual(['FAILED', 'SENT'])
    expect(await rowsOf(refused, late)).toMatchObject([
      { status: 'FAILED', attempts: 1 },
      { status: 'SENT', attempts: 3 },
    ])
  })

  it('2: an SMS keeps the id that Orange gave it', async () => {
    const [number = ''] = numbers(1, 200)
    expect(await sendList([number])).toMatchObject({ status: 'COMPLETED' })
    const [row] = await rowsOf(number)
    expect(row?.messageId).toMatch(/.+/)
    expect(await acceptsOf(number)).toEqual([row?.messageId])
  })

  it('3: a segment and all contacts are counted as successful, waited for or not', async () => {
    const segmentId = await system.givenSegment(5)
    const answers = await system.graphql<Record<'segment' | 'all', Answer>>(
      `mutation ($id: ID!) { segment: sendSmsToSegment(segmentId: $id, message: "a") { ${ANSWER} } all: sendSmsToAllContacts(message: "b") { ${ANSWER} } }`,
      { id: segmentId },
    )
    for (const answer of Object.values(answers)) {
      expect(answer).toMatchObject({ status: 'COMPLETED', summary: { total: 5, successful: 5, failed: 0 } })
      expect(answer.results.map(({ status }) => status)).toEqual(Array(5).fill('SENT'))
    }
    // Too many to wait for.
    const { batchId } = await system.sendToSegment(await system.givenSegment(120))
    await system.completed(batchId)
  })

  it('4: a token that Orange refuses is replaced, and the same attempt goes on', async () => {
    const [number = ''] = numbers(1, 300)
    const { tokenCalls } = await system.summary()
    await faults({ [number.slice(-8)]: { fault: '401-42', times: 1 } })
    expect(await sendList([number])).toMatchObject({ status: 'COMPLETED' })
    expect(await rowsOf(number)).toMatchObject([{ status: 'SENT', attempts: 1 }])
    expect((await system.summary()).tokenCalls).toBe(tokenCalls + 1)
  })

  it('5 and 6: two workers keep the rate, and give each SMS to one of them', async () => {
    const to = numbers(90, 400)
    expect(await sendList(to)).toMatchObject({ status: 'COMPLETED', summary: { successful: 90 } })
    const summary = await system.summary()
    expect(summary.peakRequestsPerSecond).toBeLessThanOrEqual(RATE)
    const sent = (await system.accepts()).map(({ address }) => address).filter((address) => to.includes(address.slice(4)))
    expect([sent.length, new Set(sent).size]).toEqual([90, 90])
  })

  it('7: the rest before the next attempt doubles', () => {
    const rests = [1, 2, 3, 4].map((attempt) => retryDelayMs({ attempt, baseMs: 1_000, capMs: 60_000, random: () => 0.5 }))
    for (const [index, rest] of rests.slice(1).entries()) expect(rest / (rests[index] ?? 0)).toBeCloseTo(2, 1)
  })

  it('8: what hangs on the wire becomes UNKNOWN and is not put back into the queue', async () => {
    const [number = ''] = numbers(1, 600)
    await faults({ [number.slice(-8)]: 'accept-then-hang' })
    const answer = await sendList([number])
    // Nobody may take it for FAILED and press retry.
    expect(answer).toMatchObject({ summary: { total: 1, successful: 1, failed: 0 }, results: [{ status: 'QUEUED' }] })
    expect(await rowsOf(number)).toMatchObject([{ status: 'UNKNOWN', attempts: 1 }])
    expect(await acceptsOf(number)).toHaveLength(1)
  })

  it('9 and 10: spellings of one number are one SMS, with the leading zero that numbers have since 2021', async () => {
    const answer = await sendList(['0707070707', '+225 07 07 07 07 07', '002250707070707'])
    expect(answer).toMatchObject({ status: 'COMPLETED', summary: { total: 3, successful: 3, failed: 0 } })
    expect(answer.results.map(({ status }) => status)).toEqual(['SENT', 'SENT', 'SENT'])
    expect(await acceptsOf('+2250707070707')).toHaveLength(1)
    expect(await acceptsOf('+225707070707')).toHaveLength(0)
  })

  it('12 and 13: a retry keeps the one row, and the contact’s score follows it', async () => {
    const number = '+2250799990001'
    await faults({ [number.slice(-8)]: { fault: '400-svc0004-address', times: 1 } })
    await system.graphql('mutation ($n: String!) { createContact(name: "Awa", phoneNumber: $n) { id } }', { n: number })
    const contact = async () =>
      (
        await system.graphql<{ searchContacts: Record<string, unknown>[] }>(
          'query ($n: String!) { searchContacts(query: $n) { smsTotalCount smsSentCount smsFailedCount smsScore } }',
          { n: number },
        )
      ).searchContacts[0]
    expect(await sendList([number])).toMatchObject({ status: 'FAILED', summary: { failed: 1 } })
    expect(await contact()).toEqual({ smsTotalCount: 1, smsSentCount: 0, smsFailedCount: 1, smsScore: 0 })
    const [row] = await rowsOf(number)
    const retried = await system.graphql<{ retrySms: unknown }>('mutation ($id: ID!) { retrySms(id: $id) { id status } }', {
      id: row?.id,
    })
    expect(retried.retrySms).toEqual({ id: row?.id, status: 'SENT' })
    expect(await contact()).toEqual({ smsTotalCount: 1, smsSentCount: 1, smsFailedCount: 0, smsScore: 1 })
  })
})

it('gives the credit of a refused SMS back within seconds', async () => {
  const { createUser } = await system.graphql<{ createUser: { id: string } }>(
    'mutation { createUser(username: "awa", password: "un mot de passe", smsCredit: 2) { id } }',
  )
  const [refused = '', sent = ''] = numbers(2, 800)
  await faults({ [refused.slice(-8)]: '400-svc0004-address' })
  await system.graphql(
    'mutation ($to: [String!]!, $u: ID) { sendBulkSms(phoneNumbers: $to, message: "x", userId: $u) { status } }',
    {
      to: [refused, sent],
      u: createUser.id,
    },
  )
  const credit = async () =>
    (
      await system.graphql<{ user: { smsCredit: number } }>('query ($id: ID!) { user(id: $id) { smsCredit } }', {
        id: createUser.id,
      })
    ).user.smsCredit
  await eventually(async () => (await credit()) === 1, { timeoutMs: 10_000, everyMs: 50 })
})

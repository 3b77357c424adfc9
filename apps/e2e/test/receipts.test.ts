import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

let system: SystemFixture
let webhook: string
beforeAll(async () => {
  // Every receipt is sent before its SMS is answered: early, all of them.
  system = await openSystemFixture({
    workers: 2,
    ratePerSecond: 200,
    simulatorEnv: { SIMULATOR_LATENCY_MS: '30', SIMULATOR_RECEIPT_DELAY_MS: '0' },
  })
  webhook = `${system.apiUrl}/webhooks/orange/receipts/receipt-token-of-this-run`
  await system.control('config', { receiptsUrl: webhook })
}, 60_000)
afterAll(() => system.release())

type Row = { phoneNumber: string; status: string; messageId: string | null; deliveryStatus: string | null }

/** Never reached Orange, although the request was written. */
const NEVER_ACCEPTED = ['0050', '0150', '0250']

const faults = {
  recipients: {
    ...Object.fromEntries(NEVER_ACCEPTED.map((ending) => [ending, 'reset-before-accept'])),
    // Accepted as any other: no receipt will tell of them, so no fault may befall them here.
    '7': { fault: 'slow', delayMs: 0 },
  },
  random: [
    { fault: 'accept-then-reset', probability: 0.05 },
    { fault: 'accept-unreadable-201', probability: 0.05 },
  ],
  receipts: {
    '6': ['DeliveryImpossible'],
    '7': [],
    // Twice, and after what they overtook.
    '8': ['DeliveredToTerminal', 'MessageWaiting', 'DeliveredToTerminal'],
    '9': ['DeliveredToTerminal', 'DeliveryImpossible', 'DeliveryUncertain', 'DeliveredToNetwork', 'MessageWaiting'],
  },
}

const expectedDelivery = (phoneNumber: string): string | null =>
  ({ '6': 'UNDELIVERED', '7': null })[phoneNumber.slice(-1)] === undefined
    ? 'DELIVERED'
    : phoneNumber.endsWith('6')
      ? 'UNDELIVERED'
      : null

const notice = (callbackData: string, address: string, deliveryStatus: string) => ({
  deliveryInfoNotification: { callbackData, deliveryInfo: [{ address: `tel:${address}`, deliveryStatus }] },
})
const bring = async (body: unknown): Promise<number> =>
  (await fetch(webhook, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status

it('finds out without a person what became of UNKNOWN SMS, and is never wrong: early, repeated, shuffled, unknown and missing receipts', async () => {
  await system.control('faults', faults)
  const batchId = await system.sendList(numbers(400))
  // Ids that nobody knows, of numbers that nobody wrote to, and words that nobody knows.
  const strangers = numbers(50, 5_000).map((number, index) => notice(`stranger-${index}`, number, 'DeliveredToTerminal'))
  expect(await bring(strangers)).toBe(200)
  await system.completed(batchId)
  const ledger = new Map((await system.accepts()).map(({ address, messageId }) => [address.replace('tel:', ''), messageId]))
  const [known] = [...ledger].filter(([number]) => number.endsWith('1'))
  expect(await bring(notice(known?.[1] ?? '', known?.[0] ?? '', 'Undreamt'))).toBe(200)

  const rows = async (): Promise<Row[]> =>
    (await system.sql.query<Row>(`SELECT "phoneNumber", status, "messageId", "deliveryStatus" FROM "SmsQueue"`)).rows
  const isOver = (row: Row): boolean =>
    NEVER_ACCEPTED.some((ending) => row.phoneNumber.endsWith(ending)) ||
    (row.status === 'SENT' && row.deliveryStatus === expectedDelivery(row.phoneNumber))
  await eventually(async () => expect((await rows()).filter((row) => !isOver(row))).toEqual([]), {
    timeoutMs: 15_000,
    everyMs: 100,
  })

  const { rows: proofs } = await system.sql.query<{ kind: string; n: number }>(
    `SELECT kind, count(*)::int AS n FROM "SmsEvent" WHERE kind IN ('unknown', 'RECEIPT_PROOF', 'CONFIRMED') GROUP BY kind`,
  )
  const {
    unknown = 0,
    RECEIPT_PROOF: resolved = 0,
    CONFIRMED: confirmed = 0,
  } = Object.fromEntries(proofs.map(({ kind, n }) => [kind, n]))
  const wereAccepted = unknown - NEVER_ACCEPTED.length
  expect(wereAccepted).toBeGreaterThan(8)
  expect(resolved / wereAccepted).toBeGreaterThanOrEqual(0.95)
  expect(confirmed).toBeGreaterThan(5)

  // Against what Orange knows: nobody SENT who was not accepted, nobody left who was, and every id its own.
  for (const { phoneNumber, status, messageId } of await rows()) {
    expect([phoneNumber, status, messageId]).toEqual([
      phoneNumber,
      ledger.has(phoneNumber) ? 'SENT' : 'UNKNOWN',
      ledger.get(phoneNumber) ?? null,
    ])
  }
  expect(await system.expectBalance()).toMatchObject({ unknown: NEVER_ACCEPTED.length })
  expect((await system.batch(batchId)).counts).toMatchObject({ total: 400, sent: 397, unknown: 3 })

  const story = await system.graphql<{ smsQueue: { edges: { node: { timeline: { kind: string; code: string | null }[] } }[] } }>(
    `{ smsQueue(filter: { phoneNumber: "${numbers(9)[8]}" }) { edges { node { timeline { kind code } } } } }`,
  )
  const told = story.smsQueue.edges[0]?.node.timeline.filter(({ kind }) => kind === 'RECEIPT').map(({ code }) => code)
  // Both are on their way at once: they are told as they were received, each once, whichever a worker looked at first.
  expect(told).toContain('DeliveredToTerminal')
  expect(told).toEqual([...new Set(told)])
}, 60_000)

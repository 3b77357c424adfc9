import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Api, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

/** Without a worker nothing is ever settled: whoever waits has waited to the end. */
const WAIT_MS = 1_500

let api: Api
let tenant: Tenant
const open = async (mode: 'queue' | 'wait'): Promise<void> => {
  const kinds = ['SINGLE', 'BULK', 'SEGMENT', 'ALL'].map((kind) => [`SEND_MODE_${kind}`, mode])
  api = await openApi({ ...Object.fromEntries(kinds), SMS_SYNC_WAIT_MS: String(WAIT_MS) })
  tenant = await api.createTenant('awa')
}
afterEach(() => api.release())

const sends = (segmentId: string) =>
  [
    ['sendSms(phoneNumber: $p, message: "a") { status }', 'PENDING'],
    ['sendBulkSms(phoneNumbers: [$p], message: "b") { status }', 'QUEUED'],
    [`sendSmsToSegment(segmentId: "${segmentId}", message: "c") { status }`, 'QUEUED'],
    ['sendSmsToAllContacts(message: "d") { status }', 'QUEUED'],
  ] as const

const playAll = async (): Promise<{ statuses: string[]; tookMs: number[]; wanted: string[] }> => {
  const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 2 })
  const [p = ''] = numbers(1, 700)
  const statuses: string[] = []
  const tookMs: number[] = []
  for (const [call] of sends(segmentId)) {
    const startedAt = performance.now()
    const uses = call.includes('$p') ? 'mutation($p: String!)' : 'mutation'
    const { data } = await tenant.ask(`${uses} { sent: ${call} }`, call.includes('$p') ? { p } : {})
    tookMs.push(performance.now() - startedAt)
    statuses.push(data['sent'].status)
  }
  return { statuses, tookMs, wanted: sends(segmentId).map(([, status]) => status) }
}

describe('with SEND_MODE_… queue', () => {
  beforeEach(() => open('queue'))

  it('every kind of send answers at once, a single SMS too', async () => {
    const { statuses, tookMs, wanted } = await playAll()
    expect(statuses).toEqual(wanted)
    expect(Math.max(...tookMs)).toBeLessThan(WAIT_MS)
  })
})

describe('with SEND_MODE_… wait', () => {
  beforeEach(() => open('wait'))

  it('every kind of send waits for its end, and answers as in the queue where that does not come in time', async () => {
    const { statuses, tookMs, wanted } = await playAll()
    expect(statuses).toEqual(wanted)
    expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(WAIT_MS)
  })
})

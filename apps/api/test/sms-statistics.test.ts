import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let other: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  other = await api.createTenant('binta')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

const given = (owner: Tenant, day: string, status: 'SENT' | 'FAILED') =>
  api.db.smsQueue.create({
    data: {
      userId: Number(owner.userId),
      accountId: 1,
      phoneNumber: '+2250707070701',
      message: 'a',
      maxAttempts: 5,
      status,
      createdAt: new Date(`${day}T10:00:00Z`),
      nextAttemptAt: new Date(`${day}T10:00:00Z`),
      ...(status === 'SENT'
        ? { sentAt: new Date(`${day}T10:00:02Z`), deliveryStatus: 'DELIVERED', deliveredAt: new Date(`${day}T11:00:00Z`) }
        : { failedAt: new Date(`${day}T10:00:01Z`), errorCode: 'SVC0001' }),
    },
  })

const QUERY = `query($from: DateTime, $to: DateTime, $userId: ID) { smsStatistics(from: $from, to: $to, userId: $userId) {
  userId byStatus { total sent failed } byHour { hour accepted sent failed delivered } byErrorCode { code count } otherErrorCodes { codes }
  acceptanceLatency { count p50 max } deliveryLatency { p99 } delivery { sent final delivered rate rateOfSent } } }`
const dayOf = (day: string) => ({ from: `${day}T10:00:00Z`, to: `${day}T12:00:00Z` })

describe('smsStatistics', () => {
  it('tells a user their own, and an administrator those of anybody or all', async () => {
    const day = '2026-03-01'
    await given(tenant, day, 'SENT')
    await given(other, day, 'SENT')
    await given(other, day, 'FAILED')
    const own = await tenant.ask(QUERY, dayOf(day))
    expect(own.errors).toEqual([])
    expect(own.data['smsStatistics']).toEqual({
      userId: tenant.userId,
      byStatus: { total: 1, sent: 1, failed: 0 },
      byHour: [
        { hour: `${day}T10:00:00.000Z`, accepted: 1, sent: 1, failed: 0, delivered: 0 },
        { hour: `${day}T11:00:00.000Z`, accepted: 0, sent: 0, failed: 0, delivered: 1 },
      ],
      byErrorCode: [],
      otherErrorCodes: { codes: 0 },
      acceptanceLatency: { count: 1, p50: 2_000, max: 2_000 },
      deliveryLatency: { p99: 3_590_000 },
      delivery: { sent: 1, final: 1, delivered: 1, rate: 1, rateOfSent: 1 },
    })
    const all = await api.admin.ask(QUERY, dayOf(day))
    expect(all.data['smsStatistics']).toMatchObject({ userId: null, byStatus: { total: 3, sent: 2, failed: 1 } })
    const theirs = await api.admin.ask(QUERY, { ...dayOf(day), userId: other.userId })
    expect(theirs.data['smsStatistics']).toMatchObject({ userId: other.userId, byErrorCode: [{ code: 'SVC0001', count: 1 }] })
  })

  it("refuses another user's", async () => {
    const { errors } = await tenant.ask(QUERY, { userId: other.userId })
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('refuses periods that are too long, empty or backwards', async () => {
    for (const period of [
      { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00.001Z' },
      { from: '2026-03-01T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      { from: '2026-03-02T00:00:00Z' },
    ]) {
      const { errors } = await tenant.ask(QUERY, period)
      expect(errors[0]?.extensions.code).toBe('INVALID_INPUT')
    }
    expect((await tenant.ask(QUERY, { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' })).errors).toEqual([])
  })

  it('has no rate of nothing, and gives the same question the same answer for some seconds', async () => {
    const day = '2026-03-05'
    const first = await tenant.ask(QUERY, dayOf(day))
    expect(first.data['smsStatistics'].delivery).toEqual({ sent: 0, final: 0, delivered: 0, rate: null, rateOfSent: null })
    await given(tenant, day, 'SENT')
    expect((await tenant.ask(QUERY, dayOf(day))).data).toEqual(first.data)
  })
})

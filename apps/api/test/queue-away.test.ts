import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, numbers, openApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  // Nobody listens there.
  api = await openApi({ REDIS_URL: 'redis://127.0.0.1:1' })
})
afterAll(() => api.release())

it('accepts while the queue is away, and sends nothing past it', async () => {
  const tenant = await api.createTenant('awa')
  const { data } = await tenant.ask(
    'mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "x") { status summary { total successful failed } } }',
    { p: numbers(5) },
  )
  expect(data['sendBulkSms']).toEqual({ status: 'QUEUED', summary: { total: 5, successful: 5, failed: 0 } })
  const rows = await api.db.smsQueue.findMany({ select: { status: true, attempts: true } })
  expect(rows).toHaveLength(5)
  expect(rows).toEqual(rows.map(() => ({ status: 'PENDING', attempts: 0 })))
})

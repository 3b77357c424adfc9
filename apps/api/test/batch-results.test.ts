import { afterAll, beforeAll, expect, it } from 'vitest'
import { numbers, openApi, type Api, type Tenant } from './harness.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
beforeAll(async () => {
  api = await openApi()
  awa = await api.createTenant('awa')
  koffi = await api.createTenant('koffi')
})
afterAll(() => api.release())

const fetchCsv = (tenant: Tenant | null, id: string) =>
  api.app.inject({
    method: 'GET',
    url: `/v1/batches/${id}/results.csv`,
    headers: tenant === null ? {} : { authorization: `Bearer ${tenant.key}` },
  })

const send = async (to: string[]): Promise<string> => {
  const sent = await awa.ask('mutation ($to: [String!]!) { sendBulkSms(phoneNumbers: $to, message: "Bonjour") { batchId } }', {
    to,
  })
  return sent.data['sendBulkSms'].batchId as string
}

it('gives the outcome of every SMS, page after page, and none twice', async () => {
  const to = numbers(5_000)
  const id = await send(to)
  await api.db.$executeRaw`
    UPDATE "SmsQueue" SET status = 'FAILED', "failedAt" = now(), "dispatchedAt" = NULL, "errorCode" = 'SVC0001', "errorMessage" = '=HYPERLINK("x")'
    WHERE "batchId" = ${BigInt(id)} AND "phoneNumber" = ${to[7]}`
  const answer = await fetchCsv(awa, id)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="batch-${id}-results.csv"`,
  })
  const lines = answer.body.split('\r\n')
  expect(lines.slice(1, -1).map((line) => line.split(',')[0])).toEqual(to)
  expect(lines[8]).toContain(`FAILED,,SVC0001,"'=HYPERLINK(""x"")"`)
})

it('shows what waits in a cancelled batch as cancelled', async () => {
  const id = await send(numbers(2, 90_000))
  await awa.ask('mutation ($id: ID!) { cancelBatch(id: $id) { id } }', { id })
  expect((await fetchCsv(awa, id)).body.match(/CANCELLED,,BATCH_CANCELLED/g)).toHaveLength(2)
})

it('is for its owner and administrators; for others there is no such batch', async () => {
  const id = await send(numbers(1, 95_000))
  expect((await fetchCsv(koffi, id)).statusCode).toBe(404)
  expect((await fetchCsv(awa, '999999')).statusCode).toBe(404)
  expect((await fetchCsv(awa, 'x')).statusCode).toBe(404)
  expect((await fetchCsv(null, id)).statusCode).toBe(401)
  expect((await fetchCsv(api.admin, id)).statusCode).toBe(200)
})

it('goes on when a client leaves in the middle of a file', async () => {
  const id = await send(numbers(20_000, 100_000))
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const stop = new AbortController()
  const answer = await fetch(`${url}/v1/batches/${id}/results.csv`, {
    headers: { authorization: `Bearer ${awa.key}` },
    signal: stop.signal,
  })
  const first = await answer.body?.getReader().read()
  expect(first?.value?.length).toBeGreaterThan(0)
  // The client goes: the answer ends, and the service goes on.
  stop.abort()
  expect((await fetchCsv(awa, id)).body.split('\r\n')).toHaveLength(20_002)
})

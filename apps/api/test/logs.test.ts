import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_KEY, type Api, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())

it('logs no number, no text and no key at debug, whatever is asked', async () => {
  const text = 'Réunion secrète à midi'
  const ask = tenant.ask
  await ask('mutation($p: [String!]!, $m: String!) { sendBulkSms(phoneNumbers: $p, message: $m) { status } }', {
    p: [...numbers(3), '07070707', 'abc'],
    m: text,
  })
  await ask('mutation($p: [String!]!, $m: String!) { sendBulkSms(phoneNumbers: $p, message: $m) { status } }', {
    p: numbers(9_000),
    m: text,
  })
  await ask('mutation($m: String!) { sendSms(phoneNumber: "0707070707", message: $m) { status } }', { m: text })
  await ask(`mutation { sendSms(phoneNumber: "+2250707070708", message: "${text}") { status } }`)
  await ask(`mutation { sendSms(phoneNumber: 2250707070708, message: "${text}") { status } }`)
  await ask(`mutation { sendSms(phoneNumber: "0707070708" message: ${text}) { status } }`)
  await ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "x") { status } }', {
    p: [{ n: '+2250707070709' }],
  })
  await ask('{ smsQueue(filter: { phoneNumber: "0707070707" }) { edges { node { phoneNumber message } } } }')
  await ask('mutation($i: ImportContactsInput!) { importContacts(input: $i) { total } }', {
    i: { contacts: [{ phoneNumber: '0707070707', name: text }] },
  })
  for (const url of ['/sms/+2250707070707', '/graphql?query=+2250707070707', `/nothing?text=${encodeURIComponent(text)}`]) {
    await api.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${ADMIN_KEY}` } })
  }
  const metrics = await api.app.inject({ method: 'GET', url: '/metrics', headers: { authorization: `Bearer ${ADMIN_KEY}` } })
  const written = `${api.lines.join('')}${metrics.body}`

  expect(api.lines.length).toBeGreaterThan(10)
  expect(written).toContain('Batch accepted')
  // Not the digits of a fraction, of which the durations of the metrics have many, nor those of a UUID.
  expect(written).not.toMatch(/(?<![\da-f.-])(?:\+?225)?07\d{8}(?![\da-f-])/)
  expect(written).not.toContain('secrète')
  expect(written).not.toContain(tenant.key)
  expect(written).not.toContain(ADMIN_KEY)
})

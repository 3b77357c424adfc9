import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, openApi } from './harness.ts'

const PROXY = '10.1.2.3'
let api: Api
beforeAll(async () => {
  api = await openApi({ TRUSTED_PROXIES: '10.0.0.0/8, loopback' })
})
afterAll(() => api.release())

/** Of 12 links that are tried from `from`, each as if for another person, 10 a minute may be for the same. No password is hashed for them. */
const refusalsOf = async (from: string, turnOf: (turn: number) => string): Promise<number> => {
  let refused = 0
  for (let turn = 0; turn < 12; turn += 1) {
    const answer = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      remoteAddress: from,
      headers: { 'x-forwarded-for': turnOf(turn) },
      payload: { query: 'mutation { resetPassword(token: "none", newPassword: "a long password") }' },
    })
    if (answer.json().errors?.[0].extensions.code === 'RATE_LIMITED') refused += 1
  }
  return refused
}

it('counts the attempts of whom a trusted proxy names, and of nobody whom others name', async () => {
  expect(await refusalsOf(PROXY, (turn) => `192.0.2.${turn}`)).toBe(0)
  // What the client wrote itself stands before what the proxy adds: it makes nobody another.
  expect(await refusalsOf(PROXY, (turn) => `203.0.113.${turn}, 198.51.100.7`)).toBe(2)
  expect(await refusalsOf('198.51.100.8', (turn) => `192.0.2.${turn}`)).toBe(2)
})

import { expect, it } from 'vitest'
import { askToken, control, open, send, tokenOf } from './harness.ts'

const MALI = { clientId: 'mali', clientSecret: 'secret-of-mali', senderAddress: 'tel:+2230000', tps: 1 }
const basic = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

it('keeps the sender, the rate and the tokens of its accounts apart', async () => {
  const { url } = await open({ accounts: [MALI], settings: { tps: 0, newTokenRevokesOld: true } })
  const first = await tokenOf(url)
  const answer = await askToken(url, basic(MALI))
  const { access_token: mali } = (await answer.json()) as { access_token: string }
  const ofMali = { address: 'tel:+22370000000', senderAddress: MALI.senderAddress, path: 'tel%3A%2B2230000' }

  expect((await send(url, mali, ofMali)).status).toBe(201)
  expect((await send(url, mali, ofMali)).status).toBe(429)
  // The sender of another account is none of its own; neither does the new token of one end that of another.
  expect((await send(url, first, ofMali)).status).toBe(400)
  for (let turn = 0; turn < 3; turn += 1) expect((await send(url, first)).status).toBe(201)

  const { body } = await control(url, 'summary')
  expect(body['clients']).toMatchObject({
    'demo-client': { accepted: 3, tokenCalls: 1, rateLimited: 0 },
    mali: { accepted: 1, tokenCalls: 1, rateLimited: 1, peakRequestsPerSecond: 2 },
  })
})

it('takes the secret of one account for no other', async () => {
  const { url } = await open({ accounts: [MALI] })
  expect((await askToken(url, basic({ ...MALI, clientSecret: 'demo-secret' }))).status).toBe(401)
})

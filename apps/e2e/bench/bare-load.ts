import { Pool } from 'undici'
import { phoneNumberOf, TEXT } from './columns.ts'
import { CLIENT } from './load.ts'

/** Nothing but requests: what the simulator can take from one process. It goes on until it is stopped. */
const pool = new Pool(String(process.env['ORANGE_API_URL']), { connections: 32 })
const ask = async (path: string, authorization: string, type: string, body: string): Promise<string> => {
  const headers = { authorization, 'content-type': type, accept: 'application/json' }
  const answer = await pool.request({ method: 'POST', path, headers, body })
  return answer.body.text()
}

const basic = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`
const grant = await ask('/oauth/v3/token', basic, 'application/x-www-form-urlencoded', 'grant_type=client_credentials')
const bearer = `Bearer ${(JSON.parse(grant) as { access_token: string }).access_token}`

let next = 0
const send = async (): Promise<void> => {
  for (;;) {
    next += 1
    const outboundSMSMessageRequest = {
      address: `tel:${phoneNumberOf(next)}`,
      senderAddress: 'tel:+2250000',
      outboundSMSTextMessage: { message: TEXT },
    }
    await ask(
      '/smsmessaging/v1/outbound/tel%3A%2B2250000/requests',
      bearer,
      'application/json',
      JSON.stringify({ outboundSMSMessageRequest }),
    )
  }
}
await Promise.all(Array.from({ length: 32 }, send))

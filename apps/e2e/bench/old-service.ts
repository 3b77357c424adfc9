import { createServer } from 'node:http'
import { exitOnBadConfig, workerConfigSchema } from '@sms/runtime'

/**
 * The flow of the service before this one, which the plan describes: `sendBulkSms` works inside the request. For each number it asks
 * the token endpoint, whatever came before, looks for `access_token` alone in what it gets, then posts the SMS. Nothing is paced,
 * cached or tried again; what fails is an item of the answer. Its database, credits and history are left out, which only makes it quicker.
 */

const config = exitOnBadConfig(workerConfigSchema, process.env)

/** The arguments of the one mutation it knows; only the benchmark calls it. */
type Call = { variables: { phoneNumbers: string[]; message: string } }

type Item = { phoneNumber: string; status: 'SENT' | 'FAILED'; message: string }

const jsonOf = async (response: Response): Promise<Record<string, unknown>> => {
  const value: unknown = await response.json().catch(() => null)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

const basic = Buffer.from(`${config.ORANGE_API_CLIENT_ID}:${config.ORANGE_API_CLIENT_SECRET}`).toString('base64')

const getAccessToken = async (): Promise<string> => {
  const response = await fetch(`${config.ORANGE_API_URL}/oauth/v3/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${basic}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  })
  // The status is not looked at: a 429 and a 503 are answers without a token like any other.
  const { access_token: token } = await jsonOf(response)
  if (typeof token !== 'string') throw new Error('Unable to obtain access token')
  return token
}

const sendSms = async (phoneNumber: string, message: string): Promise<void> => {
  const token = await getAccessToken()
  const senderAddress = config.ORANGE_DEFAULT_SENDER_ADDRESS
  const response = await fetch(
    `${config.ORANGE_API_URL}/smsmessaging/v1/outbound/${encodeURIComponent(senderAddress)}/requests`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({
        outboundSMSMessageRequest: {
          address: `tel:${phoneNumber}`,
          senderAddress,
          senderName: config.ORANGE_DEFAULT_SENDER_NAME ?? 'SMS',
          outboundSMSTextMessage: { message },
        },
      }),
    },
  )
  const answer = await jsonOf(response)
  if (!response.ok || answer['outboundSMSMessageRequest'] === undefined)
    throw new Error(`API Error: ${response.status} - ${JSON.stringify(answer)}`)
}

const sendBulkSms = async (phoneNumbers: string[], message: string) => {
  const results: Item[] = []
  for (const phoneNumber of new Set(phoneNumbers)) {
    try {
      await sendSms(phoneNumber, message)
      results.push({ phoneNumber, status: 'SENT', message: 'SMS envoyé avec succès' })
    } catch (error) {
      results.push({ phoneNumber, status: 'FAILED', message: (error as Error).message })
    }
  }
  const successful = results.filter(({ status }) => status === 'SENT').length
  const failed = results.length - successful
  const status = failed === 0 ? 'COMPLETED' : successful === 0 ? 'FAILED' : 'PARTIAL'
  return { status, message: '', batchId: null, summary: { total: results.length, successful, failed }, results }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { phoneNumbers, message } = (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Call).variables
    void sendBulkSms(phoneNumbers, message).then((sent) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: { sendBulkSms: sent } }))
    })
  })
})
// A loop over a long list outlasts every default; its callers get the time it takes.
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({ msg: 'API listening', port: typeof address === 'object' ? address?.port : null })}\n`)
})
process.on('SIGTERM', () => process.exit(0))

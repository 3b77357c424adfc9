import { afterEach } from 'vitest'
import type { SimulatorInput } from '../src/config.ts'
import { openSimulator, type Simulator } from '../src/server.ts'

/** Ended after each test, last opened first. */
export const releases: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release()
})

export const open = async (input: SimulatorInput = {}): Promise<Simulator> => {
  const simulator = await openSimulator({ port: 0, ...input, settings: { tps: 0, ...input.settings } })
  releases.push(simulator.release)
  return simulator
}

const BASIC = `Basic ${Buffer.from('demo-client:demo-secret').toString('base64')}`
export const askToken = (url: string, authorization = BASIC) =>
  fetch(`${url}/oauth/v3/token`, {
    method: 'POST',
    headers: { authorization, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  })
export const tokenOf = async (url: string): Promise<string> =>
  ((await (await askToken(url)).json()) as { access_token: string }).access_token

export type Sms = {
  address?: unknown
  senderAddress?: string
  senderName?: string
  message?: unknown
  path?: string
  headers?: Record<string, string>
}
export const send = (url: string, token: string, sms: Sms = {}) => {
  const {
    address = 'tel:+2250707070707',
    senderAddress = 'tel:+2250000',
    senderName,
    message = 'Bonjour',
    path = 'tel%3A%2B2250000',
    headers,
  } = sms
  const request = { address, senderAddress, ...(senderName !== undefined && { senderName }), outboundSMSTextMessage: { message } }
  return fetch(`${url}/smsmessaging/v1/outbound/${path}/requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ outboundSMSMessageRequest: request }),
    signal: AbortSignal.timeout(500),
  })
}
export const control = async (url: string, path: string, body?: unknown) => {
  const response = await fetch(
    `${url}/_simulator/${path}`,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  )
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

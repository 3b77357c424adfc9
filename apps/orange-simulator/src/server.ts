import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { simulatorOptionsSchema, type SimulatorInput, type SimulatorOptions, type SimulatorSettings } from './config.ts'
import { createContracts } from './contracts.ts'
import { createControl } from './control.ts'
import { gatewayError } from './envelopes.ts'
import { refuse, type Exchange } from './exchange.ts'
import { createFaults, type Faults } from './faults.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { type Client, createOauth } from './oauth.ts'
import { createRateLimit } from './rate-limit.ts'
import { createReceipts } from './receipts.ts'
import { createSend, senderOfPath } from './send.ts'
import { createToken } from './token.ts'

export type Simulator = {
  url: string
  ledger: Ledger
  faults: Faults
  settings: SimulatorSettings
  release(): Promise<void>
}

const BODY_LIMIT_BYTES = 1_048_576

/** Every endpoint, over one set of state. */
const createEndpoints = (options: SimulatorOptions, now: () => number) => {
  const settings = { ...options.settings }
  const ledger = createLedger()
  const faults = createFaults(options.faults, options.seed)
  const rateLimit = createRateLimit(settings.tps)
  const tokenLimit = createRateLimit(settings.tokenTps)
  const { clientId, clientSecret, senderAddress } = options
  const clients: Client[] = [
    { clientId, clientSecret, senderAddress, rateLimit },
    ...options.accounts.map(({ tps, ...account }) => ({ ...account, rateLimit: createRateLimit(tps) })),
  ]
  const oauth = createOauth(clients)
  const receipts = createReceipts({ ledger, now })
  const shared = { settings, ledger, faults, oauth }
  const send = createSend({ ...shared, receipts })
  const token = createToken({ ...shared, tokenLimit })
  const control = createControl({ ...shared, rateLimit, tokenLimit, clients, now })

  const contracts = createContracts(shared)

  /** Undefined: no such path; else the one method it knows and what it does. */
  const routeOf = (path: string): { method: string; handle: (exchange: Exchange) => void } | undefined => {
    const sender = senderOfPath(path)
    if (sender !== null) return { method: 'POST', handle: (exchange) => send(exchange, sender) }
    if (path === '/oauth/v3/token' || path === '/oauth/v2/token') return { method: 'POST', handle: token }
    if (path === '/sms/admin/v1/contracts') return { method: 'GET', handle: contracts }
    return undefined
  }

  const handle = (exchange: Exchange) => {
    if (exchange.path.startsWith('/_simulator/')) return control(exchange)
    const route = routeOf(exchange.path)
    if (!route) return refuse(exchange, gatewayError(60))
    if (route.method !== exchange.request.method) return refuse(exchange, gatewayError(61))
    route.handle(exchange)
  }
  return { handle, ledger, faults, settings, close: receipts.close }
}

/** Hands a request on once its body is complete; one that breaks off, or is too large, never counts. */
const receive =
  (now: () => number, handle: (exchange: Exchange) => void) => (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > BODY_LIMIT_BYTES) request.destroy()
      else chunks.push(chunk)
    })
    request.on('end', () => {
      const url = request.url ?? '/'
      const cut = url.indexOf('?')
      const body = chunks.length === 1 ? (chunks[0]?.toString('utf8') ?? '') : Buffer.concat(chunks).toString('utf8')
      const path = cut < 0 ? url : url.slice(0, cut)
      const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut))
      handle({ request, response, path, query, body, atMs: now() })
    })
    // A caller that has gone away is its own business.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
  }

const listen = (server: Server, host: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo
      const named = address.family === 'IPv6' ? `[${address.address}]` : address.address
      resolve(`http://${named === '0.0.0.0' || named === '[::]' ? '127.0.0.1' : named}:${address.port}`)
    })
  })

/** Opens a stand-in for Orange on its own port; `port: 0` takes any free one. */
export const openSimulator = async (input: SimulatorInput = {}): Promise<Simulator> => {
  const options = simulatorOptionsSchema.parse(input)
  const startedAt = performance.now()
  const now = () => performance.now() - startedAt
  const endpoints = createEndpoints(options, now)
  const server = createServer({ keepAliveTimeout: 30_000, noDelay: true }, receive(now, endpoints.handle))
  const url = await listen(server, options.host, options.port)
  const { ledger, faults, settings } = endpoints
  const release = async () => {
    endpoints.close()
    const closed = new Promise((resolve) => server.close(resolve))
    // Calls that hang on purpose would keep it open for ever.
    server.closeAllConnections()
    await closed
  }
  return { url, ledger, faults, settings, release }
}

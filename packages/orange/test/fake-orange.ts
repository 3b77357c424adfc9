import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Respond = (response: ServerResponse, call: Call) => void
export type Call = { path: string; token: string; body: string; headers: IncomingMessage['headers'] }

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Respond =>
  (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

/** Says that the SMS was taken. */
export const take: Respond = json(201, { outboundSMSMessageRequest: { resourceURL: 'https://elsewhere.example/requests/id-1' } })
export const expired: Respond = json(401, { code: 42, message: 'Expired credentials', description: 'out-of-date' })

export type FakeOrange = {
  url: string
  tokenCalls: IncomingMessage['headers'][]
  sends: Call[]
  onToken(respond: (response: ServerResponse, issue: () => string) => void): void
  onSend(respond: Respond): void
  onOther(respond: Respond): void
  /** Tokens issued up to now are refused from now on. */
  revokeAll(): void
  release(): Promise<void>
}

/** The little of Orange that the client's tests need: tokens that can be revoked, and sends answered as told. */
export const openFakeOrange = async (): Promise<FakeOrange> => {
  let issuedCount = 0
  let valid = new Set<string>()
  const issue = () => {
    issuedCount += 1
    valid.add(`token-${issuedCount}`)
    return `token-${issuedCount}`
  }
  const grant = (response: ServerResponse) =>
    json(200, { token_type: 'Bearer', access_token: issue(), expires_in: '3600' })(response, undefined as never)
  let respondToken: (response: ServerResponse, issue: () => string) => void = grant
  let respondSend: Respond = take
  let respondOther: Respond = json(404, { code: 60, message: 'Resource not found' })
  const tokenCalls: IncomingMessage['headers'][] = []
  const sends: Call[] = []

  const handle = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const path = request.url ?? ''
    if (path === '/oauth/v3/token') {
      tokenCalls.push(request.headers)
      return respondToken(response, issue)
    }
    const call = { path, token: (request.headers.authorization ?? '').replace('Bearer ', ''), body, headers: request.headers }
    const isSend = path.startsWith('/smsmessaging/')
    if (isSend) sends.push(call)
    if (!valid.has(call.token)) return expired(response, call)
    if (isSend) respondSend(response, call)
    else respondOther(response, call)
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => handle(request, response, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokenCalls,
    sends,
    onToken: (respond) => (respondToken = respond),
    onSend: (respond) => (respondSend = respond),
    onOther: (respond) => (respondOther = respond),
    revokeAll: () => (valid = new Set()),
    async release() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

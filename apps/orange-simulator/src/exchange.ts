import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refusal } from './envelopes.ts'

/** A request whose body has arrived, and the ways to answer it or not. */
export type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  /** Path without its query, as it was written on the wire. */
  path: string
  query: URLSearchParams
  body: string
  /** Arrival of the whole request, in milliseconds of the simulator's clock. */
  atMs: number
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

export const answer = ({ response }: Exchange, status: number, body: string, headers: Readonly<Record<string, string>> = {}) => {
  response.writeHead(status, { ...JSON_TYPE, 'Content-Length': Buffer.byteLength(body), ...headers })
  response.end(body)
}

export const refuse = (exchange: Exchange, refusal: Refusal) => answer(exchange, refusal.status, refusal.body, refusal.headers)

export const later = (delayMs: number, act: () => void) => {
  if (delayMs > 0) setTimeout(act, delayMs)
  else act()
}

/** The caller's connection breaks without a status line (TCP reset). */
export const reset = ({ request }: Exchange) => {
  request.socket.resetAndDestroy()
}

/** A status line, the promise of a body, half of it, then a reset. */
export const answerHalf = (exchange: Exchange, status: number, body: string) => {
  const bytes = Buffer.from(body)
  exchange.response.writeHead(status, { ...JSON_TYPE, 'Content-Length': bytes.length })
  exchange.response.write(bytes.subarray(0, bytes.length >> 1), () => setImmediate(() => reset(exchange)))
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Pool } from 'undici'
import { createExchange, type Exchange, type ExchangeLimits } from './http-exchange.ts'
import type { Reply } from './reply.ts'

export type HttpRequest = ExchangeLimits & {
  method: 'GET' | 'POST'
  /** Under the API's own path, already percent-encoded. */
  path: string
  headers: Record<string, string>
  body?: string
}

export type OrangeHttp = {
  /** Never throws and never repeats a request. */
  exchange(request: HttpRequest): Promise<Reply>
  /** Null when a connection is open and idle; opens one if need be, without writing a byte to it. Else why there is none. */
  warm(timeoutMs: number): Promise<Reply | null>
  /** May be called more than once. What is asked for afterwards is not written. */
  close(): Promise<unknown>
}

export type OrangeHttpOptions = {
  apiUrl: string
  connectTimeoutMs?: number
  /** Connections at most; each carries one request at a time. */
  connectionCount?: number
}

/** Published by undici when a request's first bytes are handed to the socket. */
const SEND_HEADERS = 'undici:client:sendHeaders'

const createPool = (origin: string, options: OrangeHttpOptions): Pool =>
  new Pool(origin, {
    connections: options.connectionCount ?? 128,
    connectTimeout: options.connectTimeoutMs ?? 5000,
    // One request a connection: a broken one then says something about one SMS only.
    pipelining: 1,
    allowH2: false,
    // The deadline of the exchange covers both, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
    // A connection that idles longer is more likely to be closed by the other side just as a request is written to it,
    // and that request is then UNKNOWN.
    keepAliveTimeout: 4000,
  })

const keptBack: Reply = { kind: 'failure', isWritten: false, code: 'NOT_WRITTEN', text: 'kept back' }

/** Speaks HTTP to one Orange API: deadlines, no repeats, and the certainty of what was written. Connects when first used. */
export const createOrangeHttp = (options: OrangeHttpOptions): OrangeHttp => {
  const { origin, pathname } = new URL(options.apiUrl)
  const basePath = pathname.replace(/\/+$/, '')
  const pool = createPool(origin, options)
  // The pool's own statistics look at each of its connections, which for every SMS is a lot.
  let openCount = 0
  let busyCount = 0
  pool.on('connect', () => void (openCount += 1))
  pool.on('disconnect', () => void (openCount -= 1))

  // Undici publishes the write in the very turn in which it released the request, so a publication is about the exchange
  // that was released last. The channel carries every undici client of the process: without a release it is not ours.
  let released: Exchange | null = null
  const onSendHeaders = () => {
    released?.markWritten()
    released = null
  }
  subscribe(SEND_HEADERS, onSendHeaders)

  const start = (request: HttpRequest): Promise<Reply> => {
    if (request.timeoutMs <= 0 || request.signal?.aborted) return Promise.resolve(keptBack)
    const { promise, resolve } = Promise.withResolvers<Reply>()
    busyCount += 1
    const exchange = createExchange(request, {
      settled: (reply) => {
        busyCount -= 1
        resolve(reply)
      },
      released: () => {
        released = exchange
      },
    })
    const { method, headers, body = null } = request
    pool.dispatch({ path: `${basePath}${request.path}`, method, headers, body }, exchange.handler)
    return promise
  }

  let closing: Promise<unknown> | null = null
  let connecting: Promise<Reply> | null = null
  /** A request that is kept back at its last moment: undici connects for it, and keeps the connection. */
  const connect = (timeoutMs: number): Promise<Reply> => {
    connecting ??= start({ method: 'GET', path: '/', headers: {}, timeoutMs, mayWrite: () => false }).finally(() => {
      connecting = null
    })
    return connecting
  }

  return {
    exchange: start,
    async warm(timeoutMs) {
      if (openCount > busyCount) return null
      const reply = await connect(timeoutMs)
      return reply.kind === 'failure' && reply.code === 'NOT_WRITTEN' ? null : reply
    },
    close() {
      // Waits for what is on its way; every exchange has its deadline.
      closing ??= pool.close().finally(() => unsubscribe(SEND_HEADERS, onSendHeaders))
      return closing
    },
  }
}

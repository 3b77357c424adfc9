import type { Dispatcher } from 'undici'
import type { Answer, Reply, TransportFailureCode } from './reply.ts'

export type ExchangeLimits = {
  /** The whole exchange: waiting for a connection, connecting, writing, reading. */
  timeoutMs: number
  /** Asked in the same turn of the event loop in which the bytes are written, after any wait for a connection. */
  mayWrite?: () => boolean
  signal?: AbortSignal | undefined
}

/**
 * How far a request has come.
 * - `queued`: it waits for a connection; nothing of it has left.
 * - `released`: undici was told to go on; the socket gets the bytes in this very turn.
 * - `written`: undici's diagnostics have shown the headers going to the socket.
 * A request that ends while `released` was broken off inside undici, and nothing proves that no byte left: it counts as
 * written.
 */
type Stage = 'queued' | 'released' | 'written'

export type Exchange = {
  handler: Dispatcher.DispatchHandler
  /** Undici has shown this request's headers going to the socket. */
  markWritten(): void
}

const MAX_BODY_BYTES = 262_144

/** Thrown into undici to keep a request off the wire (the connection stays open), or to break it off. */
class KeptBack extends Error {
  override readonly name = 'KeptBack'
}

const systemCode = (error: Error): string => {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : error.name
}

/** Only names the failure; whether it happened before the write is known from the stage. */
const beforeWriteCode = (code: string): TransportFailureCode => {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'CONNECT_TIMEOUT'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'DNS_FAILED'
  return /TLS|SSL|CERT|EPROTO|ISSUER|SIGNATURE/.test(code) ? 'TLS_FAILED' : 'CONNECT_FAILED'
}

const firstValues = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> => {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value[0] : value] as const,
  )
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined))
}

/** Settles once, whatever comes first: the end of the answer, an error, the deadline or the caller's abort. */
const createSettling = (
  limits: ExchangeLimits,
  settled: (reply: Reply) => void,
  breakOff: { deadline(): void; abort(): void },
) => {
  let isSettled = false
  // Timers come before the sockets: in a process that was stopped meanwhile, the answer may lie unread while its time is up.
  const deadline = setTimeout(() => setImmediate(() => isSettled || breakOff.deadline()), limits.timeoutMs)
  limits.signal?.addEventListener('abort', breakOff.abort, { once: true })
  return {
    isSettled: () => isSettled,
    settle(reply: Reply) {
      if (isSettled) return
      isSettled = true
      clearTimeout(deadline)
      limits.signal?.removeEventListener('abort', breakOff.abort)
      settled(reply)
    },
  }
}

/** One request on its way through undici. `released` is called right before undici writes it. */
export const createExchange = (
  limits: ExchangeLimits,
  on: { settled: (reply: Reply) => void; released: () => void },
): Exchange => {
  let stage: Stage = 'queued'
  let controller: Dispatcher.DispatchController | undefined
  let head: Pick<Answer, 'status' | 'headers'> | undefined
  const chunks: Buffer[] = []
  let size = 0

  const { settle, isSettled } = createSettling(limits, on.settled, {
    deadline: () => breakOff('CONNECT_TIMEOUT', 'REPLY_TIMEOUT'),
    abort: () => breakOff('NOT_WRITTEN', 'REPLY_ABANDONED'),
  })

  const fail = (code: TransportFailureCode, text: string) =>
    settle({ kind: 'failure', isWritten: stage !== 'queued', code, text })

  /** With a status line it is an answer, however it ended; without one a failure. */
  const end = (isComplete: boolean, code: TransportFailureCode, text: string) => {
    if (!head) return fail(code, text)
    settle({ kind: 'answer', ...head, body: Buffer.concat(chunks).toString('utf8'), isComplete })
  }

  const breakOff = (unwritten: TransportFailureCode, written: TransportFailureCode) => {
    end(false, stage === 'queued' ? unwritten : written, 'ended on this side')
    // Still queued there is no controller yet: `onRequestStart` keeps the request back when its turn comes.
    controller?.abort(new KeptBack())
  }

  const handler: Dispatcher.DispatchHandler = {
    /** Undici's last call before it writes, in the same turn: what is thrown here keeps every byte back. */
    onRequestStart(given) {
      // A request that was released once is never released again, should undici ever queue it anew.
      const isRepeat = stage !== 'queued'
      if (isRepeat || isSettled() || limits.signal?.aborted || limits.mayWrite?.() === false) {
        fail(isRepeat ? 'REPLY_LOST' : 'NOT_WRITTEN', 'kept back')
        throw new KeptBack()
      }
      controller = given
      stage = 'released'
      on.released()
    },
    onResponseStart(_controller, status, headers) {
      // 1xx announces nothing about the request's fate.
      if (status >= 200) head = { status, headers: firstValues(headers) }
    },
    onResponseData(_controller, chunk) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) breakOff('REPLY_LOST', 'REPLY_LOST')
      else chunks.push(chunk)
    },
    onResponseEnd: () => end(true, 'REPLY_LOST', 'no status line'),
    onResponseError(_controller, error) {
      const code = systemCode(error)
      end(false, stage === 'queued' ? beforeWriteCode(code) : 'REPLY_LOST', code)
    },
  }

  return {
    handler,
    markWritten() {
      stage = 'written'
    },
  }
}

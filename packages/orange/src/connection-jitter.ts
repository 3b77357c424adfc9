import { connect } from 'node:net'

/** How unevenly the way to Orange delays what is sent on it. */
export type ConnectionJitter = {
  /** Measures again if the last time is long ago. Returns at once, and never fails. */
  touch(): void
  /** By how much all but one lately were at most slower than the fastest; 0 while too little is known, and for what is no more than noise. */
  jitterMs(): number
  close(): void
}

const EVERY_MS = 3_000
const KEPT_SAMPLES = 40
const LEAST_SAMPLES = 5
const LIMIT_MS = 2_000

/** A busy process sees its own delays, too. */
const NOISE_MS = 3

/**
 * Opens a connection and closes it, now and then while something is sent: its handshake is one round trip and nothing else,
 * where the time of an answer is mostly Orange's own work.
 */
export const createConnectionJitter = (deps: {
  measure: () => Promise<number | null>
  now: () => number
  close: () => void
}): ConnectionJitter => {
  const samples: number[] = []
  let measuredAt = -Infinity
  let isClosed = false

  const measure = async (): Promise<void> => {
    const tookMs = await deps.measure()
    if (tookMs === null) return
    samples.push(tookMs)
    if (samples.length > KEPT_SAMPLES) samples.shift()
  }

  return {
    touch: () => {
      if (isClosed || deps.now() - measuredAt < EVERY_MS) return
      measuredAt = deps.now()
      void measure().catch(() => undefined)
    },
    jitterMs: () => {
      if (samples.length < LEAST_SAMPLES) return 0
      const ordered = samples.toSorted((a, b) => a - b)
      // One alone may be an accident; one of ten would be a refusal every other second at 5 a second.
      const slowest = ordered.at(-2) ?? 0
      return Math.max(0, slowest - (ordered[0] ?? 0) - NOISE_MS)
    },
    close: () => {
      isClosed = true
      deps.close()
    },
  }
}

/** To the host of an API. */
export const createTcpJitter = (apiUrl: string): ConnectionJitter => {
  const { hostname, port, protocol } = new URL(apiUrl)
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
  const stop = new AbortController()
  const measure = (): Promise<number | null> =>
    new Promise((resolve) => {
      const socket = connect(address)
      let lookedUpAt = performance.now()
      const giveUp = (): void => void socket.destroy()
      // The name's answer is not part of the way.
      socket.once('lookup', () => {
        lookedUpAt = performance.now()
      })
      socket.once('connect', () => {
        resolve(performance.now() - lookedUpAt)
        socket.destroy()
      })
      socket.once('error', giveUp)
      socket.setTimeout(LIMIT_MS, giveUp)
      stop.signal.addEventListener('abort', giveUp, { once: true })
      socket.once('close', () => {
        stop.signal.removeEventListener('abort', giveUp)
        resolve(null)
      })
      socket.unref()
    })
  return createConnectionJitter({ measure, now: () => performance.now(), close: () => stop.abort() })
}

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Releasable } from './releases.ts'

export type ProxyDirection = 'to-server' | 'to-client'

/**
 * Sees every chunk before it goes on. `hold`: this chunk, and all that follow it on this connection in this direction, wait
 * until `resume`; they are lost when the client goes away before.
 */
export type ProxyTap = (chunk: Buffer, direction: ProxyDirection, connection: number) => 'pass' | 'hold'

/** A port before a server, by which the traffic of one client is watched and disturbed from outside. */
export type Proxy = Releasable & {
  /** The server's URL with the proxy's port. */
  url: string
  /** One at a time; null: nobody watches. */
  watch: (tap: ProxyTap | null) => void
  /** Every connection is broken off, and new ones are refused. */
  cut: () => Promise<void>
  /** After `cut`: takes connections again, on the same port. */
  restore: () => Promise<void>
  /** Everything waits from now on, on new connections too: the network is there and silent. */
  hold: () => void
  /** What waits goes on, in order; a delay ends too. */
  resume: () => void
  /** What the server says from now on arrives so much later. */
  delay: (ms: number) => void
}

type Flow = { push: (chunk: Buffer) => void; drain: () => void; end: () => void; drop: () => void }

/** One direction of one connection: what waits, waits in order. */
const createFlow = (to: Socket, isHeld: () => boolean, delayMs: () => number, look: (chunk: Buffer) => 'pass' | 'hold'): Flow => {
  let queue: { chunk: Buffer; dueAt: number }[] = []
  let isStopped = false
  let isEnding = false
  let timer: NodeJS.Timeout | undefined

  const drain = (): void => {
    clearTimeout(timer)
    while (queue.length > 0 && !isStopped && !isHeld()) {
      const { chunk, dueAt } = queue[0] as { chunk: Buffer; dueAt: number }
      const restMs = dueAt - performance.now()
      if (restMs > 0) {
        timer = setTimeout(drain, restMs)
        return
      }
      queue.shift()
      if (to.writable) to.write(chunk)
    }
    if (queue.length === 0 && isEnding) to.end()
  }

  return {
    push: (chunk) => {
      if (look(chunk) === 'hold') isStopped = true
      queue.push({ chunk, dueAt: performance.now() + delayMs() })
      drain()
    },
    drain: () => {
      isStopped = false
      drain()
    },
    end: () => {
      isEnding = true
      drain()
    },
    drop: () => {
      clearTimeout(timer)
      queue = []
    },
  }
}

/** A proxy on a free port of 127.0.0.1 before the server of a URL. The server may be away: its clients are then broken off. */
export const openProxy = async (target: string): Promise<Proxy> => {
  const url = new URL(target)
  const [host, port] = [url.hostname, Number(url.port)]
  const sockets = new Set<Socket>()
  const flows = new Set<Flow>()
  let tap: ProxyTap | null = null
  let isHeld = false
  let delayMs = 0
  let connectionCount = 0

  const join = (client: Socket): void => {
    const connection = ++connectionCount
    const upstream = connect(port, host)
    const looking = (direction: ProxyDirection) => (chunk: Buffer) => tap?.(chunk, direction, connection) ?? 'pass'
    const up = createFlow(
      upstream,
      () => isHeld,
      () => 0,
      looking('to-server'),
    )
    const down = createFlow(
      client,
      () => isHeld,
      () => delayMs,
      looking('to-client'),
    )
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    for (const flow of [up, down]) flows.add(flow)
    client.on('data', up.push)
    upstream.on('data', down.push)
    upstream.on('end', down.end)
    // What the client has sent reaches the server also when the client was killed a moment later, as on a real network.
    client.on('close', () => {
      up.drop()
      flows.delete(up)
      upstream.end()
    })
    upstream.on('close', () => {
      flows.delete(down)
      down.end()
    })
    upstream.on('error', () => client.destroy())
  }

  const listen = async (on: number): Promise<Server> => {
    const server = createServer(join)
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  let server: Server | null = await listen(0)
  const own = (server.address() as { port: number }).port
  url.hostname = '127.0.0.1'
  url.port = String(own)

  const cut = async (): Promise<void> => {
    const closing = server
    server = null
    for (const socket of sockets) socket.resetAndDestroy()
    if (closing === null) return
    closing.close()
    await once(closing, 'close')
  }

  return {
    url: url.href.replace(/\/$/, target.endsWith('/') ? '/' : ''),
    watch: (next) => {
      tap = next
    },
    cut,
    restore: async () => {
      server ??= await listen(own)
    },
    hold: () => {
      isHeld = true
    },
    resume: () => {
      isHeld = false
      delayMs = 0
      for (const flow of flows) flow.drain()
    },
    delay: (ms) => {
      delayMs = ms
    },
    release: cut,
  }
}

import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export type RawRequest = { head: string; body: string; socket: Socket; connection: number }
type Behaviour = (request: RawRequest) => void

export type RawServer = {
  port: number
  url: string
  /** Complete requests, in the order of their arrival. */
  requests: RawRequest[]
  connectionCount(): number
  openCount(): number
  receivedBytes(): number
  behave(next: Behaviour): void
  release(): Promise<void>
}

export const httpAnswer = (status: string, body = '', headers: Record<string, string> = {}): string => {
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(body)), ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

/** A server that answers byte by byte as it is told, to break exchanges where they hurt. */
export const openRawServer = async (initial: Behaviour): Promise<RawServer> => {
  let behaviour = initial
  let connections = 0
  let bytes = 0
  const requests: RawRequest[] = []
  const sockets = new Set<Socket>()

  const receive = (socket: Socket, connection: number) => {
    let pending = ''
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      pending += chunk.toString('latin1')
      for (;;) {
        const end = pending.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = pending.slice(0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (pending.length < end + 4 + length) return
        const request = { head, body: pending.slice(end + 4, end + 4 + length), socket, connection }
        pending = pending.slice(end + 4 + length)
        requests.push(request)
        behaviour(request)
      }
    })
  }

  const server: Server = createServer({ noDelay: true }, (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    receive(socket, connections)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    connectionCount: () => connections,
    openCount: () => sockets.size,
    receivedBytes: () => bytes,
    behave(next) {
      behaviour = next
    },
    async release() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

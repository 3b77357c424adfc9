import { connect, createServer, type Server, type Socket } from 'node:net'

/** A port before a server that can go away and come back, as the server itself would. */
export type Proxy = {
  url: string
  /** Nobody is connected any more, and nobody can connect. */
  cut(): Promise<void>
  restore(): Promise<void>
  release(): Promise<void>
}

/** `delayMs`: how much later everything arrives, each way. */
export const openProxy = async (target: string, { delayMs = 0 } = {}): Promise<Proxy> => {
  const url = new URL(target)
  const [host, port] = [url.hostname, Number(url.port)]
  const sockets = new Set<Socket>()
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (chunk) => (delayMs > 0 ? setTimeout(() => to.writable && to.write(chunk), delayMs) : to.write(chunk)))
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const listen = (on: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((client) => {
        const upstream = connect(port, host)
        pass(client, upstream)
        pass(upstream, client)
      })
      server.once('error', reject)
      server.listen(on, '127.0.0.1', () => resolve(server))
    })

  let server: Server | undefined = await listen(0)
  const own = (server.address() as { port: number }).port
  url.port = String(own)
  url.hostname = '127.0.0.1'
  const cut = async (): Promise<void> => {
    const closing = server
    server = undefined
    const closed = new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    url: url.href,
    cut,
    restore: async () => {
      server ??= await listen(own)
    },
    release: cut,
  }
}

import { once } from 'node:events'
import { createServer } from 'node:net'

const bindable = async (port: number): Promise<number> => {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  server.close()
  await once(server, 'close')
  return address.port
}

/**
 * A port of 127.0.0.1 that nobody listens on at this moment: the preferred one if it is free. Whoever binds it must be
 * ready to find it taken.
 */
export const freePort = async (preferred = 0): Promise<number> => bindable(preferred).catch(() => bindable(0))

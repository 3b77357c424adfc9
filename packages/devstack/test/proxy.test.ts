import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createReleases, eventually, openProxy, type Proxy } from '../src/index.ts'

const releases = createReleases()
afterEach(() => releases.release())

/** A server that answers what it hears in capitals, and remembers it. */
const openEcho = async (): Promise<{ url: string; heard: string[]; gone: () => number }> => {
  const heard: string[] = []
  let gone = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('close', () => (gone += 1))
    socket.on('data', (chunk) => {
      heard.push(chunk.toString())
      if (socket.writable) socket.write(chunk.toString().toUpperCase())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  releases.push(() => void server.close())
  return { url: `tcp://127.0.0.1:${(server.address() as { port: number }).port}`, heard, gone: () => gone }
}

const openClient = async (proxy: Proxy): Promise<{ socket: Socket; heard: () => string }> => {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => (heard += chunk.toString()))
  socket.on('error', () => {})
  await once(socket, 'connect')
  releases.push(() => void socket.destroy())
  return { socket, heard: () => heard }
}

const given = async () => {
  const echo = await openEcho()
  const proxy = await openProxy(echo.url)
  releases.push(proxy.release)
  return { echo, proxy, client: await openClient(proxy) }
}

it('passes what both sides say', async () => {
  const { client } = await given()
  client.socket.write('a')
  await eventually(() => client.heard() === 'A')
})

it('holds what the tap says, and lets it go on in order', async () => {
  const { client, echo, proxy } = await given()
  proxy.watch((chunk, direction) => (direction === 'to-server' && chunk.includes('b') ? 'hold' : 'pass'))
  client.socket.write('a')
  await eventually(() => client.heard() === 'A')
  client.socket.write('b')
  client.socket.write('c')
  expect(echo.heard).toEqual(['a'])
  proxy.watch(null)
  proxy.resume()
  await eventually(() => client.heard() === 'ABC')
}, 10_000)

it('a held answer never reaches a client that went away, and the server learns that it went', async () => {
  const { client, echo, proxy } = await given()
  proxy.watch((_, direction) => (direction === 'to-client' ? 'hold' : 'pass'))
  client.socket.write('a')
  await eventually(() => echo.heard.length === 1)
  client.socket.destroy()
  await eventually(() => echo.gone() === 1)
  expect(client.heard()).toBe('')
})

it('cut breaks off and refuses; restored on the same port it takes connections again', async () => {
  const { client, proxy } = await given()
  await proxy.cut()
  await eventually(() => client.socket.closed)
  await expect(openClient(proxy)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.restore()
  const again = await openClient(proxy)
  again.socket.write('x')
  await eventually(() => again.heard() === 'X')
})

it('a server that is away is a connection that breaks off', async () => {
  const proxy = await openProxy('tcp://127.0.0.1:1')
  releases.push(proxy.release)
  const { socket } = await openClient(proxy)
  await eventually(() => socket.closed)
})

it('delays what the server says', async () => {
  const { client, proxy } = await given()
  proxy.delay(200)
  const startedAt = performance.now()
  client.socket.write('a')
  await eventually(() => client.heard() === 'A')
  expect(performance.now() - startedAt).toBeGreaterThan(190)
})

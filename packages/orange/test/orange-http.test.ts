import { eventually, freePort } from '@sms/devstack'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { createOrangeHttp, type HttpRequest, type OrangeHttp, type OrangeHttpOptions } from '../src/orange-http.ts'
import { httpAnswer, openRawServer, type RawServer } from './raw-server.ts'

const releases: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release()
})

const serve = async (behaviour: Parameters<typeof openRawServer>[0]): Promise<RawServer> => {
  const server = await openRawServer(behaviour)
  releases.push(server.release)
  return server
}
const clientOf = (apiUrl: string, options: Partial<OrangeHttpOptions> = {}): OrangeHttp => {
  const http = createOrangeHttp({ apiUrl, connectTimeoutMs: 1000, ...options })
  releases.push(http.close)
  return http
}
const post = (change: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  path: '/send',
  headers: { 'content-type': 'application/json' },
  body: '{"hello":"world"}',
  timeoutMs: 2000,
  ...change,
})
const ok = httpAnswer('200 OK', 'fine')

describe('before the first byte', () => {
  it('a refused connection proves that nothing was written', async () => {
    const http = clientOf(`http://127.0.0.1:${await freePort()}`)
    expect(await http.exchange(post())).toEqual({
      kind: 'failure',
      isWritten: false,
      code: 'CONNECT_FAILED',
      text: 'ECONNREFUSED',
    })
  })
  it('so does a name that nobody knows', async () => {
    const http = clientOf('http://orange.invalid')
    expect(await http.exchange(post())).toMatchObject({ kind: 'failure', isWritten: false, code: 'DNS_FAILED' })
  })
  it('so does a TLS handshake that nobody answers', async () => {
    const { port } = await serve(() => undefined)
    const http = clientOf(`https://127.0.0.1:${port}`, { connectTimeoutMs: 200 })
    expect(await http.exchange(post())).toMatchObject({ isWritten: false, code: 'CONNECT_TIMEOUT' })
  })
  it('so does a server that speaks no TLS', async () => {
    const plain = createServer((socket) => socket.on('error', () => undefined).end('no TLS here\r\n\r\n'))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void plain.close())
    const http = clientOf(`https://127.0.0.1:${(plain.address() as { port: number }).port}`)
    expect(await http.exchange(post())).toMatchObject({ isWritten: false, code: 'TLS_FAILED' })
  })
  it('so does a deadline that passes while connecting', async () => {
    const { port } = await serve(() => undefined)
    const http = clientOf(`https://127.0.0.1:${port}`, { connectTimeoutMs: 500 })
    expect(await http.exchange(post({ timeoutMs: 50 }))).toMatchObject({ isWritten: false, code: 'CONNECT_TIMEOUT' })
  })
  it('so does a deadline that passes while every connection is busy, and the request is never written later', async () => {
    const server = await serve(() => undefined)
    const http = clientOf(server.url, { connectionCount: 1 })
    const first = http.exchange(post({ timeoutMs: 400 }))
    const second = http.exchange(post({ path: '/second', timeoutMs: 100 }))
    expect(await second).toMatchObject({ isWritten: false, code: 'CONNECT_TIMEOUT' })
    server.behave(({ socket }) => socket.write(ok))
    expect(await first).toMatchObject({ isWritten: true, code: 'REPLY_TIMEOUT' })
    expect(await http.exchange(post({ path: '/third' }))).toMatchObject({ kind: 'answer', status: 200 })
    expect(server.requests.map(({ head }) => head.split(' ')[1])).toEqual(['/send', '/third'])
  })
  it('a caller who says no at the last moment keeps every byte back and the connection open', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    const http = clientOf(server.url)
    expect(await http.exchange(post({ mayWrite: () => false }))).toMatchObject({ isWritten: false, code: 'NOT_WRITTEN' })
    expect(server.receivedBytes()).toBe(0)
    expect(await http.exchange(post())).toMatchObject({ status: 200 })
    expect(server.connectionCount()).toBe(1)
  })
  it('asks after the wait for a connection, not before', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    const http = clientOf(server.url)
    let isAllowed = true
    const exchange = http.exchange(post({ mayWrite: () => isAllowed }))
    isAllowed = false
    expect(await exchange).toMatchObject({ isWritten: false, code: 'NOT_WRITTEN' })
    expect(server.receivedBytes()).toBe(0)
  })
  it('asks in the very turn in which undici shows the headers going to the socket', async () => {
    const order: string[] = []
    const onHeaders = () => order.push('headers')
    subscribe('undici:client:sendHeaders', onHeaders)
    onTestFinished(() => void unsubscribe('undici:client:sendHeaders', onHeaders))
    const server = await serve(({ socket }) => socket.write(ok))
    const mayWrite = () => {
      order.push('asked')
      queueMicrotask(() => order.push('turn over'))
      return true
    }
    await clientOf(server.url).exchange(post({ mayWrite }))
    expect(order).toEqual(['asked', 'headers', 'turn over'])
  })
  it('an abort proves that nothing was written', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    const http = clientOf(server.url)
    expect(await http.exchange(post({ signal: AbortSignal.abort() }))).toMatchObject({ isWritten: false, code: 'NOT_WRITTEN' })
    const controller = new AbortController()
    const exchange = http.exchange(post({ signal: controller.signal }))
    controller.abort()
    expect(await exchange).toMatchObject({ isWritten: false, code: 'NOT_WRITTEN' })
    expect(await http.exchange(post())).toMatchObject({ status: 200 })
    expect(server.requests).toHaveLength(1)
  })
})

describe('after the first byte', () => {
  it('a reset is a lost reply', async () => {
    const server = await serve(({ socket }) => socket.resetAndDestroy())
    expect(await clientOf(server.url).exchange(post())).toMatchObject({ isWritten: true, code: 'REPLY_LOST' })
  })
  it('so is a connection closed without a word', async () => {
    const server = await serve(({ socket }) => socket.end())
    expect(await clientOf(server.url).exchange(post())).toMatchObject({ isWritten: true, code: 'REPLY_LOST' })
  })
  it('so is an answer that is no HTTP', async () => {
    const server = await serve(({ socket }) => socket.end('what?\r\n\r\n'))
    expect(await clientOf(server.url).exchange(post())).toMatchObject({ isWritten: true, code: 'REPLY_LOST' })
  })
  it('silence is a reply that did not come in time', async () => {
    const server = await serve(() => undefined)
    expect(await clientOf(server.url).exchange(post({ timeoutMs: 100 }))).toMatchObject({
      isWritten: true,
      code: 'REPLY_TIMEOUT',
    })
  })
  it('so is half a status line', async () => {
    const server = await serve(({ socket }) => socket.write('HTTP/1.1 201 Cre'))
    expect(await clientOf(server.url).exchange(post({ timeoutMs: 100 }))).toMatchObject({
      isWritten: true,
      code: 'REPLY_TIMEOUT',
    })
  })
  it('an abort is a reply that nobody waited for', async () => {
    const controller = new AbortController()
    const server = await serve(() => controller.abort())
    expect(await clientOf(server.url).exchange(post({ signal: controller.signal }))).toMatchObject({
      isWritten: true,
      code: 'REPLY_ABANDONED',
    })
  })
  it('an answer whose body breaks off, or never ends, keeps its status', async () => {
    const half = 'HTTP/1.1 201 Created\r\nLocation: /requests/x\r\nContent-Length: 100\r\n\r\n{"outbound'
    const server = await serve(({ socket }) => socket.write(half, () => setImmediate(() => socket.resetAndDestroy())))
    const http = clientOf(server.url)
    const kept = { kind: 'answer', status: 201, isComplete: false, headers: { location: '/requests/x', 'content-length': '100' } }
    expect(await http.exchange(post())).toMatchObject(kept)
    server.behave(({ socket }) => socket.write(half))
    expect(await http.exchange(post({ timeoutMs: 100 }))).toMatchObject({ ...kept, body: '{"outbound' })
  })
  it('an answer that is far too large keeps its status', async () => {
    const server = await serve(({ socket }) => socket.write(httpAnswer('201 Created', 'x'.repeat(1_000_000))))
    expect(await clientOf(server.url).exchange(post())).toMatchObject({ kind: 'answer', status: 201, isComplete: false })
  })
  it('an interim answer is not the answer', async () => {
    const server = await serve(({ socket }) => socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${ok}`))
    expect(await clientOf(server.url).exchange(post())).toMatchObject({ kind: 'answer', status: 200, body: 'fine' })
  })
})

describe('connections', () => {
  it('writes a request once, whatever happens to its connection', async () => {
    const server = await serve(({ socket }) => socket.resetAndDestroy())
    const http = clientOf(server.url, { connectionCount: 2 })
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => http.exchange(post({ path: `/${index}` }))))
    expect(replies.every((reply) => reply.kind === 'failure' && reply.isWritten)).toBe(true)
    expect(new Set(server.requests.map(({ head }) => head.split(' ')[1])).size).toBe(20)
    expect(server.requests).toHaveLength(20)
  })
  it('a reset on a connection that had worked before is a lost reply, not a second try', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    const http = clientOf(server.url, { connectionCount: 1 })
    expect(await http.exchange(post())).toMatchObject({ status: 200 })
    server.behave(({ socket }) => socket.resetAndDestroy())
    expect(await http.exchange(post())).toMatchObject({ isWritten: true, code: 'REPLY_LOST' })
    expect(server.requests).toHaveLength(2)
    expect(server.connectionCount()).toBe(1)
  })
  it('an idle connection that the server has closed costs no request', async () => {
    const server = await serve(({ socket }) => socket.end(ok))
    const http = clientOf(server.url)
    for (let round = 0; round < 5; round += 1) {
      expect(await http.exchange(post())).toMatchObject({ status: 200 })
      await eventually(() => server.openCount() === 0)
    }
    expect(server.requests).toHaveLength(5)
  })
  it('what it calls unwritten never reached the server, while connections die at random', async () => {
    let count = 0
    const server = await serve(({ socket }) => {
      count += 1
      if (count % 3 === 0) socket.resetAndDestroy()
      else if (count % 3 === 1) socket.end(ok)
      else socket.write(ok)
    })
    const http = clientOf(server.url, { connectionCount: 8 })
    const paths = Array.from({ length: 300 }, (_, index) => `/${index}`)
    const replies = await Promise.all(
      paths.map(async (path) => ({ path, reply: await http.exchange(post({ path, timeoutMs: 5000 })) })),
    )
    const arrived = new Set(server.requests.map(({ head }) => head.split(' ')[1]))
    const unwritten = replies.filter(({ reply }) => reply.kind === 'failure' && !reply.isWritten)
    expect(unwritten.filter(({ path }) => arrived.has(path))).toEqual([])
    expect(server.requests).toHaveLength(arrived.size)
  })
  it('are opened ahead of time without a byte, and then used', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    const http = clientOf(server.url)
    await Promise.all(Array.from({ length: 10 }, () => http.warm(1000)))
    await eventually(() => server.openCount() === 1)
    expect(server.receivedBytes()).toBe(0)
    expect(await http.warm(1000)).toBeNull()
    expect(await http.exchange(post())).toMatchObject({ status: 200 })
    expect(server.connectionCount()).toBe(1)
  })
  it('are opened ahead of time while the others are busy, and again after they were closed', async () => {
    const server = await serve(() => undefined)
    const http = clientOf(server.url)
    const busy = http.exchange(post())
    await eventually(() => server.requests.length === 1)
    expect(await http.warm(1000)).toBeNull()
    expect(await http.warm(1000)).toBeNull()
    expect(server.openCount()).toBe(2)
    server.behave(({ socket }) => socket.end(httpAnswer('200 OK', 'fine', { connection: 'close' })))
    expect(await http.exchange(post())).toMatchObject({ status: 200 })
    await eventually(() => server.openCount() === 1)
    expect(await http.warm(1000)).toBeNull()
    expect(server.connectionCount()).toBe(3)
    expect(await busy).toMatchObject({ code: 'REPLY_TIMEOUT' })
    await eventually(() => server.openCount() === 1)
    expect(await http.warm(1000)).toBeNull()
    expect(server.connectionCount()).toBe(3)
  })
  it('that cannot be opened ahead of time say why', async () => {
    const http = clientOf(`http://127.0.0.1:${await freePort()}`)
    expect(await http.warm(1000)).toMatchObject({ isWritten: false, code: 'CONNECT_FAILED' })
  })
  it('keep the path of the API and the escapes of the request', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    await clientOf(`${server.url}/gateway/`).exchange(post({ path: '/outbound/tel%3A%2B2250000/requests' }))
    expect(server.requests[0]?.head).toMatch(/^POST \/gateway\/outbound\/tel%3A%2B2250000\/requests HTTP\/1\.1\r\n/)
  })
  it('end when it is closed, after what was on its way; then nothing is written any more', async () => {
    const server = await serve(({ socket }) => socket.write(ok))
    const http = clientOf(server.url)
    const onItsWay = http.exchange(post())
    await Promise.all([http.close(), http.close()])
    expect(await onItsWay).toMatchObject({ status: 200 })
    expect(await http.exchange(post())).toMatchObject({ kind: 'failure', isWritten: false })
    expect(server.requests).toHaveLength(1)
  })
  it('of two clients of one process do not take each other for written', async () => {
    const answering = await serve(({ socket }) => socket.write(ok))
    const busy = await serve(() => undefined)
    const [one, two] = [clientOf(answering.url), clientOf(busy.url, { connectionCount: 1 })]
    const hanging = two.exchange(post({ timeoutMs: 300 }))
    const queued = two.exchange(post({ timeoutMs: 200 }))
    for (let round = 0; round < 5; round += 1) expect(await one.exchange(post())).toMatchObject({ status: 200 })
    expect([await queued, await hanging]).toMatchObject([{ isWritten: false }, { isWritten: true }])
  })
})

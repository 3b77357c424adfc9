import { once } from 'node:events'
import { connect } from 'node:net'
import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, numbers, openApi, rowCounts, type Tenant } from './harness.ts'
import { creditOf, openTransactions, openUploads, type Uploads } from './uploads.ts'

let api: Api
let awa: Tenant
let url: string
let upload: Uploads['upload']
beforeAll(async () => {
  ;({ api, awa, url, upload } = await openUploads())
})
afterAll(() => api.release())

describe('an upload that does not end', () => {
  const BOUNDARY = 'x'.repeat(20)
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="message"\r\n\r\nBonjour\r\n--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone\n`

  /** A client whose upload has begun and whose first rows are written. */
  const begin = async (tenant: Tenant, at = url) => {
    const { port } = new URL(at)
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `POST /v1/batches HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tenant.key}\r\ncontent-type: multipart/form-data; boundary=${BOUNDARY}\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    const write = (text: string) => socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
    write(`${head}${numbers(10_000, 70_000).join('\n')}\n`)
    if (at === url) await eventually(async () => expect(await openTransactions(api)).toBeGreaterThan(0))
    return { socket, write }
  }

  it('leaves nothing when the client goes', async () => {
    const before = await rowCounts(api)
    const { socket } = await begin(awa)
    expect(await rowCounts(api)).toEqual(before)
    socket.destroy()
    await eventually(async () => expect(await openTransactions(api)).toBe(0))
    expect(await rowCounts(api)).toEqual(before)
  })

  it('leaves nothing when the body ends before the form does', async () => {
    const before = await rowCounts(api)
    const { socket } = await begin(awa)
    socket.write('0\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /)
    socket.destroy()
    await eventually(async () => expect(await openTransactions(api)).toBe(0))
    expect(await rowCounts(api)).toEqual(before)
  })

  it('holds one of the two places of its user, whatever the key, and gives it back', async () => {
    const made = await awa.ask('mutation ($u: ID!) { createApiKey(userId: $u, name: "second") { key } }', { u: awa.userId })
    const open = [await begin(awa), await begin({ ...awa, key: made.data['createApiKey'].key })]
    const third = await upload('phone\n0700000000\n')
    expect(third).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    expect(third.headers.get('retry-after')).toBe('5')
    for (const { socket } of open) socket.destroy()
    await eventually(async () => expect((await upload('phone\n0700000000\n')).status).toBe(201))
  })

  it('is told so after a while without a byte, and leaves nothing, its place included', async () => {
    const impatient = await openApi({}, { stallMs: 300 })
    try {
      const at = await impatient.app.listen({ host: '127.0.0.1', port: 0 })
      const tenant = await impatient.createTenant('slow')
      const before = await rowCounts(impatient)
      // Three, of two that may be at once: none of them keeps its place.
      for (let turn = 0; turn < 3; turn += 1) {
        const { socket } = await begin(tenant, at)
        const [answer] = (await once(socket, 'data')) as [Buffer]
        expect(answer.toString()).toMatch(/^HTTP\/1.1 408 [^]*UPLOAD_TIMEOUT/)
        socket.destroy()
      }
      expect(await rowCounts(impatient)).toEqual(before)
      expect(await impatient.db.batchRefusal.count()).toBe(0)
      expect(await creditOf(impatient, tenant)).toBe(10_000_000)
      expect(impatient.lines.join('')).not.toContain('Unexpected error')
    } finally {
      await impatient.release()
    }
  })

  it('is refused when a field follows the file', async () => {
    const before = await rowCounts(api)
    const { socket, write } = await begin(awa)
    write(`\r\n--${BOUNDARY}\r\ncontent-disposition: form-data; name="priority"\r\n\r\n1\r\n--${BOUNDARY}--\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 [^]*INVALID_INPUT/)
    socket.destroy()
    await eventually(async () => expect(await openTransactions(api)).toBe(0))
    expect(await rowCounts(api)).toEqual(before)
  })
})

it('writes no number and no text into a log', () => {
  const log = api.lines.join('')
  expect(log).not.toMatch(/07000|Bonjour/)
  expect(log).toContain('Batch accepted')
  expect(log).not.toContain('Unexpected error')
})

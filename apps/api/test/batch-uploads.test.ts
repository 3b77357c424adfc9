import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, numbers, openApi, rowCounts, type Tenant } from './harness.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
let url: string
beforeAll(async () => {
  api = await openApi()
  awa = await api.createTenant('awa')
  koffi = await api.createTenant('koffi')
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => api.release())

type Sent = {
  fields?: Record<string, string>
  headers?: Record<string, string>
  name?: string
  type?: string
  as?: Tenant
}

const upload = async (file: string | Uint8Array<ArrayBuffer>, { fields, headers, name, type, as }: Sent = {}) => {
  const form = new FormData()
  for (const [field, value] of Object.entries({ message: 'Bonjour', ...fields })) form.set(field, value)
  form.set('file', new Blob([file], { type: type ?? 'text/csv' }), name ?? 'list.csv')
  const answer = await fetch(`${url}/v1/batches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${(as ?? awa).key}`, ...headers },
    body: form,
  })
  const body = (await answer.json()) as Record<string, any>
  return { status: answer.status, body, code: body['errors']?.[0].extensions.code as string | undefined, headers: answer.headers }
}
const rowsOf = (batchId: string) =>
  api.db.smsQueue.findMany({
    where: { batchId: BigInt(batchId) },
    orderBy: { id: 'asc' },
    select: { phoneNumber: true, message: true },
  })
const openTransactions = async () =>
  (
    await api.db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`
  )[0]?.count
const creditOf = async (tenant: Tenant, of = api) =>
  (await of.db.user.findUniqueOrThrow({ where: { id: Number(tenant.userId) } })).smsCredit

describe('a file of recipients', () => {
  it('becomes one batch with a text for each line', async () => {
    const [one = '', two = '', three = ''] = numbers(3)
    const before = await creditOf(awa)
    const csv = `phoneNumber,prenom,ville\n${one},Awa,Abidjan\n${two.slice(4)},"Koffi, fils\nde Yao",Bouaké\n${three},,Man\n`
    const sent = await upload(csv, { fields: { message: 'Bonjour {prenom|cher client} de {ville}' } })
    expect(sent).toMatchObject({
      status: 201,
      body: { status: 'QUEUED', batchStatus: 'ACTIVE', isRepeated: false, summary: { total: 3, accepted: 3, refused: 0 } },
    })
    expect(await rowsOf(sent.body['batchId'])).toEqual([
      { phoneNumber: one, message: 'Bonjour Awa de Abidjan' },
      { phoneNumber: two, message: 'Bonjour Koffi, fils\nde Yao de Bouaké' },
      { phoneNumber: three, message: 'Bonjour cher client de Man' },
    ])
    expect(await creditOf(awa)).toBe(before - 3)
    const { data } = await awa.ask('query ($id: ID!) { batch(id: $id) { kind message counts { total pending } } }', {
      id: sent.body['batchId'],
    })
    expect(data['batch']).toEqual({
      kind: 'LIST',
      message: 'Bonjour {prenom|cher client} de {ville}',
      counts: { total: 3, pending: 3 },
    })
  })

  it.each([
    ['semicolons, a BOM and a French header', '\uFEFFN° de téléphone;Nom\r\n0700000100;Awa\r\n', 'text/csv', 'a.csv'],
    ['tabs', 'Phone\tNom\n+2250700000100\tAwa\n', 'text/plain', 'a.tsv'],
    ['NDJSON', '{"phoneNumber":"+2250700000100","variables":{"Nom":"Awa"}}\n', 'application/x-ndjson', 'a'],
    ['gzip', gzipSync('phone,Nom\n0700000100,Awa'), 'application/gzip', 'a.csv.gz'],
  ])('may be written with %s', async (_what, file, type, name) => {
    // "N°" is not among the names of the column; "téléphone" alone is.
    const given = typeof file === 'string' ? file.replace('N° de téléphone', 'Téléphone') : new Uint8Array(file)
    const sent = await upload(given, { type, name, fields: { message: 'Pour {Nom}' } })
    expect(sent.status).toBe(201)
    expect(await rowsOf(sent.body['batchId'])).toEqual([{ phoneNumber: '+2250700000100', message: 'Pour Awa' }])
  })

  it('has its refused lines in the answer, and all of them as a file', async () => {
    const [first = '', second = '', out = ''] = numbers(3, 1_000)
    await api.db.suppression.create({ data: { userId: Number(awa.userId), phoneNumber: out } })
    const filler = numbers(5_000, 2_000).map((number) => `${number},x`)
    const lines = [
      `${first},A`,
      `${out},B`,
      `${second},`,
      'abc,D',
      `${first.slice(4)},E`,
      `${first},F,G`,
      ',H',
      `${second},${'y'.repeat(960)}`,
    ]
    const csv = ['phone,nom', ...lines, ...filler, `${first},again`].join('\n')
    const sent = await upload(csv, { fields: { message: '{nom}' } })
    expect(sent).toMatchObject({
      status: 201,
      body: { status: 'PARTIAL', summary: { total: 5_009, accepted: 5_001, refused: 8 } },
    })
    const expected = [
      [3, 'OPTED_OUT'],
      [4, 'MISSING_VARIABLE'],
      [5, 'INVALID_NUMBER'],
      [6, 'DUPLICATE'],
      [7, 'INVALID_LINE'],
      [8, 'EMPTY_NUMBER'],
      [9, 'MESSAGE_TOO_LONG'],
      [5_010, 'DUPLICATE'],
    ]
    expect(sent.body['refused'].lines.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual(expected)
    expect(sent.body['refused'].byCode).toMatchObject({ DUPLICATE: 2, OPTED_OUT: 1 })
    const ask = (tenant: Tenant) =>
      api.app.inject({ url: sent.body['refused'].all, headers: { authorization: `Bearer ${tenant.key}` } })
    const file = await ask(awa)
    expect(
      file.body
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split(',').slice(0, 2)),
    ).toEqual(expected.map(([line, code]) => [String(line), code]))
    expect((await ask(koffi)).statusCode).toBe(404)
  })

  it('writes nothing when no line is left', async () => {
    const before = await rowCounts(api)
    const sent = await upload('phone\nabc\ndef\n', { headers: { 'idempotency-key': 'nobody' } })
    expect(sent).toMatchObject({ status: 422, body: { batchId: null, status: 'FAILED', summary: { accepted: 0, refused: 2 } } })
    expect(await rowCounts(api)).toEqual(before)
  })

  it('is sent later, at its hour, with its options', async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString()
    const fields = {
      scheduledAt,
      priority: '9',
      senderName: 'BOUTIQUE',
      kind: 'PROMOTIONAL',
      template: 'false',
      message: 'Prix {x}',
    }
    const sent = await upload('phone\n0700009000\n', { fields })
    expect(sent.body).toMatchObject({ batchStatus: 'SCHEDULED' })
    const batch = await api.db.smsBatch.findUniqueOrThrow({ where: { id: BigInt(sent.body['batchId']) } })
    expect(batch).toMatchObject({
      priority: 9,
      senderName: 'BOUTIQUE',
      isPromotional: true,
      isTemplate: false,
      message: 'Prix {x}',
    })
  })
})

describe('what is refused as a whole', () => {
  const cases: [string, string | Uint8Array<ArrayBuffer>, Sent, number, string][] = [
    ['a header without a number', 'nom\nAwa\n', {}, 400, 'INVALID_FILE'],
    ['a quote that is never closed', 'phone,nom\n0700000000,"Awa\n', {}, 400, 'INVALID_FILE'],
    ['another encoding', new Uint8Array(Buffer.from('phone,nom\n0700000000,Bouaké\n', 'latin1')), {}, 400, 'INVALID_FILE'],
    ['broken gzip', new Uint8Array([1, 2, 3]), { name: 'a.csv.gz' }, 400, 'INVALID_FILE'],
    ['a line without end', `phone\n${'0'.repeat(40_000)}`, {}, 413, 'FILE_TOO_LARGE'],
    ['an NDJSON line without end', '0'.repeat(40_000), { name: 'a.ndjson' }, 413, 'FILE_TOO_LARGE'],
    ['a picture', 'x', { name: 'a.png', type: 'image/png' }, 415, 'UNSUPPORTED_FORMAT'],
    ['an empty file', '', {}, 400, 'EMPTY_INPUT'],
    ['a header alone', 'phone\n', {}, 400, 'EMPTY_INPUT'],
    ['no text', 'phone\n0700000000\n', { fields: { message: ' ' } }, 400, 'EMPTY_MESSAGE'],
    ['an unknown variable', 'phone\n0700000000\n', { fields: { message: '{nom}' } }, 400, 'INVALID_TEMPLATE'],
    ['an unknown field', 'phone\n0700000000\n', { fields: { to: '0700000000' } }, 400, 'INVALID_INPUT'],
    ['a date without a zone', 'phone\n0700000000\n', { fields: { scheduledAt: '2030-01-01' } }, 400, 'INVALID_INPUT'],
    ['another user', 'phone\n0700000000\n', { fields: { userId: '1' } }, 403, 'FORBIDDEN'],
  ]
  it.each(cases)('%s', async (_what, file, sent, status, code) => {
    const before = await rowCounts(api)
    expect(await upload(file, sent)).toMatchObject({ status, code })
    expect(await rowCounts(api)).toEqual(before)
  })

  it('is told to whoever sends no form, and to nobody without a key', async () => {
    const post = (headers: Record<string, string>) =>
      api.app.inject({
        method: 'POST',
        url: '/v1/batches',
        headers: { 'content-type': 'text/csv', ...headers },
        payload: 'phone\n',
      })
    expect((await post({})).statusCode).toBe(401)
    expect((await post({ authorization: `Bearer ${awa.key}` })).statusCode).toBe(415)
  })

  it('is a list for which there are not enough credits', async () => {
    await api.db.user.update({ where: { id: Number(koffi.userId) }, data: { smsCredit: 2 } })
    const csv = `phone\n${numbers(3).join('\n')}`
    const [one, two] = await Promise.all([upload(csv, { as: koffi }), upload(`phone\n${numbers(2).join('\n')}`, { as: koffi })])
    expect(one).toMatchObject({ status: 400, code: 'INSUFFICIENT_CREDIT' })
    expect(two.status).toBe(201)
    expect(await creditOf(koffi)).toBe(0)
    expect(await api.db.smsQueue.count({ where: { userId: Number(koffi.userId) } })).toBe(2)
  })
})

describe('the plan of a file', () => {
  const planOf = async (file: string, fields: Record<string, string> = {}) =>
    (await upload(file, { fields: { plan: 'true', ...fields } })).body

  it('says whom it would reach, at what price and which lines are refused, and changes nothing', async () => {
    const before = [await rowCounts(api), await api.db.batchRefusal.count(), await creditOf(awa)]
    const [one = '', two = '', three = ''] = numbers(3, 300_000)
    await api.db.suppression.create({ data: { userId: Number(awa.userId), phoneNumber: three } })
    const plan = await planOf(`phone\n${one}\n${two}\n${one}\nnobody\n${three}\n`, { message: 'é'.repeat(161) })
    expect(plan).toMatchObject({
      planId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'PLANNED',
      summary: { total: 5, accepted: 2, refused: 3 },
      recipients: 2,
      unitsNeeded: 4,
      estimated: [],
      price: { smsCount: 2, parts: 4, currency: 'XOF' },
      creditLeft: before[2],
      etaSeconds: expect.any(Number),
      quietHours: null,
      refused: { total: 3, byCode: { DUPLICATE: 1, INVALID_NUMBER: 1, OPTED_OUT: 1 }, all: null },
    })
    expect(plan['refused'].lines.map(({ line }: { line: number }) => line)).toEqual([4, 5, 6])
    expect([await rowCounts(api), await api.db.batchRefusal.count(), await creditOf(awa)]).toEqual(before)
    expect(await openTransactions()).toBe(0)
  })

  it('is what is sent with its id, or nothing is and the answer says what changed', async () => {
    const [one = '', two = '', other = ''] = numbers(3, 310_000)
    const file = `phone,prenom\n${one},Awa\n${two},Koffi\n`
    const message = 'Bonjour {prenom}'
    const { planId, estimated } = await planOf(file, { message })
    expect(estimated).toEqual(['units'])
    const before = await rowCounts(api)
    const send = async (text: string, more: Record<string, string> = {}) => upload(text, { fields: { message, planId, ...more } })
    const changedBy = async (sent: ReturnType<typeof send>) => {
      const { code, body } = await sent
      return [code, body['errors'][0].extensions.changed]
    }
    expect(await changedBy(send(file.replace(two, other)))).toEqual(['PLAN_CHANGED', 'recipients'])
    expect(await changedBy(send(file.replace('Awa', 'Ama')))).toEqual(['PLAN_CHANGED', 'recipients'])
    expect(await changedBy(send(file, { message: 'Bonsoir {prenom}' }))).toEqual(['PLAN_CHANGED', 'message recipients'])
    expect(await changedBy(send(file, { priority: '9' }))).toEqual(['PLAN_CHANGED', 'options'])
    expect(await changedBy(send(file, { planId: 'none' }))).toEqual(['PLAN_CHANGED', 'plan'])
    const suppression = { userId: Number(awa.userId), phoneNumber: two }
    await api.db.suppression.create({ data: suppression })
    expect(await changedBy(send(file))).toEqual(['PLAN_CHANGED', 'optedOut'])
    await api.db.suppression.deleteMany({ where: suppression })
    expect(await rowCounts(api)).toEqual(before)

    const sent = await send(file, { idempotencyKey: 'planned' })
    expect(sent).toMatchObject({ status: 201, body: { summary: { accepted: 2 } } })
    // Whatever has changed since: a call that is repeated has its answer.
    await api.db.suppression.create({ data: suppression })
    expect(await send(file, { idempotencyKey: 'planned' })).toMatchObject({
      status: 200,
      body: { batchId: sent.body['batchId'] },
    })
    await api.db.suppression.deleteMany({ where: suppression })
  })

  it('counts who waits for the end of quiet hours', async () => {
    const scheduledAt = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T23:30:00Z`
    const plan = await planOf(`phone\n${numbers(1, 320_000)[0]}\n`, { kind: 'PROMOTIONAL', scheduledAt })
    expect(plan['quietHours']).toMatchObject({ recipients: 1, delayedUntil: expect.stringMatching(/T0\d:00:00/) })
  })
})

describe('an idempotency key', () => {
  it('gives the same batch for the same recipients and texts, and refuses others', async () => {
    const headers = { 'idempotency-key': 'campaign-1' }
    const csv = `phone,nom\n0700050000,A\nabc,B\n0700050001,C\n`
    const fields = { message: '{nom}' }
    const first = await upload(csv, { headers, fields })
    const again = await upload(csv.replace('0700050000', '+225 07 00 05 00 00'), { headers, fields })
    expect(again).toMatchObject({ status: 200, body: { ...first.body, isRepeated: true } })
    expect(await upload(csv.replace('C', 'D'), { headers, fields })).toMatchObject({ status: 409, code: 'IDEMPOTENCY_CONFLICT' })
  })

  it('makes one batch of two uploads at once', async () => {
    const before = await rowCounts(api)
    const csv = `phone\n${numbers(3_000, 60_000).join('\n')}`
    const send = () => upload(csv, { headers: { 'idempotency-key': 'twice' } })
    const sent = await Promise.all([send(), send()])
    expect(new Set(sent.map(({ body }) => body['batchId'])).size).toBe(1)
    expect(sent.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 201])
    expect((await rowCounts(api)).sms).toBe(before.sms + 3_000)
  })
})

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
    if (at === url) await eventually(async () => expect(await openTransactions()).toBeGreaterThan(0))
    return { socket, write }
  }

  it('leaves nothing when the client goes', async () => {
    const before = await rowCounts(api)
    const { socket } = await begin(awa)
    expect(await rowCounts(api)).toEqual(before)
    socket.destroy()
    await eventually(async () => expect(await openTransactions()).toBe(0))
    expect(await rowCounts(api)).toEqual(before)
  })

  it('leaves nothing when the body ends before the form does', async () => {
    const before = await rowCounts(api)
    const { socket } = await begin(awa)
    socket.write('0\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /)
    socket.destroy()
    await eventually(async () => expect(await openTransactions()).toBe(0))
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
      expect(await creditOf(tenant, impatient)).toBe(10_000_000)
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
    await eventually(async () => expect(await openTransactions()).toBe(0))
    expect(await rowCounts(api)).toEqual(before)
  })
})

it('writes no number and no text into a log', () => {
  const log = api.lines.join('')
  expect(log).not.toMatch(/07000|Bonjour|Abidjan/)
  expect(log).toContain('Batch accepted')
  expect(log).not.toContain('Unexpected error')
})

import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, numbers, rowCounts, type Tenant } from './harness.ts'
import { creditOf, openUploads, type SentFile, type Uploads } from './uploads.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
let upload: Uploads['upload']
beforeAll(async () => {
  ;({ api, awa, koffi, upload } = await openUploads())
})
afterAll(() => api.release())

const rowsOf = (batchId: string) =>
  api.db.smsQueue.findMany({
    where: { batchId: BigInt(batchId) },
    orderBy: { id: 'asc' },
    select: { phoneNumber: true, message: true },
  })

describe('a file of recipients', () => {
  it('becomes one batch with a text for each line', async () => {
    const [one = '', two = '', three = ''] = numbers(3)
    const before = await creditOf(api, awa)
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
    expect(await creditOf(api, awa)).toBe(before - 3)
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
  const cases: [string, string | Uint8Array<ArrayBuffer>, SentFile, number, string][] = [
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
    expect(await creditOf(api, koffi)).toBe(0)
    expect(await api.db.smsQueue.count({ where: { userId: Number(koffi.userId) } })).toBe(2)
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

it('writes no number and no text into a log', () => {
  const log = api.lines.join('')
  expect(log).not.toMatch(/07000|Bonjour|Abidjan/)
  expect(log).toContain('Batch accepted')
  expect(log).not.toContain('Unexpected error')
})

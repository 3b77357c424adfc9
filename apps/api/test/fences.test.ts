import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'graphql'
import { type Api, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
beforeAll(async () => {
  api = await openApi({ NODE_ENV: 'production' })
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())

const codeOf = async (query: string, variables: Record<string, unknown> = {}, by = tenant) => {
  const { status, errors } = await by.ask(query, variables)
  return [status, errors[0]?.extensions.code]
}
const post = (payload: unknown, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: 'POST',
    url: '/graphql',
    payload: JSON.stringify(payload),
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', ...headers },
  })

describe('a document is refused', () => {
  it('that is too deep', async () => {
    const story = 'timeline { at }'
    expect(await codeOf(`{ smsQueue { edges { node { ${story} } } } }`)).toEqual([200, undefined])
    const deep = '{ a { '.repeat(12) + 'b' + ' } }'.repeat(12)
    expect((await codeOf(deep))[0]).toBe(400)
    const valid =
      '{ smsQueue { edges { node { ... on Sms { ... on Sms { ... on Sms { ... on Sms { ... on Sms { ... on Sms { ... on Sms { ... on Sms { id } } } } } } } } } } } }'
    expect(await codeOf(valid)).toEqual([400, 'QUERY_TOO_COSTLY'])
  })

  it('that is no text of GraphQL, also where Mercurius would take it for a parsed document and run it', async () => {
    const parsed = JSON.stringify(parse('{ me { id } }'))
    for (const query of [parsed, 'null', '1', '{}', '{ me { id }', '']) {
      expect([query, ...(await codeOf(query))]).toEqual([query, 400, 'GRAPHQL_PARSE_FAILED'])
    }
    for (const query of [null, 1, {}, parse('{ me { id } }'), [parsed]]) {
      const answer = await post({ query })
      expect([query, answer.statusCode]).toEqual([query, 400])
      // Fastify makes a text of what can be one.
      expect(['INVALID_INPUT', 'GRAPHQL_PARSE_FAILED']).toContain(answer.json().errors[0].extensions.code)
    }
    expect((await post({})).statusCode).toBe(400)
    const dear = parse(`{ ${Array.from({ length: 60 }, (_, i) => `a${i}: smsHistory(limit: 1000) { id }`).join(' ')} }`)
    const sent = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      payload: JSON.stringify(dear),
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/graphql' },
    })
    expect([sent.statusCode, sent.json().errors[0].extensions.code]).toEqual([400, 'GRAPHQL_PARSE_FAILED'])
    expect(await codeOf(parsed, {}, { ...tenant, ask: api.anonymous })).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('that names an operation which it does not have', async () => {
    const answer = await post({ query: 'query A { me { id } }', operationName: '+2250707070707' })
    expect(answer.json().errors[0]).toMatchObject({
      message: 'The document has no operation of that name',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    })
    expect(answer.body).not.toContain('0707070707')
  })

  it('that asks for too many rows, written or as a variable', async () => {
    const page = (first: string) =>
      `edges { node { id timeline { at kind attempt code text httpStatus } } } }`.replace(/^/, `smsQueue(first: ${first}) { `)
    expect(await codeOf(`{ ${page('200')} }`)).toEqual([200, undefined])
    expect(await codeOf(`{ a: ${page('200')} b: ${page('200')} }`)).toEqual([400, 'QUERY_TOO_COSTLY'])
    expect(await codeOf(`query($n: Int) { ${page('$n')} }`, { n: 1_000 })).toEqual([400, 'QUERY_TOO_COSTLY'])
  })

  it('that has too many aliases', async () => {
    const aliases = (count: number) =>
      `{ ${Array.from({ length: count }, (_, i) => `a${i}: previewMessage(message: "a") { parts }`).join(' ')} }`
    expect(await codeOf(aliases(30))).toEqual([200, undefined])
    expect(await codeOf(aliases(31))).toEqual([400, 'QUERY_TOO_COSTLY'])
  })

  it('whose fragments double each other, at once', async () => {
    const fragments = Array.from({ length: 60 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')
    const startedAt = performance.now()
    expect(await codeOf(`{ ...F0 } ${fragments} fragment F60 on Query { segmentsForSMS { id } }`)).toEqual([
      400,
      'QUERY_TOO_COSTLY',
    ])
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })

  it('that asks for the schema in production, where there is no GraphiQL either', async () => {
    expect(await codeOf('{ __schema { types { name } } }')).toEqual([400, 'GRAPHQL_VALIDATION_FAILED'])
    const graphiql = await api.app.inject({ url: '/graphiql', headers: { authorization: `Bearer ${tenant.key}` } })
    expect(graphiql.statusCode).toBe(404)
  })

  it('that is one of many in a request', async () => {
    const answer = await post([{ query: '{ me { id } }' }, { query: '{ me { id } }' }])
    expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([400, 'INVALID_INPUT'])
  })

  it('that is longer than 256 KiB', async () => {
    expect(await codeOf(`{ me { id } } # ${'x'.repeat(256 * 1024)}`)).toEqual([400, 'INVALID_INPUT'])
  })
})

describe('what a key may ask in a second', () => {
  it('is weighed: dear calls are fewer than simple ones, and say when to come back', async () => {
    const hungry = await api.createTenant('hungry')
    // 3,203: as much as 17 simple calls.
    const dear =
      '{ smsQueue(first: 200) { edges { node { id } } } b: smsQueue(first: 200) { edges { node { id timeline { at } } } } }'
    const answers = await Promise.all(Array.from({ length: 12 }, () => hungry.ask(dear)))
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(0)
    expect(limited[0]?.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    expect(limited[0]?.headers['retry-after']).toBeDefined()
    const simple = await Promise.all(Array.from({ length: 12 }, () => tenant.ask('{ me { id } }')))
    expect(simple.every(({ status }) => status === 200)).toBe(true)
  })
})

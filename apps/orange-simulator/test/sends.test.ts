import { eventually } from '@sms/devstack'
import { describe, expect, it } from 'vitest'
import { askToken, control, open, send, tokenOf, type Sms } from './harness.ts'

describe('tokens', () => {
  it('are given in a padded body, as long as Orange’s', async () => {
    const { url } = await open()
    const body = await (await askToken(url)).text()
    expect(body.startsWith('\n{')).toBe(true)
    expect(body.endsWith('        ')).toBe(true)
    expect(JSON.parse(body)).toMatchObject({ token_type: 'Bearer', expires_in: 3600 })
    expect(JSON.parse(body).access_token.length).toBeGreaterThan(400)
  })
  it('are refused to a wrong client in OAuth’s envelope', async () => {
    const { url } = await open()
    const response = await askToken(url, `Basic ${Buffer.from('demo-client:wrong').toString('base64')}`)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Authorization Required"'])
    expect(await response.json()).toMatchObject({
      error: 'invalid_client',
      error_description: expect.stringContaining('invalid.'),
    })
    expect(await (await askToken(url, 'Basic ?')).json()).toMatchObject({
      error_description: 'Unable to decode Basic authorization.',
    })
  })
  it('missing is code 40, unknown is 41, expired is 42', async () => {
    const { url } = await open({ settings: { tokenLifetimeS: 0.05 } })
    expect(await (await send(url, 'x', { headers: { authorization: '' } })).json()).toMatchObject({ code: 40 })
    expect(await (await send(url, 'x')).json()).toMatchObject({ code: 41, message: 'Invalid credentials' })
    const token = await tokenOf(url)
    await eventually(async () => {
      const response = await send(url, token)
      expect([response.status, await response.json()]).toMatchObject([401, { code: 42, message: 'Expired credentials' }])
    })
  })
  it('can be revoked while it runs', async () => {
    const { url } = await open()
    const token = await tokenOf(url)
    await control(url, 'tokens/revoke', { as: 'expired' })
    expect(await (await send(url, token)).json()).toMatchObject({ code: 42 })
    await control(url, 'tokens/revoke', {})
    expect(await (await send(url, token)).json()).toMatchObject({ code: 41 })
  })
  it('of before are refused when a new one is asked for, if so configured', async () => {
    const { url } = await open({ settings: { newTokenRevokesOld: true } })
    const old = await tokenOf(url)
    const fresh = await tokenOf(url)
    expect([(await send(url, old)).status, (await send(url, fresh)).status]).toEqual([401, 201])
  })
})

describe('a send', () => {
  it('is answered with the resource on another host, the address as a list, and Location', async () => {
    const { url, ledger } = await open()
    const response = await send(url, await tokenOf(url), { senderName: 'Mon Nom' })
    const body = (await response.json()) as { outboundSMSMessageRequest: { resourceURL: string } }
    expect(response.status).toBe(201)
    expect(body.outboundSMSMessageRequest).toMatchObject({
      address: ['tel:+2250707070707'],
      senderAddress: 'tel:+2250000',
      senderName: 'Mon Nom',
      outboundSMSTextMessage: { message: 'Bonjour' },
      resourceURL: expect.stringMatching(
        /^https:\/\/backend\.dck\.cloud\.orange\/smsmessaging\/v1\/outbound\/tel:\+2250000\/requests\/[0-9a-f-]{36}$/,
      ),
    })
    const messageId = body.outboundSMSMessageRequest.resourceURL.split('/').at(-1)
    expect(response.headers.get('location')?.split('/').at(-1)).toBe(messageId)
    expect(ledger.read({ acceptedOnly: true }).entries).toMatchObject([
      { address: 'tel:+2250707070707', message: 'Bonjour', messageId, tokenId: 'token-1', status: 201 },
    ])
  })
  it('takes a list of one, and both spellings of the path', async () => {
    const { url, ledger } = await open()
    const token = await tokenOf(url)
    expect((await send(url, token, { address: ['tel:+2250707070707'] })).status).toBe(201)
    expect(ledger.summary().unescapedSenders).toBe(0)
    expect((await send(url, token, { path: 'tel:+2250000' })).status).toBe(201)
    expect(ledger.summary().unescapedSenders).toBe(1)
  })
  const svc = (messageId: string, variable: string) => ({
    requestError: { serviceException: { messageId, variables: [variable] } },
  })
  it.each<[string, Sms, number, object]>([
    ['another sender in the path', { path: 'tel%3A%2B2250001' }, 400, svc('SVC0004', 'senderAddress')],
    ['another sender in the body', { senderAddress: 'tel:+2250001' }, 400, svc('SVC0004', 'senderAddress')],
    ['a fixed line', { address: 'tel:+2252721000000' }, 400, svc('SVC0004', 'address')],
    ['a number of the old plan', { address: 'tel:+22507070707' }, 400, svc('SVC0004', 'address')],
    ['a number without tel:', { address: '+2250707070707' }, 400, svc('SVC0004', 'address')],
    [
      'two addresses',
      { address: ['tel:+2250707070707', 'tel:+2250707070708'] },
      403,
      { requestError: { policyException: { messageId: 'POL0003' } } },
    ],
    ['no text', { message: '' }, 400, svc('SVC0002', 'message')],
    ['seven parts', { message: 'a'.repeat(919) }, 400, svc('SVC0280', '918')],
    ['seven parts of UCS-2', { message: 'ê'.repeat(403) }, 400, { requestError: { serviceException: { messageId: 'SVC0280' } } }],
    ['a long sender name', { senderName: 'TwelveLetter' }, 400, svc('SVC0002', 'senderName')],
    ['a sender name with signs', { senderName: 'Mon+Nom!' }, 400, svc('SVC0002', 'senderName')],
    ['no Accept', { headers: { accept: 'text/html' } }, 406, { code: 62 }],
    ['no JSON', { headers: { 'content-type': 'text/plain' } }, 415, { code: 68 }],
  ])('with %s is refused', async (_name, sms, status, body) => {
    const { url, ledger } = await open()
    const response = await send(url, await tokenOf(url), sms)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(body)
    expect(ledger.summary()).toMatchObject({ accepted: 0, statuses: { [status]: 1 } })
  })
  it('with a sender name that nobody registered is refused', async () => {
    const { url } = await open({ settings: { senderNames: ['MYBRAND'] } })
    const token = await tokenOf(url)
    expect((await send(url, token, { senderName: 'MYBRAND' })).status).toBe(201)
    expect((await send(url, token, { senderName: 'OTHER' })).status).toBe(400)
  })
  it('costs a unit a part, until none is left', async () => {
    const { url } = await open({ settings: { units: 3 } })
    const token = await tokenOf(url)
    const contracts = async () => {
      const response = await fetch(`${url}/sms/admin/v1/contracts`, { headers: { authorization: `Bearer ${token}` } })
      return (await response.json()) as { availableUnits: number }[]
    }
    expect((await send(url, token, { message: 'ê'.repeat(71) })).status).toBe(201)
    expect(await contracts()).toMatchObject([{ availableUnits: 1 }])
    expect((await send(url, token, { message: 'ê'.repeat(71) })).status).toBe(403)
    expect((await send(url, token)).status).toBe(201)
    await control(url, 'config', { contractExpired: true, contractsShape: 'legacy' })
    expect(JSON.stringify(await (await send(url, token)).json())).toContain('Expired contract')
    expect(await contracts()).toMatchObject({ partnerContracts: { contracts: [{ serviceContracts: [{ availableUnits: 0 }] }] } })
  })
})

describe('the rate limit', () => {
  it('lets so many through in a sliding second, whatever second of the clock it is', async () => {
    const { url } = await open({ settings: { tps: 5 } })
    const token = await tokenOf(url)
    const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await send(url, token)).status))
    expect([statuses.filter((status) => status === 201).length, statuses.filter((status) => status === 429).length]).toEqual([
      5, 7,
    ])
    expect((await control(url, 'summary')).body).toMatchObject({
      accepted: 5,
      duplicates: 4,
      distinct: 1,
      rateLimited: 7,
      peakAcceptedPerSecond: 5,
      peakRequestsPerSecond: 12,
    })
    await eventually(async () => (await send(url, token)).status === 201)
    const { entries } = (await control(url, 'ledger?acceptedOnly=true')).body as { entries: { atMs: number }[] }
    expect((entries[5]?.atMs ?? 0) - (entries[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1000)
  })
  it('can be told as 403 code 53 and with Retry-After, and changed while it runs', async () => {
    const { url } = await open({ settings: { tps: 1, rateLimitAnswer: '403-53', rateLimitRetryAfterS: 2 } })
    const token = await tokenOf(url)
    await send(url, token)
    const response = await send(url, token)
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([403, '2', { code: 53 }])
    await control(url, 'config', { tps: 2 })
    expect([(await send(url, token)).status, (await send(url, token)).status]).toEqual([201, 403])
    expect((await control(url, 'config', { tps: 'many' })).status).toBe(400)
    expect((await control(url, 'config')).body).toMatchObject({ tps: 2, rateLimitAnswer: '403-53' })
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let other: Tenant

beforeAll(async () => {
  api = await openApi({ SMS_STOP_WORDS: 'STOP, Assez' })
  tenant = await api.createTenant('awa')
  other = await api.createTenant('issa')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

const reply = (text: string, more: object = {}, from = tenant) =>
  from.ask('mutation($p: String!, $t: String!, $u: ID) { recordReply(phoneNumber: $p, text: $t, userId: $u) { optedOut } }', {
    p: '0707070701',
    t: text,
    ...more,
  })
const send = async (from = tenant) =>
  (await from.ask('mutation { sendSms(phoneNumber: "0707070701", message: "Bonjour") { status errorCode } }')).data['sendSms']

describe('a reply of a recipient', () => {
  it('with a configured word puts the number on the list of its sender, and of nobody else', async () => {
    expect((await reply(' assez! ')).data['recordReply']).toEqual({ optedOut: true })
    expect((await reply('STOP')).data['recordReply']).toEqual({ optedOut: true })
    expect(await send()).toEqual({ status: 'ERROR', errorCode: 'OPTED_OUT' })
    expect(await send(other)).toMatchObject({ status: 'PENDING' })
    expect(api.lines.join('')).toContain('Recipient opted out')
    expect(api.lines.join('')).not.toContain('0707070701')
  })

  it('with anything else changes nothing', async () => {
    expect((await reply('Arrêt')).data['recordReply']).toEqual({ optedOut: false })
    expect(await send()).toMatchObject({ status: 'PENDING' })
  })

  it('is recorded for oneself, by an administrator for anybody, and for a number only', async () => {
    expect((await reply('STOP', { u: other.userId })).errors[0]?.extensions.code).toBe('FORBIDDEN')
    expect((await reply('STOP', { u: other.userId }, api.admin)).data['recordReply']).toEqual({ optedOut: true })
    expect(await send(other)).toMatchObject({ errorCode: 'OPTED_OUT' })
    expect((await reply('STOP', { p: 'abc' })).errors[0]?.extensions.code).toBe('INVALID_NUMBER')
  })
})

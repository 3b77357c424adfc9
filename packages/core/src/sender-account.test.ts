import { describe, expect, it } from 'vitest'
import { accountStateOf, checkAccountSettings, checkCredentials, type SenderAccountRecord } from './sender-account.ts'

const RULES = { allowsPlainHttp: false }
const refused = (field: string) => expect.objectContaining({ code: 'INVALID_ACCOUNT', details: { field } })

describe('the settings of a sender account', () => {
  it('are stored in one form, with the calling codes of the countries', () => {
    expect(
      checkAccountSettings(
        {
          name: 'Mali',
          countries: ['sn', 'ML', 'ml'],
          apiUrl: 'https://api.orange.com/',
          senderAddress: 'tel:+2230000',
          senderNames: ['CLINIQUE', 'CLINIQUE'],
          ratePerSecond: 0.5,
        },
        RULES,
      ),
    ).toEqual({
      name: 'Mali',
      countries: ['ML', 'SN'],
      callingCodes: ['221', '223'],
      apiUrl: 'https://api.orange.com',
      senderAddress: 'tel:+2230000',
      senderNames: ['CLINIQUE'],
      ratePerSecond: 0.5,
    })
  })

  it('stay as they are where nothing is said of them', () => {
    expect(checkAccountSettings({}, RULES)).toEqual({})
    expect(checkAccountSettings({ apiUrl: null }, RULES)).toEqual({ apiUrl: null })
  })

  it('take countries of one calling code as one', () => {
    expect(checkAccountSettings({ countries: ['US', 'CA'] }, RULES)).toEqual({ countries: ['CA', 'US'], callingCodes: ['1'] })
  })

  it.each([
    ['name', { name: '' }],
    ['name', { name: ' Mali' }],
    ['name', { name: 'Ma\u0000li' }],
    ['countries', { countries: ['XX'] }],
    ['countries', { countries: ['Mali'] }],
    ['apiUrl', { apiUrl: 'api.orange.com' }],
    ['apiUrl', { apiUrl: 'http://api.orange.com' }],
    ['apiUrl', { apiUrl: 'http://127.0.0.1.example.com' }],
    ['apiUrl', { apiUrl: 'file:///etc/passwd' }],
    ['apiUrl', { apiUrl: 'https://user:password@api.orange.com' }],
    ['apiUrl', { apiUrl: 'https://api.orange.com/?a=b' }],
    ['senderAddress', { senderAddress: '+2230000' }],
    ['senderAddress', { senderAddress: 'tel:+22a' }],
    ['senderNames', { senderNames: ['trop long pour Orange'] }],
    ['senderNames', { senderNames: ['Été'] }],
    ['ratePerSecond', { ratePerSecond: 0 }],
    ['ratePerSecond', { ratePerSecond: -1 }],
    ['ratePerSecond', { ratePerSecond: Number.NaN }],
    ['ratePerSecond', { ratePerSecond: Number.POSITIVE_INFINITY }],
  ])('are refused with the name of the field: %s %o', (field, input) => {
    expect(() => checkAccountSettings(input, RULES)).toThrow(refused(field))
  })

  it.each(['http://127.0.0.1:3900', 'http://localhost', 'http://[::1]:8080/orange'])(
    'let the secret go over plain HTTP to this very machine: %s',
    (apiUrl) => {
      expect(checkAccountSettings({ apiUrl }, RULES)).toEqual({ apiUrl })
    },
  )

  it('let it go over plain HTTP anywhere in development', () => {
    const apiUrl = 'http://simulator:3900'
    expect(checkAccountSettings({ apiUrl }, { allowsPlainHttp: true })).toEqual({ apiUrl })
  })
})

describe('the credentials', () => {
  it('are given both or not at all', () => {
    expect(checkCredentials({})).toBeNull()
    expect(checkCredentials({ clientId: 'id', clientSecret: 'secret' })).toEqual({ clientId: 'id', clientSecret: 'secret' })
    expect(() => checkCredentials({ clientId: 'id' })).toThrow(refused('clientSecret'))
    expect(() => checkCredentials({ clientSecret: 'secret' })).toThrow(refused('clientId'))
  })

  it.each([
    ['clientId', 'a:b', 'secret'],
    ['clientId', '', 'secret'],
    ['clientSecret', 'id', ' secret'],
    ['clientSecret', 'id', 'sécret'],
    ['clientSecret', 'id', 'Basic aWQ6c2VjcmV0'],
  ])('are refused without being quoted: %s', (field, clientId, clientSecret) => {
    expect(() => checkCredentials({ clientId, clientSecret })).toThrow(refused(field))
    expect(() => checkCredentials({ clientId, clientSecret })).toThrow(new RegExp(`^${field} [a-z0-9 "…B]+$`))
  })
})

describe('the state of an account', () => {
  const NOW = Date.UTC(2026, 10, 22)
  const account = (more: Partial<SenderAccountRecord> = {}): SenderAccountRecord => ({
    isPausedWithAll: false,
    id: 2,
    name: 'Mali',
    pausedReason: null,
    pausedByOperator: false,
    pausedAt: null,
    probeAt: null,
    ratePerSecond: 5,
    isDisabled: false,
    disabledAt: null,
    unreadableAt: null,
    countries: [],
    apiUrl: null,
    senderAddress: null,
    senderNames: [],
    unitsLeft: null,
    unitsExpireAt: null,
    unitsCheckedAt: null,
    ...more,
  })

  it('is what stands in its way, the strongest first', () => {
    const blocked = { pausedReason: 'POL0001' }
    const unreadable = { ...blocked, unreadableAt: new Date(NOW - 15_000) }
    const paused = { ...unreadable, pausedByOperator: true }
    const states = [{}, blocked, unreadable, paused, { ...paused, disabledAt: new Date(NOW) }].map((more) =>
      accountStateOf(account(more), NOW),
    )
    expect(states).toEqual(['ACTIVE', 'BLOCKED', 'UNREADABLE', 'PAUSED', 'DISABLED'])
  })

  it('is no longer unreadable when no worker has said so for half a minute', () => {
    expect(accountStateOf(account({ unreadableAt: new Date(NOW - 30_000) }), NOW)).toBe('ACTIVE')
  })
})

import { describe, expect, it } from 'vitest'
import { contractCountryOf } from './contract-country.ts'
import { parseContracts } from './contracts.ts'

const NOW_MS = Date.parse('2023-01-01T00:00:00Z')
const current = {
  id: 'x',
  country: 'CIV',
  offerName: 'SMS_OCB',
  availableUnits: 120,
  status: 'ACTIVE',
  expirationDate: '2023-01-07T15:04:20.653Z',
}

describe('the contracts of an account', () => {
  it('add up the units of those that are active and have not ended', () => {
    const ended = { ...current, availableUnits: 5, expirationDate: '2022-12-07T15:04:20.653Z' }
    const closed = { ...current, availableUnits: 7, status: 'EXPIRED' }
    const open = { ...current, availableUnits: 30, expirationDate: undefined }
    const reading = parseContracts(JSON.stringify([current, ended, closed, open]), { nowMs: NOW_MS })
    expect(reading).toMatchObject({
      kind: 'contracts',
      availableUnits: 150,
      expiresAt: new Date(current.expirationDate),
      trouble: null,
    })
    expect(reading.kind === 'contracts' && reading.contracts.map(({ expiresAt }) => expiresAt?.toISOString() ?? null)).toEqual([
      '2023-01-07T15:04:20.653Z',
      '2022-12-07T15:04:20.653Z',
      '2023-01-07T15:04:20.653Z',
      null,
    ])
  })
  it('are read in the shape of 2022, whose dates are UTC without saying so', () => {
    const contract = { country: 'CMR', service: 'SMS_OCB', contractId: 'c', availableUnits: 99, expires: '2023-03-02T20:00:00' }
    const body = { partnerContracts: { partnerId: 'p', contracts: [{ service: 'SMS_OCB', serviceContracts: [contract] }] } }
    expect(parseContracts(JSON.stringify(body), { nowMs: NOW_MS })).toEqual({
      kind: 'contracts',
      availableUnits: 99,
      expiresAt: new Date('2023-03-02T20:00:00Z'),
      trouble: null,
      contracts: [
        { country: 'CMR', offerName: 'SMS_OCB', availableUnits: 99, isActive: true, expiresAt: new Date('2023-03-02T20:00:00Z') },
      ],
    })
  })
  it.each(['', '<html>', '{}', '[{"country":"CIV"}]'])('that cannot be read (%j) are not guessed', (body) => {
    expect(parseContracts(body, { nowMs: NOW_MS })).toMatchObject({ kind: 'failed', code: 'UNREADABLE' })
  })
  it.each([
    ['whose units are used up', { availableUnits: 0 }, { trouble: 'NO_UNITS', expiresAt: new Date(current.expirationDate) }],
    ['that Orange has ended', { status: 'EXPIRED' }, { trouble: 'CONTRACT_EXPIRED' }],
    [
      'whose time is over',
      { expirationDate: '2022-12-31T23:59:59Z' },
      { trouble: 'CONTRACT_EXPIRED', availableUnits: 0, expiresAt: new Date('2022-12-31T23:59:59Z') },
    ],
  ])('%s are no good', (_name, change, expected) => {
    expect(parseContracts(JSON.stringify([{ ...current, ...change }]), { nowMs: NOW_MS })).toMatchObject(expected)
  })
  it('of another country do not count, unless the country is written in some other way', () => {
    const body = JSON.stringify([current, { ...current, country: 'SEN', availableUnits: 7 }])
    const unitsFor = (country: string) => {
      const reading = parseContracts(body, { nowMs: NOW_MS, country })
      return reading.kind === 'contracts' ? reading.availableUnits : null
    }
    expect([unitsFor('SEN'), unitsFor('CIV'), unitsFor('MLI')]).toEqual([7, 120, 127])
  })
  it('of which there is none say nothing about units', () => {
    expect(parseContracts('[]', { nowMs: NOW_MS })).toMatchObject({ kind: 'failed', code: 'NO_CONTRACT' })
  })
})

it.each([
  ['tel:+2250000', 'CIV'],
  ['tel:+2250700000000', 'CIV'],
  ['tel:+2000000', 'EGY'],
  ['tel:+2210000', 'SEN'],
  ['tel:+330000', null],
])('the sender address %s sends under the contracts of %s', (senderAddress, country) => {
  expect(contractCountryOf(senderAddress)).toBe(country)
})

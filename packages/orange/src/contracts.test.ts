import { describe, expect, it } from 'vitest'
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
    const reading = parseContracts(JSON.stringify([current, ended, closed, open]), NOW_MS)
    expect(reading).toMatchObject({ kind: 'contracts', availableUnits: 150 })
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
    expect(parseContracts(JSON.stringify(body), NOW_MS)).toEqual({
      kind: 'contracts',
      availableUnits: 99,
      contracts: [
        { country: 'CMR', offerName: 'SMS_OCB', availableUnits: 99, isActive: true, expiresAt: new Date('2023-03-02T20:00:00Z') },
      ],
    })
  })
  it.each(['', '<html>', '{}', '[{"country":"CIV"}]'])('that cannot be read (%j) are not guessed', (body) => {
    expect(parseContracts(body, NOW_MS)).toMatchObject({ kind: 'failed', code: 'UNREADABLE' })
  })
})

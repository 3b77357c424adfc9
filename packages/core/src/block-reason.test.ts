import { describe, expect, it } from 'vitest'
import { BLOCK_REASONS, blockReasonOf, isBlockReason, isConnectionTrouble, isContractTrouble } from './block-reason.ts'
import type { SendOutcome } from './send-outcome.ts'

const blocked = (code: string, text = '', httpStatus: number | null = 403): SendOutcome => ({
  kind: 'blocked',
  code,
  text,
  httpStatus,
})
const unavailable = (code: string): SendOutcome => ({ kind: 'unavailable', code, text: '', httpStatus: null })

describe('why an account pauses', () => {
  it.each([
    [blocked('INVALID_CLIENT', 'no', 401), 'INVALID_CLIENT'],
    [blocked('TOKEN_REFUSED', '', 401), 'TOKEN_REFUSED'],
    [{ kind: 'unauthorized', code: '41', text: '', httpStatus: 401 } as const, 'TOKEN_REFUSED'],
    [blocked('50'), 'ACCESS_DENIED'],
    [blocked('51'), 'ACCESS_DENIED'],
    [blocked('52'), 'ACCESS_DENIED'],
    [blocked('POL1009'), 'ACCOUNT_SUSPENDED'],
    [blocked('POL1010'), 'ACCOUNT_SUSPENDED'],
    [blocked('SVC0004', 'No valid addresses provided in message part senderAddress', 400), 'WRONG_SENDER'],
    [blocked('POL0001', 'Error code is Expired contract. You can buy a new bundle on …'), 'CONTRACT_EXPIRED'],
    [blocked('POL0001', 'Error code is Insufficient balance'), 'NO_UNITS'],
    [unavailable('DNS_FAILED'), 'UNREACHABLE'],
    [unavailable('TOKEN_UNAVAILABLE'), 'TOKEN_UNAVAILABLE'],
    [unavailable('SVC1000'), 'OUTAGE'],
    // An outage of the gateway that words itself like a refusal of the account is an outage.
    [unavailable('constructor'), 'OUTAGE'],
  ])('%j is %s', (outcome, reason) => {
    expect(blockReasonOf(outcome)).toBe(reason)
    expect(isBlockReason(reason)).toBe(true)
  })

  it('is not mistaken for the words of a person', () => {
    expect(['Panne', 'toString', ''].some(isBlockReason)).toBe(false)
  })

  it('is found to be over by the contracts, by a token and a connection, or by an SMS alone', () => {
    const reasons = Object.keys(BLOCK_REASONS)
    expect(reasons.filter(isContractTrouble)).toEqual(['CONTRACT_EXPIRED', 'NO_UNITS'])
    expect(reasons.filter(isConnectionTrouble)).toEqual(['INVALID_CLIENT', 'UNREACHABLE', 'TOKEN_UNAVAILABLE'])
    expect([isContractTrouble(null), isConnectionTrouble(null)]).toEqual([false, false])
  })
})

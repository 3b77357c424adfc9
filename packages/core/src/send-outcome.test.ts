import { describe, expect, it } from 'vitest'
import { isProof, type SendOutcome, type SendOutcomeKind } from './send-outcome.ts'

const refusal = { code: 'CODE', text: 'text', httpStatus: null }
/** A record, so that a new kind fails the type check here until somebody decides what it proves. */
const OUTCOMES: Record<SendOutcomeKind, SendOutcome> = {
  accepted: { kind: 'accepted', messageId: null, httpStatus: 201 },
  unauthorized: { kind: 'unauthorized', ...refusal },
  throttled: { kind: 'throttled', retryAfterMs: null, ...refusal },
  blocked: { kind: 'blocked', ...refusal },
  rejected: { kind: 'rejected', ...refusal },
  unavailable: { kind: 'unavailable', ...refusal },
  unknown: { kind: 'unknown', ...refusal },
}

describe('an outcome', () => {
  it('is proof unless it is unknown', () => {
    const proofs = Object.values(OUTCOMES).filter(isProof)
    expect(proofs.map(({ kind }) => kind)).toEqual([
      'accepted',
      'unauthorized',
      'throttled',
      'blocked',
      'rejected',
      'unavailable',
    ])
  })

  it('is proof of acceptance even when its message id could not be read', () => {
    expect(isProof(OUTCOMES.accepted)).toBe(true)
  })
})

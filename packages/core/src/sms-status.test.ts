import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canMove,
  DELIVERY_STATUSES,
  isFinal,
  SMS_STATUSES,
  statusesBefore,
  totalOf,
  type SmsStatus,
  type TransitionCause,
} from './sms-status.ts'

const CAUSES: TransitionCause[] = ['claim', 'settle', 'late-proof', 'lease-expiry', 'stop', 'receipt', 'replay', 'operator']

/** The states of the design, written down a second time and from the text, not from the table. */
const ALLOWED = new Set([
  'claim PENDING PROCESSING',
  'settle PROCESSING SENT',
  'settle PROCESSING FAILED',
  'settle PROCESSING UNKNOWN',
  'settle PROCESSING PENDING',
  'settle PROCESSING CANCELLED',
  'late-proof UNKNOWN SENT',
  'late-proof UNKNOWN FAILED',
  'late-proof UNKNOWN PENDING',
  'late-proof UNKNOWN CANCELLED',
  'lease-expiry PROCESSING UNKNOWN',
  'receipt UNKNOWN SENT',
  'stop PENDING CANCELLED',
  'replay FAILED PENDING',
  'operator UNKNOWN SENT',
  'operator UNKNOWN FAILED',
  'operator UNKNOWN PENDING',
])

const everyMove = CAUSES.flatMap((cause) => SMS_STATUSES.flatMap((from) => SMS_STATUSES.map((to) => ({ cause, from, to }))))

describe('the states of an SMS', () => {
  it('allow every move of the design and no other', () => {
    const allowed = everyMove
      .filter(({ cause, from, to }) => canMove(cause, from, to))
      .map(({ cause, from, to }) => `${cause} ${from} ${to}`)
    expect(new Set(allowed)).toEqual(ALLOWED)
  })

  it('let nothing leave SENT and CANCELLED, and only them', () => {
    expect(SMS_STATUSES.filter(isFinal)).toEqual(['SENT', 'CANCELLED'])
    for (const move of everyMove) {
      if (isFinal(move.from)) expect(canMove(move.cause, move.from, move.to)).toBe(false)
    }
  })

  it('go on the wire from PENDING alone, by the claim alone', () => {
    const ways = everyMove.filter(({ cause, from, to }) => to === 'PROCESSING' && canMove(cause, from, to))
    expect(ways).toEqual([{ cause: 'claim', from: 'PENDING', to: 'PROCESSING' }])
  })

  it('leave UNKNOWN for PENDING only by proof or by an operator', () => {
    expect(CAUSES.filter((cause) => canMove(cause, 'UNKNOWN', 'PENDING'))).toEqual(['late-proof', 'operator'])
  })

  it('tell a compare-and-set what it must find', () => {
    for (const cause of CAUSES) {
      for (const to of SMS_STATUSES) {
        expect(statusesBefore(cause, to)).toEqual(SMS_STATUSES.filter((from) => canMove(cause, from, to)))
      }
    }
    expect(statusesBefore('settle', 'SENT')).toEqual(['PROCESSING'])
    expect(statusesBefore('claim', 'SENT')).toEqual([])
  })

  it('reach SENT at most once on any walk, and never after SENT or CANCELLED anything', () => {
    const step = fc.record({ cause: fc.constantFrom(...CAUSES), to: fc.constantFrom(...SMS_STATUSES) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let status: SmsStatus = 'PENDING'
        let sentCount = 0
        for (const { cause, to } of steps) {
          const isAllowed = canMove(cause, status, to)
          if (isFinal(status)) expect(isAllowed).toBe(false)
          if (!isAllowed) continue
          status = to
          if (status === 'SENT') sentCount += 1
        }
        expect(sentCount).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('the counts of a batch', () => {
  it('add up every state once', () => {
    expect(totalOf({ pending: 1, processing: 10, sent: 100, failed: 1_000, cancelled: 10_000, unknown: 100_000 })).toBe(111_111)
  })
})

describe('the delivery to the handset', () => {
  it('moves in one order, where a late delivery wins over "undelivered"', () => {
    expect(DELIVERY_STATUSES).toEqual(['WAITING', 'ON_NETWORK', 'UNCERTAIN', 'UNDELIVERED', 'DELIVERED'])
  })
})

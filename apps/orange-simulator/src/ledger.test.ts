import { describe, expect, it } from 'vitest'
import { createLedger, type LedgerEntry } from './ledger.ts'

const send = (atMs: number, change: Partial<LedgerEntry> = {}) => ({
  atMs,
  kind: 'send' as const,
  accepted: true,
  status: 201,
  outcome: 'accepted',
  address: 'tel:+2250707070707',
  message: 'Bonjour',
  messageId: 'x',
  tokenId: 'token-1',
  clientId: 'demo-client',
  ...change,
})

describe('the ledger', () => {
  it('counts a duplicate when the same number is given the same text again, and only then', () => {
    const ledger = createLedger()
    ledger.add(send(0))
    ledger.add(send(1, { message: 'Autre' }))
    ledger.add(send(2, { address: 'tel:+2250707070708' }))
    ledger.add(send(3, { accepted: false, status: 429, outcome: 'rate-limited' }))
    expect(ledger.summary()).toMatchObject({ accepted: 3, distinct: 3, recipients: 2, duplicates: 0, rateLimited: 1 })
    ledger.add(send(4))
    expect(ledger.summary()).toMatchObject({ accepted: 4, distinct: 3, duplicates: 1 })
  })
  it('knows the fullest sliding second of requests and of accepts', () => {
    const ledger = createLedger()
    for (const atMs of [0, 900, 950, 999, 1000, 1899, 2500]) ledger.add(send(atMs, { accepted: atMs !== 950 }))
    // From 900 to 1,899: five requests, of which one was not taken. What is 1,000 ms old has left the second.
    expect(ledger.summary()).toMatchObject({ peakRequestsPerSecond: 5, peakAcceptedPerSecond: 4 })
  })
})

import { createReleases, openTestDatabase } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { measureFlow, type Terms } from '../criteria/measure.ts'
import { quickest, type Reading, slowest, successOf } from '../criteria/reading.ts'
import type { Databases } from '../pacing/scene.ts'

/** The criteria's direction, in seconds; the figures are those of `pnpm bench criteria`. */
const TERMS: Terms = { sms: 36, senders: 3, ratePerSecond: 20, seed: 1, tokenLatencyMs: 120, sendLatencyMs: 180 }

const releases = createReleases()
/** Of the server that all tests share, migrated already. */
const databases: Databases = {
  createDatabase: async () => {
    const { url, release } = await openTestDatabase()
    releases.push(release)
    return url
  },
  dropDatabase: () => Promise.resolve(),
}

let old: Reading
let ours: Reading
beforeAll(async () => {
  ;[old, ours] = await Promise.all([measureFlow(databases, 'old', TERMS), measureFlow(databases, 'ours', TERMS)])
})
afterAll(() => releases.release())

describe('a bulk send, beside the old flow', () => {
  it('asks for one token, where the old flow asks for each SMS and loses those for which it gets none', () => {
    expect(old).toMatchObject({ tokenCalls: 36, tokenErrors: old.saidNoToken })
    expect(old.tokenErrors).toBeGreaterThan(5)
    expect(old.accepted).toBe(36 - old.tokenErrors)
    expect(ours).toMatchObject({ tokenCalls: 1, tokenErrors: 0, saidNoToken: 0 })
  })

  it('sends every SMS once, within the rate', () => {
    expect(successOf(ours)).toBe(1)
    expect(ours).toMatchObject({ accepted: 36, reportedSent: 36, duplicates: 0, rateLimited: 0 })
    expect(successOf(old)).toBeLessThan(0.8)
  })

  it('answers before the SMS are sent, in less than half the time', () => {
    expect(slowest(ours)).toBeLessThan(ours.allSentMs)
    expect(slowest(ours)).toBeLessThan(quickest(old) / 2)
  })
})

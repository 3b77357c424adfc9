import { describe, expect, it } from 'vitest'
import { askToken, control, open, send, tokenOf } from './harness.ts'

const statusesOf = async (url: string, count: number): Promise<number[]> => {
  const replies = await Promise.all(Array.from({ length: count }, () => askToken(url)))
  return replies.map(({ status }) => status)
}
const howMany = (statuses: number[], status: number): number => statuses.filter((other) => other === status).length

describe('the token endpoint', () => {
  it('answers 429 above its calls in a sliding second, and counts only those it let through', async () => {
    const { url, ledger } = await open({ settings: { tokenTps: 5 } })
    const statuses = await statusesOf(url, 12)
    expect([howMany(statuses, 200), howMany(statuses, 429)]).toEqual([5, 7])
    expect(ledger.summary()).toMatchObject({ tokenCalls: 12, rateLimited: 0, outcomes: { issued: 5, 'rate-limited-token': 7 } })
    await control(url, 'config', { tokenTps: 0 })
    expect(howMany(await statusesOf(url, 12), 200)).toBe(12)
  })

  it('by chance: the same seed makes the same mistakes, whatever is sent between', async () => {
    const statusesWith = async (seed: number, sends: boolean) => {
      const faults = {
        tokenRandom: [{ probability: 0.3, fault: '503' as const }],
        random: [{ probability: 0.5, fault: '429' as const }],
      }
      const { url } = await open({ seed, faults })
      const statuses: number[] = []
      for (let call = 0; call < 30; call += 1) {
        statuses.push((await askToken(url)).status)
        if (sends) await send(url, 'a token that nobody issued')
      }
      return statuses
    }
    const alone = await statusesWith(1, false)
    expect(howMany(alone, 503)).toBeGreaterThan(2)
    expect(howMany(alone, 200)).toBeGreaterThan(10)
    expect(await statusesWith(1, true)).toEqual(alone)
    expect(await statusesWith(2, false)).not.toEqual(alone)
  })

  it('takes its time, to refuse as well', async () => {
    const { url, ledger } = await open({ settings: { tokenLatencyMs: 60, tokenTps: 1 } })
    for (const status of [200, 429]) {
      const askedAt = performance.now()
      expect((await askToken(url)).status).toBe(status)
      expect(performance.now() - askedAt).toBeGreaterThanOrEqual(55)
    }
    await control(url, 'config', { tokenLatencyMs: 0, tokenTps: 0 })
    await tokenOf(url)
    expect(ledger.summary().tokenCalls).toBe(3)
  })
})

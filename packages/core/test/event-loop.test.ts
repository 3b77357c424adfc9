import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { normalizeRecipients } from '../src/index.ts'

it('a list of 100,000 recipients leaves the event loop free', async () => {
  const entries = Array.from({ length: 100_000 }, (_, index) => `07${String(index).padStart(8, '0')}`)
  const normalize = (some: string[]) =>
    normalizeRecipients({ entries: some, defaultCountry: 'CI', yieldNow: nextTurn, now: () => performance.now() })
  await normalize(entries.slice(0, 2_000))
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const { accepted } = await normalize(entries)
  delay.disable()
  expect(accepted).toHaveLength(100_000)
  // The 99th percentile, not the maximum: on a shared machine another process may hold the core for once.
  expect(delay.percentile(99) / 1e6).toBeLessThan(50)
})

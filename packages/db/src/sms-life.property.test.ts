import fc from 'fast-check'
import { describe, it } from 'vitest'
import { seedParameters } from '../test/fixture-seed.ts'
import { KNOWN_SEQUENCES, sequences } from '../test/properties/command.ts'
import { createMemorySystem } from '../test/properties/memory-system.ts'
import { checkBalance } from '../test/properties/promises.ts'
import type { System } from '../test/properties/system.ts'
import { play } from '../test/properties/play.ts'

/** The account balances after every single step. */
const watched = (system: System): System => {
  const calls = Object.entries(system) as [string, (...input: unknown[]) => Promise<unknown>][]
  const watchedCalls = calls.map(([name, call]) => [
    name,
    async (...input: unknown[]) => {
      const output = await call(...input)
      checkBalance(await system.observe())
      return output
    },
  ])
  return Object.fromEntries(watchedCalls) as System
}

describe('the rules in memory', () => {
  it.each(KNOWN_SEQUENCES.map((sequence) => ({ sequence })))('keep every promise in known sequence %$', ({ sequence }) =>
    play(watched(createMemorySystem()), sequence, 0),
  )

  it('keeps every promise in 10,000 random sequences', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(sequences({ rounds: 12, atOnce: 3 }), (sequence) => play(watched(createMemorySystem()), sequence, 0)),
      { numRuns: 10_000, ...seedParameters() },
    )
  })
})

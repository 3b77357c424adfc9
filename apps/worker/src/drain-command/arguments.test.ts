import { describe, expect, it } from 'vitest'
import { readDrainArguments } from './arguments.ts'

describe('the arguments of worker:drain', () => {
  it('are those of the plan, which are also what goes without saying', () => {
    const plan = {
      kind: 'drain',
      batchSize: 50,
      maxRuntimeMs: 300_000,
      delayMs: 1_000,
      isExclusive: false,
      dryRun: false,
      asJson: false,
    }
    expect(readDrainArguments([])).toEqual(plan)
    expect(readDrainArguments(['--batch-size', '50', '--max-runtime', '300', '--delay', '1'])).toEqual(plan)
  })

  it('are all read', () => {
    expect(
      readDrainArguments(['--', '--batch-size=7', '--max-runtime=60', '--delay=2', '--exclusive', '--dry-run', '--json']),
    ).toEqual({
      kind: 'drain',
      batchSize: 7,
      maxRuntimeMs: 60_000,
      delayMs: 2_000,
      isExclusive: true,
      dryRun: true,
      asJson: true,
    })
    expect(readDrainArguments(['--help'])).toEqual({ kind: 'help' })
  })

  it.each([
    [['--batch-size', '0']],
    [['--batch-size', '10001']],
    [['--max-runtime', 'long']],
    [['--max-runtime', '0']],
    [['--delay', '0.5']],
    [['--delay', '61']],
    [['--forever']],
    [['50']],
  ])('are wrong: %j', (args) => {
    expect(readDrainArguments(args)).toMatchObject({ kind: 'wrong' })
  })
})

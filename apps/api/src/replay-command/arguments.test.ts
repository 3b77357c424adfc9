import { describe, expect, it } from 'vitest'
import { readReplayArguments } from './arguments.ts'

describe('the arguments of sms:replay', () => {
  it('are all read', () => {
    const args = [
      '--batch',
      '7',
      '--code',
      'SVC0001',
      '--since',
      '2026-11-22',
      '--until',
      '2026-11-23',
      '--segment',
      '3',
      '--user',
      '4',
      '--dry-run',
      '--include-unknown',
      '--reason',
      ' why ',
      '--json',
    ]
    const replay = {
      kind: 'replay',
      filter: {
        batchId: 7n,
        errorCode: 'SVC0001',
        since: new Date('2026-11-22'),
        until: new Date('2026-11-23'),
        segmentId: 3,
        userId: 4,
      },
      dryRun: true,
      includeUnknown: true,
      reason: 'why',
      asJson: true,
    }
    expect(readReplayArguments(args)).toEqual(replay)
    expect(readReplayArguments(['--', ...args])).toEqual(replay)
  })

  it('change nothing more than they say', () => {
    expect(readReplayArguments(['--batch', '7'])).toMatchObject({
      dryRun: false,
      includeUnknown: false,
      reason: null,
      asJson: false,
    })
  })

  it.each([
    [[]],
    [['--dry-run']],
    [['--batch', 'seven']],
    [['--since', 'yesterday']],
    [['--until', '2026-11-22']],
    [['--batch', '7', '--until', 'tomorrow']],
    [['--segment', 'x']],
    [['--user', '0']],
    [['--batch', '7', '--include-unknown']],
    [['--batch', '7', '--include-unknown', '--reason', ' ']],
    [['--batch', '7', '--everything']],
    [['7']],
  ])('are wrong: %j', (args) => {
    expect(readReplayArguments(args)).toMatchObject({ kind: 'wrong' })
  })

  it('may ask for help', () => {
    expect(readReplayArguments(['--help'])).toEqual({ kind: 'help' })
  })
})

import type { TextEraser } from '@sms/db'
import { describe, expect, it } from 'vitest'
import { readCleanupArguments } from './arguments.ts'
import { eraseAll } from './run-cleanup.ts'

const DAY_MS = 24 * 3_600_000

describe('the arguments of sms:cleanup', () => {
  it('are all read', () => {
    expect(readCleanupArguments(['--', '--older-than', '30d'])).toEqual({
      kind: 'cleanup',
      olderThanMs: 30 * DAY_MS,
      includeFailed: false,
      dryRun: false,
      asJson: false,
    })
    expect(readCleanupArguments(['--older-than', '8w', '--include-failed', '--dry-run', '--json'])).toEqual({
      kind: 'cleanup',
      olderThanMs: 56 * DAY_MS,
      includeFailed: true,
      dryRun: true,
      asJson: true,
    })
    expect(readCleanupArguments(['--help'])).toEqual({ kind: 'help' })
  })

  it.each([
    [[]],
    [['--older-than', '0d']],
    [['--older-than', '30']],
    [['--older-than', '12h']],
    [['--older-than', '-3d']],
    [['30d']],
  ])('are wrong: %j', (args) => expect(readCleanupArguments(args)).toMatchObject({ kind: 'wrong' }))
})

describe('a cleanup', () => {
  const given = { olderThanMs: DAY_MS, includeFailed: false, dryRun: false }

  const eraserOf = (chunks: { lastId: bigint | null; erased: number }[], batches: number[]) => {
    const places: bigint[] = []
    const eraser: TextEraser = {
      eraseChunk: async (_rule, { after }) => {
        places.push(after)
        return chunks.shift() ?? { lastId: null, erased: 0 }
      },
      eraseBatches: async () => batches.shift() ?? 0,
    }
    return { eraser, places }
  }

  it('goes from chunk to chunk, also over one in which nothing is due', async () => {
    const chunks = [
      { lastId: 2_000n, erased: 2_000 },
      { lastId: 4_000n, erased: 0 },
      { lastId: null, erased: 3 },
    ]
    const { eraser, places } = eraserOf(chunks, [2_000, 1])
    expect(await eraseAll(eraser, given, new AbortController().signal)).toEqual({ sms: 2_003, batches: 2_001, isStopped: false })
    expect(places).toEqual([0n, 2_000n, 4_000n])
  })

  it('ends after the chunk under way when it is told to', async () => {
    const stop = new AbortController()
    const { eraser } = eraserOf([], [])
    const erased = await eraseAll(
      {
        ...eraser,
        eraseChunk: async () => {
          stop.abort()
          return { lastId: 2_000n, erased: 7 }
        },
      },
      given,
      stop.signal,
    )
    expect(erased).toEqual({ sms: 7, batches: 0, isStopped: true })
  })
})

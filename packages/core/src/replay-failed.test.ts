import { describe, expect, it } from 'vitest'
import {
  replayFailed,
  replayJob,
  type ReplayedChunk,
  type ReplayFilter,
  type ReplayOrder,
  type ReplayRepository,
} from './replay-failed.ts'

const order: ReplayOrder = {
  caller: { userId: 7, isAdmin: true },
  via: 'GRAPHQL',
  reason: null,
  includeUnknown: false,
  moreAttempts: 5,
}
const filter: ReplayFilter = { batchId: 1n, errorCode: null, since: null }
const chunk = (lastId: bigint | null, smsCount: number, verdict: 'REPLAYED' | 'EXPIRED' = 'REPLAYED'): ReplayedChunk => ({
  verdicts: smsCount === 0 ? [] : [{ verdict, status: 'FAILED', smsCount, parts: 0 }],
  lastId,
  accountIds: verdict === 'REPLAYED' && smsCount > 0 ? [1] : [],
})

const create = (chunks: ReplayedChunk[]) => {
  const asked: { order: ReplayOrder; after: bigint; before: Date }[] = []
  const kicked: number[] = []
  const replays: ReplayRepository = {
    replayChunk: async (given, _filter, { after, before }) => {
      asked.push({ order: given, after, before })
      return chunks[asked.length - 1] ?? chunk(null, 0)
    },
    previewReplay: async () => chunks.flatMap(({ verdicts }) => verdicts),
    replayJob: async (given) => {
      asked.push({ order: given, after: 0n, before: new Date(0) })
      return chunks[0] ?? null
    },
    now: async () => new Date(1_000),
  }
  return { deps: { replays, kick: (accountId: number) => void kicked.push(accountId) }, asked, kicked }
}

describe('a replay', () => {
  it('goes on from chunk to chunk until one is empty, under one moment, and sums up', async () => {
    const { deps, asked, kicked } = create([chunk(20n, 3), chunk(40n, 2, 'EXPIRED'), chunk(60n, 1)])
    const report = await replayFailed(deps, { ...order, filter, dryRun: false })
    expect(report).toEqual({
      matched: 6,
      replayed: 4,
      replayedUnknown: 0,
      replayedUnknownParts: 0,
      refused: [{ code: 'EXPIRED', count: 2 }],
    })
    expect(asked.map(({ after }) => after)).toEqual([0n, 20n, 40n, 60n])
    expect(new Set(asked.map(({ before }) => before.getTime()))).toEqual(new Set([1_000]))
    expect(kicked).toEqual([1, 1])
  })

  it('only counts when it is dry', async () => {
    const { deps, asked, kicked } = create([chunk(20n, 3)])
    expect(await replayFailed(deps, { ...order, filter, dryRun: true })).toMatchObject({ matched: 3, replayed: 3 })
    expect([asked, kicked]).toEqual([[], []])
  })

  it.each([
    ['EMPTY_INPUT', { filter: { batchId: null, errorCode: null, since: null } }],
    ['INVALID_INPUT', { filter: { ...filter, errorCode: '' } }],
    ['EMPTY_INPUT', { includeUnknown: true }],
    ['EMPTY_INPUT', { includeUnknown: true, reason: ' \0' }],
    ['FORBIDDEN', { includeUnknown: true, reason: 'why', caller: { userId: 7, isAdmin: false } }],
  ])('is refused with %s before anything moves (%#)', async (code, more) => {
    const { deps, asked } = create([chunk(20n, 3)])
    await expect(replayFailed(deps, { ...order, filter, dryRun: false, ...more })).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
  })

  it('keeps what PostgreSQL can keep of the reason', async () => {
    const { deps, asked } = create([])
    await replayFailed(deps, { ...order, filter, dryRun: false, reason: ` a\0${'é'.repeat(600)}` })
    expect(asked[0]?.order.reason).toBe(`a${'é'.repeat(499)}`)
  })
})

describe('a replay of one job', () => {
  it('never takes UNKNOWN, whatever is asked', async () => {
    const { deps, asked } = create([chunk(1n, 1)])
    await replayJob(deps, { ...order, includeUnknown: true, reason: 'why', job: { smsId: 1n, dispatch: 1 } })
    expect(asked[0]?.order.includeUnknown).toBe(false)
  })

  it('of no SMS is NOT_FOUND', async () => {
    const { deps } = create([])
    await expect(replayJob(deps, { ...order, job: { smsId: 1n, dispatch: 1 } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

import { describe, expect, it } from 'vitest'
import type { MovedChunk } from './operator-moves.ts'
import {
  type ResolveOrder,
  resolveUnknown,
  type ResolveVerdict,
  type UnknownFilter,
  type UnknownRepository,
} from './resolve-unknown.ts'

const order: ResolveOrder = {
  caller: { userId: 7, isAdmin: true },
  via: 'GRAPHQL',
  decision: 'SEND_AGAIN',
  reason: 'why',
  moreAttempts: 5,
}
const filter: UnknownFilter = { batchId: 1n, errorCode: null, since: null, smsIds: null, userId: null }
const nothing: UnknownFilter = { ...filter, batchId: null }

const create = (chunks: MovedChunk<ResolveVerdict>[]) => {
  const asked: { step: 'resolve' | 'preview'; after: bigint; reason: string; before: Date }[] = []
  const kicked: number[] = []
  const step =
    (name: 'resolve' | 'preview'): UnknownRepository['resolveChunk'] =>
    async ({ reason }, _filter, { after, before }) => {
      asked.push({ step: name, after, reason, before })
      return chunks[asked.length - 1] ?? { verdicts: [], lastId: null, accountIds: [] }
    }
  const unknowns: UnknownRepository = {
    resolveChunk: step('resolve'),
    previewChunk: step('preview'),
    now: async () => new Date(1_000),
  }
  const deps = { unknowns, kick: (accountId: number) => void kicked.push(accountId), price: { unitPrice: 30, currency: 'XOF' } }
  return { deps, asked, kicked }
}
const chunk = (lastId: bigint, verdicts: ResolveVerdict[], accountIds: number[] = []) => ({ lastId, verdicts, accountIds })

describe('a decision about UNKNOWN', () => {
  it('goes from chunk to chunk until one is empty, under one moment, and sums up', async () => {
    const { deps, asked, kicked } = create([
      chunk(20n, [{ verdict: 'RESOLVED', smsCount: 3, parts: 6 }], [1]),
      chunk(40n, [
        { verdict: 'TOO_RECENT', smsCount: 2, parts: 2 },
        { verdict: 'RESOLVED', smsCount: 1, parts: 1 },
      ]),
    ])
    expect(await resolveUnknown(deps, { ...order, filter, dryRun: false })).toEqual({
      matched: 6,
      resolved: 4,
      refused: [{ code: 'TOO_RECENT', count: 2 }],
      atStake: { smsCount: 4, parts: 7, unitPrice: 30, amount: 210, currency: 'XOF' },
    })
    expect(asked.map(({ step, after }) => [step, after])).toEqual([
      ['resolve', 0n],
      ['resolve', 20n],
      ['resolve', 40n],
    ])
    expect(new Set(asked.map(({ before }) => before.getTime()))).toEqual(new Set([1_000]))
    expect(kicked).toEqual([1])
  })

  it('only looks when it is dry', async () => {
    const { deps, asked } = create([chunk(20n, [{ verdict: 'RESOLVED', smsCount: 3, parts: 3 }])])
    expect(await resolveUnknown(deps, { ...order, filter, dryRun: true })).toMatchObject({ matched: 3, resolved: 3 })
    expect(asked.map(({ step }) => step)).toEqual(['preview', 'preview'])
  })

  it.each([
    ['FORBIDDEN', { caller: { userId: 7, isAdmin: false } }],
    ['EMPTY_INPUT', { reason: null }],
    ['EMPTY_INPUT', { reason: ' \0 ' }],
    ['EMPTY_INPUT', { filter: nothing }],
    ['EMPTY_INPUT', { filter: { ...filter, smsIds: [] } }],
    ['INVALID_INPUT', { filter: { ...nothing, smsIds: Array.from({ length: 1_001 }, () => 1n) } }],
    ['INVALID_INPUT', { filter: { ...filter, errorCode: '' } }],
  ])('is refused with %s before anything moves (%#)', async (code, more) => {
    const { deps, asked } = create([])
    await expect(resolveUnknown(deps, { ...order, filter, dryRun: false, ...more })).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
  })

  it.each([{ smsIds: [1n] }, { userId: 3 }, { errorCode: 'HTTP_502' }, { since: new Date(0) }])('takes %o alone', async (one) => {
    const { deps, asked } = create([])
    await resolveUnknown(deps, { ...order, reason: ' a\0b ', filter: { ...nothing, ...one }, dryRun: false })
    expect(asked).toMatchObject([{ reason: 'ab' }])
  })
})

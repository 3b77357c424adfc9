import type { ReplayOperation } from '@sms/core'
import { describe, expect, it } from 'vitest'
import { createReplayRound } from './replay-loop.ts'

const operation = (more: Partial<ReplayOperation>): ReplayOperation => ({
  id: 3n,
  status: 'RUNNING',
  code: null,
  userId: 1,
  via: 'GRAPHQL',
  reason: null,
  filter: '{}',
  startedAt: new Date(0),
  finishedAt: null,
  total: 4,
  done: 2,
  replayed: 2,
  replayedUnknown: 0,
  replayedUnknownParts: 0,
  refused: [],
  ...more,
})

const roundOf = (...steps: (ReplayOperation | null)[]) => {
  const done: unknown[] = []
  const stopped: unknown[] = []
  const round = createReplayRound({
    operations: {
      work: () => {
        const next = steps.shift() ?? null
        return Promise.resolve(next && { operation: next, accountIds: [1] })
      },
    },
    onDone: (told) => void done.push(told),
    onStopped: (told) => void stopped.push(told),
  })
  return { round, done, stopped }
}

describe('the replay loop', () => {
  it('goes on at once while there is a chunk, and rests when there is none', async () => {
    const { round, done } = roundOf(operation({}), operation({ status: 'DONE', done: 4, replayed: 3 }), null)
    expect([await round(), await round(), await round()]).toEqual([true, true, false])
    expect(done).toEqual([{ replayId: '3', total: 4, replayed: 3 }])
  })

  it('tells of one that could not go on, and why', async () => {
    const { round, done, stopped } = roundOf(operation({ status: 'STOPPED', code: 'INSUFFICIENT_CREDIT' }))
    expect(await round()).toBe(true)
    expect([done, stopped]).toEqual([[], [{ replayId: '3', total: 4, replayed: 2, code: 'INSUFFICIENT_CREDIT' }]])
  })
})

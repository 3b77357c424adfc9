import { describe, expect, it } from 'vitest'
import { createReplayRunner } from './replay-runner.ts'

const worked = { operation: {} as never, accountIds: [1, 2] }

/** A runner whose chunks end when they are told to. */
const runnerOf = () => {
  const chunks: PromiseWithResolvers<typeof worked | null>[] = []
  const kicked: number[] = []
  const errors: unknown[] = []
  const runner = createReplayRunner({
    work: () => {
      const chunk = Promise.withResolvers<typeof worked | null>()
      chunks.push(chunk)
      return chunk.promise
    },
    kick: (accountId) => void kicked.push(accountId),
    onError: (error) => void errors.push(error),
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const end = async (value: typeof worked | null) => {
    chunks.at(-1)?.resolve(value)
    await turn()
  }
  return { runner, chunks, kicked, errors, end, turn }
}

describe('the replay runner', () => {
  it('takes one chunk after the other, never two at once, and has what is back dispatched', async () => {
    const { runner, chunks, kicked, end } = runnerOf()
    runner.kick()
    runner.kick()
    expect(chunks).toHaveLength(1)
    await end(worked)
    expect([chunks.length, kicked]).toEqual([2, [1, 2]])
    // The second kick came while it ran: it looks once more.
    await end(null)
    expect(chunks).toHaveLength(3)
    await end(null)
    expect(chunks).toHaveLength(3)
  })

  it('ends with the chunk under way when it is stopped, and begins no other', async () => {
    const { runner, chunks, end } = runnerOf()
    runner.kick()
    const stopped = runner.stop()
    await end(worked)
    await stopped
    runner.kick()
    expect(chunks).toHaveLength(1)
  })

  it('tells of a failure and can be asked again', async () => {
    const { runner, chunks, errors, turn } = runnerOf()
    runner.kick()
    chunks[0]?.reject(new Error('away'))
    await turn()
    expect(errors).toHaveLength(1)
    runner.kick()
    expect(chunks).toHaveLength(2)
  })
})

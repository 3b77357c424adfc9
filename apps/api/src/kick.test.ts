import { describe, expect, it } from 'vitest'
import { createKick } from './kick.ts'

const create = () => {
  const runs: { accountId: number; end: (error?: Error) => void }[] = []
  const errors: unknown[] = []
  const kick = createKick({
    dispatch: (accountId) =>
      new Promise<void>((resolve, reject) =>
        runs.push({ accountId, end: (error) => (error === undefined ? resolve() : reject(error)) }),
      ),
    onError: (error) => errors.push(error),
  })
  return { kick, runs, errors }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a kick', () => {
  it('runs once more, not many times more, when asked for during a run', async () => {
    const { kick, runs } = create()
    for (let call = 0; call < 5; call += 1) kick(1)
    expect(runs).toHaveLength(1)
    runs[0]?.end()
    await settled()
    expect(runs).toHaveLength(2)
    runs[1]?.end()
    await settled()
    expect(runs).toHaveLength(2)
    kick(1)
    expect(runs).toHaveLength(3)
  })

  it('runs accounts side by side', () => {
    const { kick, runs } = create()
    kick(1)
    kick(2)
    expect(runs.map(({ accountId }) => accountId)).toEqual([1, 2])
  })

  it('reports a failed run and can be asked for again', async () => {
    const { kick, runs, errors } = create()
    const error = new Error('no Redis')
    kick(1)
    runs[0]?.end(error)
    await settled()
    expect(errors).toEqual([error])
    kick(1)
    expect(runs).toHaveLength(2)
  })
})

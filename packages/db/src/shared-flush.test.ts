import { describe, expect, it } from 'vitest'
import { createSharedFlush } from './shared-flush.ts'

const heldFlushes = () => {
  const begun: { end: () => void; fail: (error: Error) => void }[] = []
  const flush = createSharedFlush(
    () => new Promise<void>((resolve, reject) => begun.push({ end: () => resolve(), fail: reject })),
  )
  return { begun, flush }
}

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a shared flush', () => {
  it('begins at once where none is under way', () => {
    const { begun, flush } = heldFlushes()
    void flush()
    expect(begun).toHaveLength(1)
  })

  it('is one for all that came while another was under way, which was too early for them', async () => {
    const { begun, flush } = heldFlushes()
    const done: string[] = []
    void flush().then(() => done.push('first'))
    void flush().then(() => done.push('second'))
    void flush().then(() => done.push('third'))
    begun[0]?.end()
    await settled()
    expect([begun.length, done]).toEqual([2, ['first']])
    void flush().then(() => done.push('fourth'))
    begun[1]?.end()
    await settled()
    expect([begun.length, done]).toEqual([3, ['first', 'second', 'third']])
    begun[2]?.end()
    await settled()
    expect(done).toHaveLength(4)
    void flush()
    expect(begun).toHaveLength(4)
  })

  it('fails those who shared it, and nobody after them', async () => {
    const { begun, flush } = heldFlushes()
    const [first, second] = [flush(), flush()]
    begun[0]?.fail(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    await settled()
    begun[1]?.end()
    await second
  })
})

import { describe, expect, it } from 'vitest'
import { dispatchDue, type DispatchPorts, windowSizeFor } from './dispatch.ts'
import type { DispatchedJob, SmsJob } from './ports.ts'

const job = (smsId: bigint): DispatchedJob => ({ smsId, dispatch: 1, expressPriority: null })

/** The table and the queue, as far as a dispatch sees them. */
const createPorts = (rows: { due?: DispatchedJob[]; probe?: DispatchedJob[]; addFails?: boolean; epoch?: string }) => {
  const queued: DispatchedJob[] = []
  const undispatched: SmsJob[] = []
  const asked: number[] = []
  const epoch = rows.epoch ?? 'known'
  const ports: DispatchPorts = {
    sms: {
      findNextBatch: (_accountId, windowSize) => Promise.resolve(rows.due ?? []).finally(() => asked.push(windowSize)),
      findProbe: () => Promise.resolve(rows.probe ?? []),
      undispatch: (jobs) => {
        undispatched.push(...jobs)
        return Promise.resolve(jobs.length)
      },
      knowsEpoch: (given) => Promise.resolve(given === 'known'),
    },
    window: {
      add: (_accountId, jobs) => {
        if (rows.addFails) return Promise.reject(new Error('redis away'))
        queued.push(...jobs)
        return Promise.resolve()
      },
      epoch: () => Promise.resolve(epoch),
    },
  }
  return { ports, queued, undispatched, asked }
}

const account = { accountId: 1, windowSize: 50 }

describe('dispatch', () => {
  it('adds the jobs of the rows it took and tells how many', async () => {
    const { ports, queued, asked } = createPorts({ due: [job(1n), job(2n)] })
    expect(await dispatchDue(ports, account)).toBe(2)
    expect(queued).toEqual([job(1n), job(2n)])
    expect(asked).toEqual([50])
  })

  it('asks for a probe only when nothing is due', async () => {
    const probing = createPorts({ probe: [job(9n)] })
    expect(await dispatchDue(probing.ports, account)).toBe(1)
    expect(probing.queued).toEqual([job(9n)])
    expect(await dispatchDue(createPorts({}).ports, account)).toBe(0)
  })

  it('takes nothing for a Redis of which the recovery does not know', async () => {
    const { ports, queued, asked } = createPorts({ due: [job(1n)], probe: [job(2n)], epoch: 'new' })
    expect(await dispatchDue(ports, account)).toBe(0)
    expect([queued, asked]).toEqual([[], []])
  })

  it('takes the rows out of the window again when the queue does not take their jobs', async () => {
    const { ports, undispatched } = createPorts({ due: [job(1n)], addFails: true })
    await expect(dispatchDue(ports, account)).rejects.toThrow('redis away')
    expect(undispatched).toEqual([job(1n)])
  })
})

describe('the window', () => {
  it.each([
    [0.5, 50],
    [5, 50],
    [16.7, 51],
    [50, 150],
    [1_000_000, 20_000],
  ])('at %d a second holds %d jobs', (rate, size) => {
    expect(windowSizeFor(rate)).toBe(size)
  })
})

import { Writable } from 'node:stream'
import type { LateOutcome, Settlement, SettleResult } from '@sms/core'
import type { SmsQueueRepository } from '@sms/db'
import { createLogger, createMetrics } from '@sms/runtime'
import { describe, expect, it } from 'vitest'
import { boundEvidence } from './bound-evidence.ts'
import { keepLateOutcomes } from './keep-late-outcomes.ts'
import { createWorkerMetrics } from './worker-metrics.ts'

const settlement: Settlement = {
  smsId: 7n,
  claimId: 'first',
  to: 'SENT',
  outcome: { kind: 'accepted', messageId: 'm1', httpStatus: 201 },
  attempt: 1,
  worker: 'w',
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
}
const refusedWord: Settlement = {
  ...settlement,
  outcome: { kind: 'rejected', code: 'SVC0004', text: '', httpStatus: 400 },
}

/** A repository in memory that answers every settlement alike. */
const answering = (landed: SettleResult['landed']) =>
  ({
    settle: async (given: readonly Settlement[]) =>
      given.map(({ smsId }) => ({ smsId, landed, status: 'SENT', batchId: null }) satisfies SettleResult),
  }) as unknown as SmsQueueRepository

const create = (landed: SettleResult['landed'], record: (settlement: Settlement) => Promise<LateOutcome>) => {
  const lines: { level: string; msg: string; [field: string]: unknown }[] = []
  const destination = new Writable({
    write: (line: Buffer, _encoding, done) => {
      lines.push(JSON.parse(line.toString()))
      done()
    },
  })
  const metrics = createMetrics()
  const asked: Settlement[] = []
  const sms = keepLateOutcomes(answering(landed), {
    late: {
      record: (given) => {
        asked.push(given)
        return record(given)
      },
    },
    logger: createLogger({ name: 'worker', level: 'info', destination }),
    metrics: createWorkerMetrics(metrics),
  })
  const duplicates = async () => Number(/^sms_duplicates_total (\d+)$/m.exec(await metrics.text())?.[1])
  return { sms, lines, asked, duplicates }
}
const duplicate: LateOutcome = { meaning: 'DUPLICATE', isNew: true, status: 'SENT' }

describe('a settle that is refused', () => {
  it('has its acceptance kept, counted and told as a duplicate', async () => {
    const { sms, lines, duplicates } = create('refused', async () => duplicate)
    expect(await sms.settle([settlement])).toMatchObject([{ landed: 'refused' }])
    expect(await duplicates()).toBe(1)
    expect(lines).toMatchObject([{ level: 'error', msg: 'sms accepted twice', smsId: '7', messageId: 'm1', status: 'SENT' }])
  })

  it.each([
    ['ACCEPTED_LATE', 'error', 'sms accepted after it was given up'],
    ['CONFIRMED', 'info', 'sms that was assumed sent is confirmed'],
  ] as const)('tells of %s and counts no duplicate', async (meaning, level, msg) => {
    const { sms, lines, duplicates } = create('refused', async () => ({ meaning, isNew: true, status: 'FAILED' }))
    await sms.settle([settlement])
    expect(lines).toMatchObject([{ level, msg }])
    expect(await duplicates()).toBe(0)
  })

  it('has what was not accepted kept and says no more than the settle does', async () => {
    const { sms, lines, asked } = create('refused', async () => ({ meaning: 'NOTED', isNew: true, status: 'PENDING' }))
    await sms.settle([refusedWord])
    expect(asked).toEqual([refusedWord])
    expect(lines).toEqual([])
  })

  it('fails as a whole when the record fails, so that it is repeated, and is then counted though it was written the first time', async () => {
    const answers = [() => Promise.reject(new Error('connection lost at COMMIT')), async () => ({ ...duplicate, isNew: false })]
    const { sms, lines, duplicates } = create('refused', () => answers.shift()!())
    await expect(sms.settle([settlement])).rejects.toThrow('connection lost')
    expect([lines, await duplicates()]).toEqual([[], 0])
    await sms.settle([settlement])
    expect(lines).toMatchObject([{ msg: 'sms accepted twice' }])
    expect(await duplicates()).toBe(1)
  })

  it('counts one that was written before no second time, and tells it again', async () => {
    const { sms, lines, duplicates } = create('refused', async () => ({ ...duplicate, isNew: false }))
    await sms.settle([settlement])
    expect(lines).toHaveLength(1)
    expect(await duplicates()).toBe(0)
  })
})

describe('a settle that lands', () => {
  it('keeps nothing', async () => {
    const { sms, asked } = create('applied', async () => duplicate)
    await sms.settle([settlement])
    expect(asked).toEqual([])
  })

  it('has the evidence of what was given back bounded, and lands also when that fails', async () => {
    const folded: bigint[][] = []
    const failed: unknown[] = []
    const sms = boundEvidence(answering('applied'), {
      foldEvidence: (smsIds) => {
        folded.push([...smsIds])
        return Promise.reject(new Error('away'))
      },
      onError: (error) => failed.push(error),
    })
    expect(await sms.settle([refusedWord, { ...refusedWord, smsId: 8n, givesAttemptBack: true }])).toHaveLength(2)
    await sms.settle([refusedWord])
    expect(folded).toEqual([[8n]])
    expect(failed).toHaveLength(1)
  })
})

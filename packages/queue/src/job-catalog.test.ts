import { describe, expect, it } from 'vitest'
import { bulkShareAfter, jobIdOf, parsePayload, sendJob } from './job-catalog.ts'

describe('a send job', () => {
  it('holds the id and the dispatch number and nothing else', () => {
    const job = sendJob({ smsId: 9_223_372_036_854_775_807n, dispatch: 3, expressPriority: null })
    expect(job.data).toEqual({ smsId: '9223372036854775807', dispatch: 3 })
    expect(parsePayload(JSON.parse(JSON.stringify(job.data)))).toEqual({ smsId: 9_223_372_036_854_775_807n, dispatch: 3 })
  })

  it('has an id that is unique per dispatch, without a colon', () => {
    expect(jobIdOf({ smsId: 12n, dispatch: 1 })).toBe('sms-12-1')
    expect(sendJob({ smsId: 12n, dispatch: 2, expressPriority: null }).opts.jobId).toBe('sms-12-2')
  })

  it('goes before all batches when it is a single SMS, by its own priority; batches are equal in the queue', () => {
    const priorities = [10, 5, 0, -1, null].map(
      (expressPriority) => sendJob({ smsId: 1n, dispatch: 1, expressPriority }).opts.priority,
    )
    expect(priorities).toEqual([2, 7, 12, 13, 14])
  })

  it('lets as many others go as there are singles when both have to wait, and one for three of an urgent batch', () => {
    expect([2, 12, 13, 14].map(bulkShareAfter)).toEqual([1, 1, 1 / 3, 0])
  })

  it.each([
    [null],
    ['x'],
    [{}],
    [{ smsId: '1' }],
    [{ smsId: 1, dispatch: 1 }],
    [{ smsId: '0', dispatch: 1 }],
    [{ smsId: '-1', dispatch: 1 }],
    [{ smsId: '1', dispatch: 0 }],
    [{ smsId: '1', dispatch: 1.5 }],
    [{ smsId: '1', dispatch: 1, phoneNumber: '+2250700000000' }],
    [{ smsId: '99999999999999999999', dispatch: 1 }],
  ])('is not taken from %j', (data) => {
    expect(parsePayload(data)).toBeNull()
  })
})

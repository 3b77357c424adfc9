import { describe, expect, it } from 'vitest'
import { ERROR_CODES, SmsError } from './errors.ts'

describe('the error codes', () => {
  it.each(Object.entries(ERROR_CODES))('%s is a stable word with a sentence', (code, sentence) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(sentence).toMatch(/^[A-Zv].*\.$/)
  })

  it('have a sentence each', () => {
    const sentences = Object.values(ERROR_CODES)
    expect(new Set(sentences).size).toBe(sentences.length)
  })
})

describe('an SmsError', () => {
  it('is an Error that carries code, details and cause', () => {
    const cause = new Error('the cause')
    const error = new SmsError('NOT_FOUND', 'No batch 7.', { details: { batchId: '7' }, cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'SmsError', code: 'NOT_FOUND', message: 'No batch 7.', details: { batchId: '7' }, cause })
  })

  it('has no details and no cause unless they are given', () => {
    const error = new SmsError('INTERNAL', 'Unexpected.')
    expect(error.details).toEqual({})
    expect('cause' in error).toBe(false)
  })
})

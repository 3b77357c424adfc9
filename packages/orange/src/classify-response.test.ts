import { describe, expect, it } from 'vitest'
import { classifyResponse } from './classify-response.ts'
import { type AnswerRow, ANSWERS } from '../test/answers.ts'
import type { Answer, TransportFailureCode } from './reply.ts'

const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

const answerOf = ({ status, body = '', headers = {}, isComplete = true }: Omit<AnswerRow, 'name' | 'expected'>): Answer => ({
  kind: 'answer',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  isComplete,
})
const classify = (row: Omit<AnswerRow, 'name' | 'expected'>) => classifyResponse(answerOf(row), { nowMs: NOW_MS })

describe('what an answer proves', () => {
  it.each(ANSWERS)('$name', ({ expected, ...row }) => {
    const outcome = classify(row)
    expect(outcome).toMatchObject(expected)
    expect(outcome.httpStatus).toBe(row.status)
  })
})

describe('what a broken exchange proves', () => {
  it.each<[TransportFailureCode, boolean, string]>([
    ['NOT_WRITTEN', false, 'unavailable'],
    ['DNS_FAILED', false, 'unavailable'],
    ['CONNECT_FAILED', false, 'unavailable'],
    ['CONNECT_TIMEOUT', false, 'unavailable'],
    ['TLS_FAILED', false, 'unavailable'],
    ['REPLY_LOST', true, 'unknown'],
    ['REPLY_TIMEOUT', true, 'unknown'],
    ['REPLY_ABANDONED', true, 'unknown'],
  ])('%s, written %s: %s', (code, isWritten, kind) => {
    const outcome = classifyResponse({ kind: 'failure', isWritten, code, text: 'ECONNRESET' }, { nowMs: NOW_MS })
    expect(outcome).toEqual({ kind, code, text: 'ECONNRESET', httpStatus: null })
  })
})

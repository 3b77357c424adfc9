import { describe, expect, it } from 'vitest'
import { classifyResponse } from './classify-response.ts'

const outcomeOf = (status: number, body: unknown, headers: Record<string, string> = {}, hidden: string[] = []) =>
  classifyResponse({ kind: 'answer', status, headers, body: JSON.stringify(body), isComplete: true }, { nowMs: 0, hidden })
const service = (messageId: string, text: string) => ({ requestError: { serviceException: { messageId, text } } })

describe('words that are kept', () => {
  const textOf = (text: string, hidden: string[] = []) => {
    const outcome = outcomeOf(400, service('SVC0002', text), {}, hidden)
    return outcome.kind === 'rejected' ? outcome.text : ''
  }
  it('mask every run of six or more digits and leave shorter ones', () => {
    expect(textOf('to +2250707070707 in 12345 or ١٢٣٤٥٦٧')).toBe('to +************* in 12345 or *******')
  })
  it('do not repeat the SMS', () => {
    expect(textOf('Bad text: Rendez-vous demain!', ['Rendez-vous demain!'])).toBe('Bad text: [hidden]')
  })
  it('lose NUL and halves of surrogate pairs', () => {
    expect(textOf('a\0b\ud83dc\udc4dd👍')).toBe('abcd👍')
  })
  it('are cut at 1,000 characters, never inside a pair', () => {
    expect(textOf('x'.repeat(5000))).toHaveLength(1000)
    expect(textOf(`${'x'.repeat(999)}👍`)).toBe('x'.repeat(999))
  })
  it('never carry a code that is not one', () => {
    expect(outcomeOf(400, service('tel:+2250707070707', 'x'))).toMatchObject({ code: 'HTTP_400' })
    expect(outcomeOf(400, service('a code with words', 'x'))).toMatchObject({ code: 'HTTP_400' })
  })
})

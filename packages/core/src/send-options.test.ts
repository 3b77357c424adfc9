import { describe, expect, it } from 'vitest'
import { checkIdempotencyKey, resolveSendOptions } from './send-options.ts'

const NOW = Date.UTC(2026, 10, 22)
const at = (ms: number): Date => new Date(NOW + ms)
const resolve = (input: Parameters<typeof resolveSendOptions>[0]) => resolveSendOptions(input, { now: NOW, defaultPriority: 5 })

describe('the options of a send', () => {
  it('have defaults, null and absent alike', () => {
    const defaults = { priority: 5, senderName: null, scheduledAt: null, validUntil: null }
    expect(resolve({})).toEqual(defaults)
    expect(resolve({ priority: null, senderName: null, scheduledAt: null, validUntil: null })).toEqual(defaults)
  })

  it('take an hour that has passed for "at once"', () => {
    expect(resolve({ scheduledAt: at(-1), validUntil: at(1) })).toMatchObject({ scheduledAt: null, validUntil: at(1) })
  })

  it.each([
    ['priority', { priority: -1 }],
    ['priority', { priority: 11 }],
    ['priority', { priority: Number.NaN }],
    ['senderName', { senderName: '' }],
    ['senderName', { senderName: '   ' }],
    ['senderName', { senderName: 'Société' }],
    ['senderName', { senderName: 'twelve chars' }],
    ['scheduledAt', { scheduledAt: new Date(Number.NaN) }],
    ['validUntil', { validUntil: at(0) }],
    ['validUntil', { validUntil: at(60_000), scheduledAt: at(60_000) }],
  ])('are refused for their %s (%#)', (option, input) => {
    expect(() => resolve(input)).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS', details: { option } }))
  })
})

describe('an idempotency key', () => {
  it('is 1 to 255 characters, or none', () => {
    expect(checkIdempotencyKey(null)).toBeNull()
    expect(checkIdempotencyKey('k'.repeat(255))).toBe('k'.repeat(255))
    for (const key of ['', 'k'.repeat(256), 'a\u0000'])
      expect(() => checkIdempotencyKey(key)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})

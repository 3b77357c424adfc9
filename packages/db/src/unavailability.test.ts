import { describe, expect, it } from 'vitest'
import { isUnavailable } from './unavailability.ts'

const error = (message: string, more: object = {}): Error => Object.assign(new Error(message), more)

describe('a database that is away', () => {
  it.each([
    ['refused', error('x', { code: 'ECONNREFUSED' })],
    ['reset below an error of its own', new Error('x', { cause: error('y', { code: 'ECONNRESET' }) })],
    ['terminated', error('Connection terminated unexpectedly')],
    ['without a free connection', error('x', { code: 'P2024' })],
    ['too slow for a transaction', error('x', { code: 'P2028' })],
    ['shutting down', error('x', { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } })],
    [
      'refused to a raw statement',
      error('x', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable', host: 'h' } } } }),
    ],
    [
      'lost under a raw statement',
      error('x', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'ConnectionClosed' } } } }),
    ],
    ['full', error('x', { cause: { originalCode: '53300' } })],
  ])('is told when it is %s', (_name, failure) => {
    expect(isUnavailable(failure)).toBe(true)
  })

  it.each([
    ['a bug', new TypeError('x is undefined')],
    ['a broken rule', error('x', { code: 'P2002' })],
    ['a raw statement', error('x', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'TableDoesNotExist' } } } })],
    ['a bad statement', error('x', { cause: { originalCode: '42601' } })],
    ['no error', undefined],
  ])('is not told from %s', (_name, failure) => {
    expect(isUnavailable(failure)).toBe(false)
  })
})

import { expect, it } from 'vitest'
import { reasonOf } from './worker-metrics.ts'

it.each([
  ['SVC0004', 'SVC0004'],
  ['LEASE_EXPIRED', 'LEASE_EXPIRED'],
  ['HTTP_418', 'HTTP_4XX'],
  ['HTTP_502', 'HTTP_5XX'],
  ['HTTP_99999', 'other'],
  ['SVC9999', 'other'],
  ['+2250707070707', 'other'],
  ['constructor', 'other'],
])('a state has a reason out of few: %s is %s', (code, reason) => {
  expect(reasonOf(code)).toBe(reason)
})

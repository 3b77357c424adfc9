import { expect, it } from 'vitest'
import { shareConcurrency } from './share-concurrency.ts'

it('gives all places to the only account', () => {
  expect(shareConcurrency(50, [5])).toEqual([50])
  expect(shareConcurrency(1, [1_000_000])).toEqual([1])
})

it('gives half of the places equally and half by the rates', () => {
  expect(shareConcurrency(50, [5, 5])).toEqual([25, 25])
  expect(shareConcurrency(60, [10, 20])).toEqual([25, 35])
  expect(shareConcurrency(50, [1_000_000, 5])).toEqual([37, 13])
})

it('leaves no account without a place', () => {
  expect(shareConcurrency(2, [5, 5, 5, 5])).toEqual([1, 1, 1, 1])
})

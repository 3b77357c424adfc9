import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'

const counter = (): (() => number) => {
  let calls = 0
  return () => (calls += 1)
}

test('gives back the first value that is neither thrown nor false', async () => {
  const call = counter()
  const value = await eventually(
    () => {
      const number = call()
      if (number === 1) throw new Error('not yet')
      return number === 2 ? false : number
    },
    { everyMs: 1 },
  )
  expect(value).toBe(3)
})

test('takes null, 0 and nothing for an answer', async () => {
  expect(await eventually(() => null)).toBeNull()
  expect(await eventually(() => 0)).toBe(0)
  expect(await eventually(() => {})).toBeUndefined()
})

test('says what failed last when time is up', async () => {
  const call = counter()
  const attempt = eventually(() => Promise.reject(new Error(`failure ${call()}`)), { timeoutMs: 20, everyMs: 5 })
  await expect(attempt).rejects.toThrow(/^not within 20 ms; last: failure \d+$/)
})

test('tries at least once, however short the time', async () => {
  expect(await eventually(() => 'found', { timeoutMs: 0 })).toBe('found')
})

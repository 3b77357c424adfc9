import type { SendOutcome } from '@sms/core'
import { expect, it } from 'vitest'
import { createAccountHealth } from './account-health.ts'
import { lastingTrouble } from './lasting-trouble.ts'

const unreachable: SendOutcome = { kind: 'unavailable', code: 'CONNECT_FAILED', text: '', httpStatus: null }
const refused: SendOutcome = { kind: 'blocked', code: 'INVALID_CLIENT', text: '', httpStatus: 401 }

/** Tries that come to these, the last one for ever after; each takes `tryMs`. */
const given = (answers: (SendOutcome | null)[], tryMs = 0) => {
  let nowMs = 0
  let tries = 0
  const provider = {
    prepare: async () => {
      nowMs += tryMs
      tries += 1
      return answers[Math.min(tries, answers.length) - 1] ?? null
    },
  }
  const pause = async (ms: number) => void (nowMs += ms)
  return {
    deps: { provider, health: createAccountHealth(() => nowMs) },
    time: { now: () => nowMs, pause },
    spent: () => ({ tries, nowMs }),
  }
}

it('one failed connection is over after a moment', async () => {
  const { deps, time, spent } = given([null])
  expect(await lastingTrouble(deps, unreachable, time)).toBeNull()
  expect(spent()).toEqual({ tries: 1, nowMs: 250 })
})

it('what lasts for seconds is the account’s', async () => {
  const { deps, time, spent } = given([unreachable])
  expect(await lastingTrouble(deps, unreachable, time)).toEqual(unreachable)
  expect(spent()).toEqual({ tries: 4, nowMs: 3_750 })
})

it('slow failures are tried once more, and no longer', async () => {
  const { deps, time, spent } = given([unreachable], 5_000)
  expect(await lastingTrouble(deps, unreachable, time)).toEqual(unreachable)
  expect(spent().tries).toBe(1)
})

it.each([refused, { ...refused, kind: 'throttled' as const, retryAfterMs: 5_000 }])(
  'a refusal is not tried again: %j',
  async (refusal) => {
    const { deps, time, spent } = given([null])
    expect(await lastingTrouble(deps, refusal, time)).toEqual(refusal)
    expect(spent().tries).toBe(0)
  },
)

it('a refusal that comes of another try is the answer', async () => {
  const { deps, time } = given([unreachable, refused])
  expect(await lastingTrouble(deps, unreachable, time)).toEqual(refused)
})

it('every job of a worker does not find out anew what lasts', async () => {
  const { deps, time, spent } = given([unreachable])
  await lastingTrouble(deps, unreachable, time)
  const before = spent()
  expect(await lastingTrouble(deps, unreachable, time)).toEqual(unreachable)
  expect(spent()).toEqual(before)
  // Later it may be a single failure again.
  await time.pause(6_000)
  await lastingTrouble(deps, unreachable, time)
  expect(spent().tries).toBeGreaterThan(before.tries)
})

import { describe, expect, it } from 'vitest'
import { createReadiness } from './health.ts'

const never = () => new Promise<void>(() => {})
const passes = async () => {}

describe('readiness', () => {
  it('is given when every check passes', async () => {
    expect(await createReadiness({ checks: { redis: passes, postgres: passes }, limitMs: 1_000 })()).toEqual({
      ok: true,
      failing: [],
    })
  })

  it('names the checks that throw, at once or later, and those that take too long', async () => {
    const throws = () => {
      throw new Error('at once')
    }
    const rejects = () => Promise.reject(new Error('later'))
    const check = createReadiness({ checks: { a: throws, b: passes, c: rejects, d: never }, limitMs: 20 })
    expect(await check()).toEqual({ ok: false, failing: ['a', 'c', 'd'] })
  })

  it('does not start a check again that still hangs, and sees it come back', async () => {
    const started = { count: 0 }
    let finish = () => {}
    const hangs = () => {
      started.count += 1
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    }
    const check = createReadiness({ checks: { hangs }, limitMs: 10 })
    expect((await check()).ok).toBe(false)
    expect((await check()).ok).toBe(false)
    expect(started.count).toBe(1)
    const third = check()
    finish()
    expect((await third).ok).toBe(true)
    const fourth = check()
    expect(started.count).toBe(2)
    finish()
    expect((await fourth).ok).toBe(true)
  })
})

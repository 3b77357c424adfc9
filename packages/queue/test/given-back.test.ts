import { describe, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { createPacer, type Pacer, type Slot, slotKey, type TooFar } from '../src/index.ts'
import { mostInOneSecond, pacerFixture, slotOf, takeOne } from './pacer-fixture.ts'

const fixture = pacerFixture()
const { connect, warm } = fixture

describe('a slot that is given back', () => {
  it('is given to the next that asks', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 5 })
    const slot = await slotOf(takeOne(pacer, 60))
    expect(await takeOne(pacer)).toMatchObject({ kind: 'too-far' })
    await pacer.giveBack(1, slot)
    expect((await slotOf(takeOne(pacer))).at).toBeLessThanOrEqual(slot.at + 5)
  })

  it('is made up for when it is past, and never by more in a second than may be', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 10 })
    const used: number[] = []
    for (let i = 0; i < 40; i += 1) {
      const slot = await eventually(
        async () => {
          const taken = await takeOne(pacer)
          return taken.kind === 'slot' && taken
        },
        { everyMs: 5 },
      )
      if (i % 5 === 2) await pacer.giveBack(1, slot)
      else used.push(slot.at)
    }
    expect(mostInOneSecond(used)).toBeLessThanOrEqual(10)
    expect(((used.length - 1) / ((used.at(-1) ?? 0) - (used[0] ?? 0))) * 1_000).toBeGreaterThan(9)
  })

  it('leaves its name to nobody but the next, whenever the requests beside it start', async () => {
    await warm()
    const jitter = { ms: 2 }
    const [young, other] = [5_000, 0].map((warmUpMs) =>
      createPacer({ redis: connect(), ratePerSecond: 500, warmUpMs, jitterMs: () => jitter.ms }),
    ) as [Pacer, Pacer]
    for (const pacer of [young, other]) await takeOne(pacer, 0, 2)
    const [one, two] = [
      (await young.take(1, { count: 10, leadMs: 50 })).slots,
      (await other.take(1, { count: 10, leadMs: 50 })).slots,
    ]
    await other.giveBack(1, two.pop() as Slot)
    // With less room to keep, the next may come nearer.
    jitter.ms = 0
    const { slots: next } = await other.take(1, { count: 1, leadMs: 50 })
    expect(new Set([...one, ...two, ...next].map(({ us }) => us)).size).toBe(20)
    expect(await fixture.redis.zcard(`${slotKey(1)}:log`)).toBe(20)
  })

  it('is forgotten once: giving it back twice gives nothing', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 5 })
    const slot = await slotOf(takeOne(pacer, 100))
    await pacer.giveBack(1, slot)
    const again = await slotOf(takeOne(pacer, 100))
    await pacer.giveBack(1, slot)
    const next = (await takeOne(pacer)) as TooFar
    expect(next.kind).toBe('too-far')
    expect(again.at).toBeGreaterThan(slot.at - 1)
  })
})

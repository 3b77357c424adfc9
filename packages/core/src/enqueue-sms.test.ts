import { describe, expect, it } from 'vitest'
import { createFakeAccepts, NOW, sendInput } from './enqueue.fakes.ts'
import { enqueueSms } from './enqueue-sms.ts'

describe('enqueueSms', () => {
  it('goes before lists, to the normalised number', async () => {
    const { deps, kicks } = createFakeAccepts()
    const { sms } = await enqueueSms(deps, { ...sendInput(), phoneNumber: '07 07 07 07 07' })
    expect(sms).toMatchObject({ phoneNumber: '+2250707070707', priority: 10, maxAttempts: 5, batchId: null })
    expect(kicks).toEqual([1])
  })

  it('gives the open SMS to a second press', async () => {
    const { deps, singles } = createFakeAccepts()
    const press = () => enqueueSms(deps, { ...sendInput(), phoneNumber: '0707070707' })
    const first = await press()
    expect(await press()).toEqual({ sms: first.sms, isRepeated: true })
    expect(singles).toHaveLength(1)
  })

  it('rests until its hour', async () => {
    const { deps } = createFakeAccepts()
    const scheduledAt = new Date(NOW + 60_000)
    const { sms } = await enqueueSms(deps, { ...sendInput({ options: { scheduledAt } }), phoneNumber: '0707070707' })
    expect(sms.nextAttemptAt).toEqual(scheduledAt)
  })

  it.each([
    ['EMPTY_NUMBER', ' '],
    ['INVALID_NUMBER', 'abc'],
    ['OPTED_OUT', '0505050505'],
  ])('throws %s', async (code, phoneNumber) => {
    const { deps, optedOut, singles, kicks } = createFakeAccepts()
    optedOut.add('+2250505050505')
    await expect(enqueueSms(deps, { ...sendInput(), phoneNumber })).rejects.toMatchObject({ code })
    expect([singles, kicks]).toEqual([[], []])
  })
})

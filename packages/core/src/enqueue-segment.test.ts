import { describe, expect, it } from 'vitest'
import { createFakeAccepts, sendInput } from './enqueue.fakes.ts'
import { enqueueAllContacts } from './enqueue-all-contacts.ts'
import { enqueueSegment } from './enqueue-segment.ts'

describe('enqueueSegment', () => {
  it('accepts the batch alone, with its members announced', async () => {
    const { deps, kicks } = createFakeAccepts()
    const accepted = await enqueueSegment(deps, { ...sendInput(), segmentId: 7 })
    expect(accepted).toMatchObject({
      segment: { name: 'Clients' },
      batch: { kind: 'SEGMENT', status: 'EXPANDING', announced: 3, userId: 2 },
    })
    expect(kicks).toEqual([1])
  })

  it.each([
    ['UNKNOWN_SEGMENT', 99],
    ['UNKNOWN_SEGMENT', 9],
    ['EMPTY_INPUT', 8],
  ])('throws %s for the segment %i', async (code, segmentId) => {
    const { deps, batches, kicks } = createFakeAccepts()
    await expect(enqueueSegment(deps, { ...sendInput(), segmentId })).rejects.toMatchObject({ code })
    expect([batches, kicks]).toEqual([[], []])
  })

  it("gives an administrator's batch to the administrator, whoever owns the segment", async () => {
    const { deps } = createFakeAccepts()
    const input = sendInput({ caller: { userId: 1, isAdmin: true } })
    expect((await enqueueSegment(deps, { ...input, segmentId: 7 })).batch.userId).toBe(1)
  })

  it('takes another segment under the same key for another input', async () => {
    const { deps } = createFakeAccepts()
    const input = sendInput({ caller: { userId: 1, isAdmin: true }, idempotencyKey: 'k' })
    await enqueueSegment(deps, { ...input, segmentId: 7 })
    expect((await enqueueSegment(deps, { ...input, segmentId: 7 })).isRepeated).toBe(true)
    await expect(enqueueSegment(deps, { ...input, segmentId: 9 })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    await expect(enqueueAllContacts(deps, input)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })
})

describe('enqueueAllContacts', () => {
  it('accepts a batch to every contact of the sender', async () => {
    const { deps } = createFakeAccepts()
    expect((await enqueueAllContacts(deps, sendInput())).batch).toMatchObject({ kind: 'ALL_CONTACTS', announced: 5 })
  })
})

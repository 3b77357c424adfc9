import { describe, expect, it } from 'vitest'
import { createFakeAccepts, recipientsOf, sendInput } from './enqueue.fakes.ts'
import { enqueueBulk } from './enqueue-bulk.ts'
import { verdictAt } from './recipient-list.ts'

const words = (verdicts: Uint8Array): string[] => [...verdicts.keys()].map((index) => verdictAt(verdicts, index))

describe('enqueueBulk', () => {
  it('queues each number once and says what became of every entry', async () => {
    const { deps, batches, kicks } = createFakeAccepts()
    const entries = ['0707070707', '+2250707070707', 'tel:+2250707070707', '07070707', '0505050505', '']
    const { batch, verdicts } = await enqueueBulk(deps, { ...sendInput(), recipients: recipientsOf(entries) })
    expect(words(verdicts)).toEqual(['ACCEPTED', 'DUPLICATE', 'DUPLICATE', 'INVALID_NUMBER', 'ACCEPTED', 'EMPTY_NUMBER'])
    expect(batch).toMatchObject({ announced: 2, kind: 'LIST', priority: 5 })
    expect(batches.map(({ numbers }) => numbers)).toEqual([['+2250707070707', '+2250505050505']])
    expect(kicks).toEqual([1])
  })

  it('refuses who opted out, and every repetition of them', async () => {
    const { deps, optedOut } = createFakeAccepts()
    optedOut.add('+2250707070707')
    const entries = ['0707070707', '0505050505', '+2250707070707', '0505050505']
    const { verdicts } = await enqueueBulk(deps, { ...sendInput(), recipients: recipientsOf(entries) })
    expect(words(verdicts)).toEqual(['OPTED_OUT', 'ACCEPTED', 'OPTED_OUT', 'DUPLICATE'])
  })

  it('writes nothing and kicks nobody when every entry is refused', async () => {
    const { deps, optedOut, batches, kicks } = createFakeAccepts()
    optedOut.add('+2250707070707')
    expect(await enqueueBulk(deps, { ...sendInput(), recipients: recipientsOf(['abc']) })).toMatchObject({ batch: null })
    const allOut = await enqueueBulk(deps, { ...sendInput(), recipients: recipientsOf(['0707070707', '0707070707']) })
    expect(allOut.batch).toBeNull()
    expect(words(allOut.verdicts)).toEqual(['OPTED_OUT', 'OPTED_OUT'])
    expect([batches, kicks]).toEqual([[], []])
  })

  it('gives the same batch for the same key and input, and a conflict for another input', async () => {
    const { deps, batches } = createFakeAccepts()
    const call = (entries: string[], message = 'Bonjour') =>
      enqueueBulk(deps, { ...sendInput({ message, idempotencyKey: 'k' }), recipients: recipientsOf(entries) })
    const first = await call(['0707070707'])
    expect(await call(['+225 07 07 07 07 07'])).toMatchObject({ batch: { id: first.batch?.id }, isRepeated: true })
    await expect(call(['0707070708'])).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    await expect(call(['0707070707'], 'Bonsoir')).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    expect(batches).toHaveLength(1)
  })

  it.each([
    ['EMPTY_INPUT', [], {}],
    ['TOO_MANY_RECIPIENTS', Array.from({ length: 101 }, () => '0707070707'), {}],
    ['EMPTY_MESSAGE', ['0707070707'], { message: '\u0000 \n' }],
    ['MESSAGE_TOO_LONG', ['0707070707'], { message: 'x'.repeat(153 * 6 + 1) }],
    ['MESSAGE_TOO_LONG', ['0707070707'], { message: 'x'.repeat(1_000_000) }],
    ['INVALID_OPTIONS', ['0707070707'], { options: { priority: 1.5 } }],
    ['INVALID_INPUT', ['0707070707'], { idempotencyKey: '\u0000' }],
    ['FORBIDDEN', ['0707070707'], { userId: 1 }],
    ['FORBIDDEN', ['0707070707'], { userId: 999 }],
    ['NOT_FOUND', ['0707070707'], { userId: 999, caller: { userId: 1, isAdmin: true } }],
  ])('refuses the whole call with %s (%#)', async (code, entries, more) => {
    const { deps, batches } = createFakeAccepts()
    await expect(enqueueBulk(deps, { ...sendInput(more), recipients: recipientsOf(entries) })).rejects.toMatchObject({ code })
    expect(batches).toEqual([])
  })

  it('sends as another user for an administrator', async () => {
    const { deps } = createFakeAccepts()
    const input = sendInput({ caller: { userId: 1, isAdmin: true }, userId: 2 })
    expect((await enqueueBulk(deps, { ...input, recipients: recipientsOf(['0707070707']) })).batch).toMatchObject({ userId: 2 })
  })

  it('takes out of the text what PostgreSQL cannot hold', async () => {
    const { deps } = createFakeAccepts()
    const input = sendInput({ message: 'a\u0000b\ud800' })
    expect((await enqueueBulk(deps, { ...input, recipients: recipientsOf(['0707070707']) })).batch).toMatchObject({
      message: 'ab\ufffd',
    })
  })
})

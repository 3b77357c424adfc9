import { expect, it } from 'vitest'
import { enqueueBulk } from './enqueue-bulk.ts'
import { createFakeAccepts, recipientsOf, sendInput } from './enqueue.fakes.ts'
import { enqueueSms } from './enqueue-sms.ts'
import type { SendInput } from './accept-ports.ts'

const sendTo = (
  deps: ReturnType<typeof createFakeAccepts>['deps'],
  options: SendInput['options'],
  more: Partial<SendInput> = {},
) => enqueueBulk(deps, { ...sendInput({ options, ...more }), recipients: recipientsOf(['0707070707']) })

it('sends by the account that is named, and wakes its dispatcher', async () => {
  const { deps, kicks } = createFakeAccepts()
  const { batch } = await sendTo(deps, { senderAccount: 'Mali', senderName: 'Clinique' })
  const { sms } = await enqueueSms(deps, { ...sendInput({ options: { senderAccount: 'Mali' } }), phoneNumber: '0707070708' })
  expect([batch?.accountId, sms.accountId]).toEqual([3, 3])
  expect(kicks).toEqual([3, 3])
})

it('wakes the dispatcher of every account that has SMS of a list', async () => {
  const { deps, kicks } = createFakeAccepts()
  const { acceptList } = deps.accepts
  deps.accepts.acceptList = async (draft) => {
    const accepted = await acceptList(draft)
    return accepted.kind === 'accepted' ? { ...accepted, batch: { ...accepted.batch, otherAccountIds: [3, 4] } } : accepted
  }
  await sendTo(deps, {})
  expect(kicks).toEqual([1, 3, 4])
})

it.each([
  ['UNKNOWN_ACCOUNT', { senderAccount: 'mali' }],
  ['UNKNOWN_ACCOUNT', { senderAccount: '' }],
  ['INVALID_OPTIONS', { senderAccount: 'Mali', senderName: 'Autre' }],
])('throws %s and writes nothing: %o', async (code, options) => {
  const { deps, batches } = createFakeAccepts()
  await expect(sendTo(deps, options)).rejects.toMatchObject({ code })
  expect(batches).toEqual([])
})

it('is part of what an idempotency key stands for', async () => {
  const { deps } = createFakeAccepts()
  const key = { idempotencyKey: 'key' }
  await sendTo(deps, { senderAccount: 'Mali' }, key)
  expect(await sendTo(deps, { senderAccount: 'Mali' }, key)).toMatchObject({ isRepeated: true })
  await expect(sendTo(deps, {}, key)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
})

import { expect, it } from 'vitest'
import type { ReceiptLook, ReceiptProof } from '@sms/core'
import { createReceiptRound } from './receipt-loop.ts'

const createWorld = (options: { isAccountShared?: boolean } = {}) => {
  const world = {
    now: 0,
    due: 0,
    orphanNumbers: [] as string[],
    proofs: [] as ReceiptProof[],
    old: 0,
    asked: [] as (readonly string[])[],
    cleanings: 0,
    looks: [] as ReceiptLook[],
    proved: [] as bigint[],
  }
  const round = createReceiptRound({
    receipts: {
      lookForSms: async (limit) => {
        const lookedAt = Math.min(world.due, limit)
        world.due -= lookedAt
        return { lookedAt, moved: lookedAt, unchanged: 0, superseded: 0, orphaned: 0, orphanNumbers: world.orphanNumbers }
      },
      resolveOrphans: async (numbers) => (world.asked.push(numbers), world.proofs.splice(0)),
      clean: async (_days, limit) => {
        world.cleanings += 1
        const gone = Math.min(world.old, limit)
        world.old -= gone
        return gone
      },
    },
    isAccountShared: options.isAccountShared ?? false,
    now: () => world.now,
    onLooked: (look) => world.looks.push(look),
    onProved: ({ smsId }) => world.proved.push(smsId),
  })
  return { world, round }
}

const proof: ReceiptProof = { smsId: 7n, batchId: null, attempt: 1, messageId: 'id', proved: 'RESOLVED' }

it('goes on at once while there is more, and rests when there is nothing', async () => {
  const { world, round } = createWorld()
  world.due = 700
  expect([await round(), await round(), await round()]).toEqual([true, false, false])
  expect(world.looks.map(({ lookedAt }) => lookedAt)).toEqual([500, 200])
})

it('asks what follows from the receipts that it looked for in vain, and goes on at once with what was proved', async () => {
  const { world, round } = createWorld()
  world.orphanNumbers = ['one', 'two']
  world.proofs = [proof]
  expect(await round()).toBe(true)
  expect(world.asked).toEqual([['one', 'two']])
  expect(world.proved).toEqual([7n])
})

it('proves nothing by elimination while another program uses the account', async () => {
  const { world, round } = createWorld({ isAccountShared: true })
  world.orphanNumbers = ['one']
  world.proofs = [proof]
  expect(await round()).toBe(false)
  expect([world.asked, world.proved]).toEqual([[], []])
})

it('cleans once a minute, chunk by chunk while there is more', async () => {
  const { world, round } = createWorld()
  world.old = 2_500
  expect([await round(), await round(), await round()]).toEqual([true, false, false])
  expect(world.cleanings).toBe(2)
  world.now = 60_000
  await round()
  expect(world.cleanings).toBe(3)
})

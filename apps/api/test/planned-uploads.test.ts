import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, numbers, rowCounts, type Tenant } from './harness.ts'
import { creditOf, openTransactions, openUploads, type Uploads } from './uploads.ts'

let api: Api
let awa: Tenant
let upload: Uploads['upload']
beforeAll(async () => {
  ;({ api, awa, upload } = await openUploads())
})
afterAll(() => api.release())

describe('the plan of a file', () => {
  const planOf = async (file: string, fields: Record<string, string> = {}) =>
    (await upload(file, { fields: { plan: 'true', ...fields } })).body

  it('says whom it would reach, at what price and which lines are refused, and changes nothing', async () => {
    const before = [await rowCounts(api), await api.db.batchRefusal.count(), await creditOf(api, awa)]
    const [one = '', two = '', three = ''] = numbers(3, 300_000)
    await api.db.suppression.create({ data: { userId: Number(awa.userId), phoneNumber: three } })
    const plan = await planOf(`phone\n${one}\n${two}\n${one}\nnobody\n${three}\n`, { message: 'é'.repeat(161) })
    expect(plan).toMatchObject({
      planId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'PLANNED',
      summary: { total: 5, accepted: 2, refused: 3 },
      recipients: 2,
      unitsNeeded: 4,
      estimated: [],
      price: { smsCount: 2, parts: 4, currency: 'XOF' },
      creditLeft: before[2],
      etaSeconds: expect.any(Number),
      quietHours: null,
      refused: { total: 3, byCode: { DUPLICATE: 1, INVALID_NUMBER: 1, OPTED_OUT: 1 }, all: null },
    })
    expect(plan['refused'].lines.map(({ line }: { line: number }) => line)).toEqual([4, 5, 6])
    expect([await rowCounts(api), await api.db.batchRefusal.count(), await creditOf(api, awa)]).toEqual(before)
    expect(await openTransactions(api)).toBe(0)
  })

  it('is what is sent with its id, or nothing is and the answer says what changed', async () => {
    const [one = '', two = '', other = ''] = numbers(3, 310_000)
    const file = `phone,prenom\n${one},Awa\n${two},Koffi\n`
    const message = 'Bonjour {prenom}'
    const { planId, estimated } = await planOf(file, { message })
    expect(estimated).toEqual(['units'])
    const before = await rowCounts(api)
    const send = async (text: string, more: Record<string, string> = {}) => upload(text, { fields: { message, planId, ...more } })
    const changedBy = async (sent: ReturnType<typeof send>) => {
      const { code, body } = await sent
      return [code, body['errors'][0].extensions.changed]
    }
    expect(await changedBy(send(file.replace(two, other)))).toEqual(['PLAN_CHANGED', 'recipients'])
    expect(await changedBy(send(file.replace('Awa', 'Ama')))).toEqual(['PLAN_CHANGED', 'recipients'])
    expect(await changedBy(send(file, { message: 'Bonsoir {prenom}' }))).toEqual(['PLAN_CHANGED', 'message recipients'])
    expect(await changedBy(send(file, { priority: '9' }))).toEqual(['PLAN_CHANGED', 'options'])
    expect(await changedBy(send(file, { planId: 'none' }))).toEqual(['PLAN_CHANGED', 'plan'])
    const suppression = { userId: Number(awa.userId), phoneNumber: two }
    await api.db.suppression.create({ data: suppression })
    expect(await changedBy(send(file))).toEqual(['PLAN_CHANGED', 'optedOut'])
    await api.db.suppression.deleteMany({ where: suppression })
    expect(await rowCounts(api)).toEqual(before)

    const sent = await send(file, { idempotencyKey: 'planned' })
    expect(sent).toMatchObject({ status: 201, body: { summary: { accepted: 2 } } })
    // Whatever has changed since: a call that is repeated has its answer.
    await api.db.suppression.create({ data: suppression })
    expect(await send(file, { idempotencyKey: 'planned' })).toMatchObject({
      status: 200,
      body: { batchId: sent.body['batchId'] },
    })
    await api.db.suppression.deleteMany({ where: suppression })
  })

  it('counts who waits for the end of quiet hours', async () => {
    const scheduledAt = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T23:30:00Z`
    const plan = await planOf(`phone\n${numbers(1, 320_000)[0]}\n`, { kind: 'PROMOTIONAL', scheduledAt })
    expect(plan['quietHours']).toMatchObject({ recipients: 1, delayedUntil: expect.stringMatching(/T0\d:00:00/) })
  })
})

it('writes no number and no text into a log', () => {
  const log = api.lines.join('')
  expect(log).not.toMatch(/07000|Bonjour/)
  expect(log).toContain('Batch accepted')
  expect(log).not.toContain('Unexpected error')
})

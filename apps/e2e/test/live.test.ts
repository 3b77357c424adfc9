import { eventually } from '@sms/devstack'
import { afterEach, describe, expect, it } from 'vitest'
import { type Counts, numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'
import { ADMIN_KEY } from './test-system.ts'

let system: SystemFixture | undefined
let socket: WebSocket | undefined
afterEach(async () => {
  socket?.close()
  await system?.release()
  system = undefined
})

type Update = { version: string; status: string; counts: Counts }
type Message = { type: string; payload?: { data?: { batchProgress: Update } } }

const PROGRESS = `subscription ($id: ID!) {
  batchProgress(batchId: $id) { version status counts { total pending processing sent failed cancelled unknown } } }`

/** The protocol graphql-transport-ws as any client speaks it. */
const follow = (apiUrl: string, id: string) => {
  const updates: (Update & { atMs: number })[] = []
  const seen: string[] = []
  const opened = new WebSocket(`${apiUrl.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  socket = opened
  const say = (message: unknown) => opened.send(JSON.stringify(message))
  opened.addEventListener('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${ADMIN_KEY}` } }))
  opened.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    seen.push(message.type)
    if (message.type === 'ping') say({ type: 'pong' })
    if (message.type === 'connection_ack') say({ id: '1', type: 'subscribe', payload: { query: PROGRESS, variables: { id } } })
    const update = message.payload?.data?.batchProgress
    if (message.type === 'next' && update !== undefined) updates.push({ ...update, atMs: performance.now() })
  })
  return { updates, seen }
}

describe('a subscription to a batch', () => {
  it('shows what real workers do: a snapshot, at most two updates a second, balanced each, then the end', async () => {
    system = await openSystemFixture({ workers: 2, ratePerSecond: 60 })
    const batchId = await system.sendList(numbers(240))
    const { updates, seen } = follow(system.apiUrl, batchId)
    await eventually(() => expect(seen).toContain('complete'), { timeoutMs: 60_000 })

    for (const { counts } of updates) {
      const { total, ...states } = counts
      expect(total).toBe(240)
      expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total)
    }
    const sent = updates.map(({ counts }) => counts.sent)
    expect(sent).toEqual(sent.toSorted((a, b) => a - b))
    // Four seconds of sending, seen while it happened.
    expect(new Set(sent.filter((count) => count > 0 && count < 240)).size).toBeGreaterThanOrEqual(2)
    expect(updates.at(-1)).toMatchObject({ status: 'COMPLETED', counts: { sent: 240, pending: 0, processing: 0 } })
    // No three of them within a second; what one may have lost on its way is left out.
    const gaps = updates.slice(2).map(({ atMs }, place) => atMs - (updates[place]?.atMs ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(800)
    expect(seen).not.toContain('error')
    expect(await system.expectBalance()).toEqual({ accepted: 240, sent: 240, unknown: 0 })
  }, 120_000)
})

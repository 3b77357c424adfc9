import type { ConfiguredAccount } from '@sms/db'
import { beforeEach, expect, it } from 'vitest'
import type { AccountService } from './account-service.ts'
import { createAccountSupervisor } from './account-supervisor.ts'

let told: string[]
let configured: ConfiguredAccount[]
let nowMs: number
/** Sealed with another secret. */
let closedTo: Set<number>
/** Ends the stop of a service that is waiting for what is on the wire. */
let settled: Map<string, () => void>

const account = (id: number, version = 0, ratePerSecond = 5): ConfiguredAccount => ({
  id,
  version,
  ratePerSecond,
  sealedCredentials: 'sealed',
  apiUrl: null,
  senderAddress: 'tel:+2230000',
  senderNames: [],
})

const service = (accountId: number, version: number, ratePerSecond: number): AccountService => ({
  runs: { oldestMs: () => 0 },
  isConsumerStalled: () => Promise.resolve(false),
  accountId,
  ratePerSecond,
  provider: {} as AccountService['provider'],
  start: () => void told.push(`start ${accountId}.${version}`),
  setConcurrency: (concurrency) => void told.push(`places ${accountId}.${version} ${concurrency}`),
  stop: async () => {
    told.push(`stop ${accountId}.${version}`)
    await new Promise<void>((resolve) => settled.set(`${accountId}.${version}`, resolve))
  },
})

const supervise = () =>
  createAccountSupervisor({
    defaultService: service(1, 0, 5),
    concurrency: 20,
    findConfigured: async () => configured,
    open: ({ id, version, ratePerSecond }) => (closedTo.has(id) ? null : service(id, version, ratePerSecond)),
    reportUnreadable: async (id) => void told.push(`report ${id}`),
    now: () => nowMs,
    onStarted: (id) => void told.push(`started ${id}`),
    onStopped: (id) => void told.push(`stopped ${id}`),
    onUnreadable: (id) => void told.push(`unreadable ${id}`),
    onFailure: (id, error) => void told.push(`failure ${id} ${String(error)}`),
    onRound: ({ running, unreadable }) => void told.push(`round ${running} ${unreadable}`),
  })

const toldSince = async (act: () => Promise<unknown>): Promise<string[]> => {
  told = []
  await act()
  // What follows a stop is some microtasks away.
  await new Promise((resolve) => setImmediate(resolve))
  return told
}

beforeEach(() => {
  told = []
  configured = []
  nowMs = 0
  closedTo = new Set()
  settled = new Map()
})

it('leaves all places to the default account while there is no other', async () => {
  const supervisor = supervise()
  expect(await toldSince(() => supervisor.round())).toEqual(['places 1.0 20', 'round 1 0'])
})

it('starts an account that appeared, once, and shares the places', async () => {
  const supervisor = supervise()
  configured = [account(2)]
  expect(await toldSince(() => supervisor.round())).toEqual([
    'start 2.0',
    'started 2',
    'places 1.0 10',
    'places 2.0 10',
    'round 2 0',
  ])
  expect(await toldSince(() => supervisor.round())).toEqual(['places 1.0 10', 'places 2.0 10', 'round 2 0'])
  expect(supervisor.running().map(({ accountId }) => accountId)).toEqual([1, 2])
})

it('replaces a changed account only after what it has on the wire is settled', async () => {
  const supervisor = supervise()
  configured = [account(2)]
  await supervisor.round()
  configured = [account(2, 1)]
  expect(await toldSince(() => supervisor.round())).toEqual(['stop 2.0', 'places 1.0 20', 'round 1 0'])
  expect(await toldSince(() => supervisor.round())).toEqual(['places 1.0 20', 'round 1 0'])
  expect(await toldSince(async () => settled.get('2.0')?.())).toEqual(['stopped 2'])
  expect(await toldSince(() => supervisor.round())).toContain('start 2.1')
})

it('ends an account that was disabled', async () => {
  const supervisor = supervise()
  configured = [account(2), account(3)]
  await supervisor.round()
  configured = [account(3)]
  expect(await toldSince(() => supervisor.round())).toContain('stop 2.0')
  expect(supervisor.running().map(({ accountId }) => accountId)).toEqual([1, 3])
})

it('says once that credentials cannot be opened, keeps saying so in SQL, and starts the others', async () => {
  const supervisor = supervise()
  configured = [account(2), account(3)]
  closedTo.add(2)
  expect(await toldSince(() => supervisor.round())).toEqual([
    'unreadable 2',
    'report 2',
    'start 3.0',
    'started 3',
    'places 1.0 10',
    'places 3.0 10',
    'round 2 1',
  ])
  expect(await toldSince(() => supervisor.round())).not.toContain('report 2')
  nowMs = 10_000
  const later = await toldSince(() => supervisor.round())
  expect(later).toContain('report 2')
  expect(later).not.toContain('unreadable 2')
  closedTo.clear()
  expect(await toldSince(() => supervisor.round())).toEqual(expect.arrayContaining(['start 2.0', 'round 3 0']))
})

it('stops every account, waits for what each has on the wire, and starts none afterwards', async () => {
  const supervisor = supervise()
  configured = [account(2)]
  await supervisor.round()
  let isStopped = false
  const stopping = supervisor.stop().then(() => (isStopped = true))
  settled.get('1.0')?.()
  configured = [account(2), account(3)]
  expect(await toldSince(() => supervisor.round())).toEqual([])
  expect(isStopped).toBe(false)
  settled.get('2.0')?.()
  await stopping
})

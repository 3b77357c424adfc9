import { fileURLToPath } from 'node:url'
import { spawnChild } from '@sms/devstack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, environment, numbers, openApi, type Tenant } from './harness.ts'

/** Two API processes on one PostgreSQL and one Redis; they know of each other by these alone. */

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const CALLS = 50

let api: Api
let tenant: Tenant
let urls: string[]
const releases: (() => Promise<void>)[] = []
beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  const children = [1, 2].map(() =>
    spawnChild({
      main: MAIN,
      // All calls come with one key within a second; how many may is not what this is about.
      env: {
        ...environment({ databaseUrl: api.urls.database, redisUrl: api.urls.redis }),
        API_REQUESTS_PER_SECOND: '100000',
        LOG_LEVEL: 'info',
      },
    }),
  )
  releases.push(...children.map(({ release }) => release))
  urls = await Promise.all(
    children.map(async (child) => {
      const { port } = JSON.parse(await child.waitForLine(/API listening/)) as { port: number }
      return `http://127.0.0.1:${port}`
    }),
  )
})
afterAll(async () => {
  await Promise.all(releases.map((release) => release()))
  await api.release()
})

const BULK =
  'mutation($p: [String!]!, $m: String!, $k: String) { sendBulkSms(phoneNumbers: $p, message: $m, idempotencyKey: $k) { status errorCode batchId summary { total successful failed } } }'

type Sent = { status: string; errorCode: string | null; batchId: string | null; summary: object }

/** Every second call at the other instance. */
const sendOften = (variables: (call: number) => { p: string[]; m: string; k: string }): Promise<Sent[]> =>
  Promise.all(
    Array.from({ length: CALLS }, async (_, call) => {
      const response = await fetch(`${urls[call % 2]}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: BULK, variables: variables(call) }),
      })
      return ((await response.json()) as { data: { sendBulkSms: Sent } }).data.sendBulkSms
    }),
  )

it('makes one batch, and takes its credits once, of 50 calls with one key at once through two instances', async () => {
  const creditOf = async () => (await api.db.user.findUniqueOrThrow({ where: { id: Number(tenant.userId) } })).smsCredit
  const before = await creditOf()
  const answers = await sendOften(() => ({ p: numbers(200), m: 'Bonjour', k: 'one press' }))
  expect(answers[0]).toMatchObject({ status: 'QUEUED', errorCode: null, summary: { total: 200, successful: 200, failed: 0 } })
  expect(answers).toEqual(answers.map(() => answers[0]))
  expect(await api.db.smsBatch.count({ where: { userId: Number(tenant.userId) } })).toBe(1)
  expect(await api.db.smsQueue.count({ where: { userId: Number(tenant.userId) } })).toBe(200)
  expect(await creditOf()).toBe(before - 200)
})

it('lets one of two inputs have the key, and tells every caller of the other', async () => {
  const batches = await api.db.smsBatch.count()
  const answers = await sendOften((call) => ({
    p: numbers(50, 1_000),
    m: call % 2 === 0 ? 'Bonjour' : 'Bonsoir',
    k: 'two presses',
  }))
  const queued = answers.filter(({ status }) => status === 'QUEUED')
  expect(queued).toHaveLength(CALLS / 2)
  expect(new Set(queued.map(({ batchId }) => batchId)).size).toBe(1)
  const refused = answers.filter(({ errorCode }) => errorCode === 'IDEMPOTENCY_CONFLICT')
  expect(refused).toHaveLength(CALLS / 2)
  expect(await api.db.smsBatch.count()).toBe(batches + 1)
})

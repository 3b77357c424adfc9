import { createRequire } from 'node:module'
import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, type Api, numbers, openApi, type Tenant } from './harness.ts'

type Route = { method: string; route: string }
const { appRoutes } = createRequire(import.meta.url)('@bull-board/api/dist/routes.js') as { appRoutes: { api: Route[] } }

const BASE = '/admin/queues'
const MAY_ACT = [
  'put /api/queues/:queueName/retry/:queueStatus',
  'put /api/queues/:queueName/clean/:queueStatus',
  'put /api/queues/:queueName/:jobId/retry',
  'put /api/queues/:queueName/:jobId/clean',
]
const others = appRoutes.api.filter(({ method, route }) => method !== 'get' && !MAY_ACT.includes(`${method} ${route}`))

let api: Api
let tenant: Tenant
beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  await tenant.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { status } }', { p: numbers(3) })
  await eventually(async () => (await waiting()).length === 3)
})
afterAll(() => api.release())

const queue = () => api.deps.board.queues[0]!
const waiting = () => queue().getJobs(['prioritized'])
const call = (method: string, route: string, authorization: string | null = `Bearer ${ADMIN_KEY}`, payload?: object) =>
  api.app.inject({
    method: method.toUpperCase() as 'PUT',
    url: `${BASE}${route}`,
    headers: authorization === null ? {} : { authorization },
    ...(payload && { payload }),
  })
const filled = (route: string) =>
  route.replace(':queueName', 'sms-1').replace(':jobId', 'sms-1-1').replace(':schedulerId', 'x').replace(':queueStatus', 'failed')

describe('Bull Board', () => {
  it('has every route closed to those without credentials and to those who are no administrators', async () => {
    for (const { method, route } of appRoutes.api) {
      expect([route, (await call(method, filled(route), null)).statusCode]).toEqual([route, 401])
      const refused = await call(method, filled(route), `Bearer ${tenant.key}`)
      expect([route, refused.statusCode, refused.json().code]).toEqual([route, 403, 'FORBIDDEN'])
    }
  })

  it('shows an administrator the queue without numbers and texts', async () => {
    const shown = await call('get', '/api/queues?activeQueue=sms-1&status=prioritized')
    expect(shown.statusCode).toBe(200)
    const [{ jobs }] = shown.json().queues
    expect(jobs).toHaveLength(3)
    expect(jobs.find(({ id }: { id: string }) => id === 'sms-1-1')).toMatchObject({
      name: 'SMS 1',
      externalUrl: { displayText: 'SMS 1', href: '/admin/sms/1' },
    })
    expect(shown.body).not.toMatch(/225\d{10}/)
  })

  it.each(others)('may not $method $route', async ({ method, route }) => {
    const before = [await queue().getJobCounts(), await queue().getMeta()]
    const answer = await call(method, filled(route), `Bearer ${ADMIN_KEY}`, { max: 1, duration: 1, concurrency: 1, force: true })
    expect([answer.statusCode, answer.json().code]).toEqual([405, 'ACTION_DISABLED'])
    expect([await queue().getJobCounts(), await queue().getMeta()]).toEqual(before)
  })

  it('knows of more than a dozen such routes: the list above is not empty by mistake', () => {
    expect(others.length).toBeGreaterThan(12)
    expect(appRoutes.api.filter(({ method, route }) => MAY_ACT.includes(`${method} ${route}`))).toHaveLength(4)
  })

  it.each(['wait', 'active', 'delayed', 'prioritized', 'paused'])('may not remove jobs that are %s', async (status) => {
    const answer = await call('put', `/api/queues/sms-1/clean/${status}`)
    expect([answer.statusCode, answer.json().code]).toEqual([405, 'ACTION_DISABLED'])
    expect(await waiting()).toHaveLength(3)
  })

  it('may not remove a job that has still to run', async () => {
    expect((await call('put', '/api/queues/sms-1/sms-1-1/clean')).json().code).toBe('ACTION_DISABLED')
    expect(await waiting()).toHaveLength(3)
  })

  it.each([
    ['a job that waits', '/api/queues/sms-1/sms-1-1/retry', 409, 'NOT_REPLAYABLE'],
    ['a job that is gone', '/api/queues/sms-1/sms-99-1/retry', 404, 'NOT_FOUND'],
    ['a queue that does not exist', '/api/queues/sms-9/sms-1-1/retry', 404, 'NOT_FOUND'],
    ['all completed ones', '/api/queues/sms-1/retry/completed', 409, 'NOT_REPLAYABLE'],
  ])('retries nothing of %s and says why', async (_name, route, status, code) => {
    const answer = await call('put', route)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.json().message).toMatch(/./)
    expect(await api.db.operatorAct.count()).toBe(0)
    expect(await waiting()).toHaveLength(3)
  })

  it('retries nothing of a job that does not parse, of no SMS, or of an older dispatch', async () => {
    await api.db
      .$executeRaw`UPDATE "SmsQueue" SET status = 'FAILED', "failedAt" = now(), "errorCode" = 'SVC0004', attempts = 1, "dispatchedAt" = NULL
      WHERE id = 3`
    await api.db.$executeRaw`UPDATE "SmsBatch" SET pending = pending - 1, failed = failed + 1`
    await queue().add('send', { nothing: 'of ours' }, { jobId: 'odd-1' })
    await queue().add('send', { smsId: '999', dispatch: 1 }, { jobId: 'odd-2' })
    await queue().add('send', { smsId: '3', dispatch: 7 }, { jobId: 'odd-3' })
    const answers = await Promise.all(['odd-1', 'odd-2', 'odd-3'].map((jobId) => call('put', `/api/queues/sms-1/${jobId}/retry`)))
    expect(answers.map((answer) => answer.json().code)).toEqual(['NOT_REPLAYABLE', 'NOT_FOUND', 'NOT_REPLAYABLE'])
    expect(answers[2]?.json().message).toContain('plus récente')
    expect(await api.db.operatorAct.count()).toBe(0)
  })

  it('replays a FAILED SMS for its last job: back to PENDING, and into the window under a new number', async () => {
    expect((await call('put', '/api/queues/sms-1/sms-3-1/retry')).statusCode).toBe(204)
    await eventually(async () => (await waiting()).some(({ id }) => id === 'sms-3-2'))
    expect(await api.db.operatorAct.findMany()).toMatchObject([
      { userId: 1, via: 'BULL_BOARD', reason: 'Bull Board: retry', smsCount: 1 },
    ])
    expect((await call('put', '/api/queues/sms-1/sms-3-2/retry')).statusCode).toBe(409)
  })

  it('lets no error of its own tell what is inside', async () => {
    const answer = await call('get', '/api/queues/sms-1/metrics-of-nothing/and/more')
    expect(answer.statusCode).toBe(404)
    expect((await call('get', '/')).headers['content-security-policy']).toContain("default-src 'self'")
  })
})

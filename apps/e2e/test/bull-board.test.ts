import { eventually } from '@sms/devstack'
import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium } from './chromium.ts'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'
import { ADMIN_KEY } from './test-system.ts'

const PASSWORD = 'un mot de passe'
const BOARD = '/admin/queues/queue/sms-1'

let system: SystemFixture
let browser: Browser
let page: Page
let batchId: string

beforeAll(async () => {
  browser = await openChromium()
  system = await openSystemFixture({ workers: 2, ratePerSecond: 1_000_000, env: { SMS_BACKOFF_MS: '0' } })
  for (const [username, isAdmin] of [
    ['awa', true],
    ['koffi', false],
  ] as const) {
    await system.graphql(
      'mutation($u: String!, $p: String!, $a: Boolean) { createUser(username: $u, password: $p, isAdmin: $a) { id } }',
      {
        u: username,
        p: PASSWORD,
        a: isAdmin,
      },
    )
  }
  // SMS 1 is refused by Orange; SMS 2 is accepted by it, which we do not get to know; the others are accepted.
  await system.control('faults', { recipients: { '1': '400-svc0001', '2': 'accept-then-500' } })
  batchId = await system.sendList(numbers(6), 'Un texte à ne pas montrer')
  expect((await system.completed(batchId)).counts).toMatchObject({ sent: 4, failed: 1, unknown: 1 })
  page = await (await browser.newContext({ locale: 'fr-CI' })).newPage()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await system?.release()
})

const logInAs = async (username: string, on = page): Promise<void> => {
  await on.getByLabel('Nom d’utilisateur').fill(username)
  await on.getByLabel('Mot de passe').fill(PASSWORD)
  await on.getByRole('button', { name: 'Se connecter' }).click()
}

/** Its buttons have no names: in the list of completed jobs "duplicate" stands before it. */
const PLACE_OF_RETRY = { failed: 0, completed: 1 }

/** Presses "retry" in the job's line, and what asks to be sure of it. */
const pressRetry = async (jobId: string, list: 'failed' | 'completed'): Promise<Response> => {
  await page.goto(`${system.apiUrl}${BOARD}?status=${list}`)
  const line = page
    .locator('div')
    .filter({ hasText: jobId })
    .filter({ has: page.locator('button') })
    .last()
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith(`/${jobId}/retry`) && response.request().method() === 'PUT'),
    line
      .locator('button')
      .nth(PLACE_OF_RETRY[list])
      .click()
      .then(() => page.getByRole('alertdialog').getByRole('button').first().click()),
  ])
  return answer
}

const statusOf = async (smsId: number): Promise<string | undefined> =>
  (await system.sql.query<{ status: string }>('SELECT status::text FROM "SmsQueue" WHERE id = $1', [smsId])).rows[0]?.status

describe('Bull Board', () => {
  it('is refused without a session, every part of it', async () => {
    for (const path of ['', '/', '/api/queues', '/static/favicon.ico', '/queue/sms-1', '/api/queues/sms-1/sms-1-1']) {
      const response = await fetch(`${system.apiUrl}/admin/queues${path}`)
      expect([path, response.status]).toEqual([path, 401])
    }
    const put = await fetch(`${system.apiUrl}/admin/queues/api/queues/sms-1/sms-1-1/retry`, { method: 'PUT' })
    expect(put.status).toBe(401)
    await page.goto(`${system.apiUrl}${BOARD}`)
    expect(new URL(page.url()).pathname).toBe('/admin/login')
  })

  it('is refused to those who are no administrators, and to a wrong password', async () => {
    const context = await browser.newContext({ locale: 'fr-CI' })
    const theirs = await context.newPage()
    await theirs.goto(`${system.apiUrl}/admin/queues`)
    await theirs.getByLabel('Nom d’utilisateur').fill('awa')
    await theirs.getByLabel('Mot de passe').fill('autre chose')
    await theirs.getByRole('button', { name: 'Se connecter' }).click()
    expect(await theirs.getByRole('alert').innerText()).toContain('incorrect')
    await logInAs('koffi', theirs)
    expect(await theirs.getByRole('alert').innerText()).toContain('administrateurs')
    expect(await theirs.locator('#root').count()).toBe(0)
    await context.close()
  })

  it('is shown to an administrator after the login, with the SMS of each job and no number or text', async () => {
    await page.goto(`${system.apiUrl}${BOARD}?status=failed`)
    await logInAs('awa')
    await page.getByRole('link', { name: 'SMS 1', exact: true }).waitFor()
    const shown = await page.locator('#root').innerText()
    expect(shown).toContain('sms-1-1')
    expect(shown).toContain('sms-2-1')
    expect(shown).toContain('SVC0001')
    expect(`${shown}${await page.content()}`).not.toMatch(/22507|à ne pas montrer/)
  })

  it('leads to the SMS and its story, which is where number and text are', async () => {
    await page.goto(`${system.apiUrl}${BOARD}?status=failed`)
    const [shown] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'SMS 1', exact: true }).click(),
    ])
    await shown.waitForLoadState()
    expect(new URL(shown.url()).pathname).toBe('/admin/sms/1')
    const text = await shown.locator('main').innerText()
    for (const part of ['+22507', 'Un texte à ne pas montrer', 'FAILED', 'unavailable', 'SVC0001']) expect(text).toContain(part)
    await shown.close()
    expect((await fetch(`${system.apiUrl}/admin/sms/1`)).status).toBe(401)
  })

  it('sends nothing when "retry" is pressed on an UNKNOWN or a sent one, and says why', async () => {
    const before = await system.summary()
    const unknown = await pressRetry('sms-2-1', 'failed')
    expect([unknown.status(), (await unknown.json()).code]).toEqual([409, 'NOT_REPLAYABLE'])
    await page.getByText('le destinataire l’a peut-être reçu').waitFor()
    const sent = await pressRetry('sms-3-1', 'completed')
    expect([sent.status(), (await sent.json()).code]).toEqual([409, 'NOT_REPLAYABLE'])
    await page.getByText('Ce SMS est SENT').waitFor()
    expect([await statusOf(2), await statusOf(3)]).toEqual(['UNKNOWN', 'SENT'])
    expect(await system.summary()).toMatchObject({ accepted: before.accepted, duplicates: 0 })
    expect((await system.batch(batchId)).status).toBe('COMPLETED')
  })

  it('replays a FAILED one: refused again while Orange refuses, sent once when it does not', async () => {
    const before = await system.summary()
    expect((await pressRetry('sms-1-1', 'failed')).status()).toBe(204)
    expect((await system.completed(batchId)).counts).toMatchObject({ sent: 4, failed: 1, unknown: 1 })
    expect((await system.summary()).accepted).toBe(before.accepted)

    await system.control('faults', {})
    expect((await pressRetry('sms-1-2', 'failed')).status()).toBe(204)
    const batch = await system.completed(batchId)
    expect(batch.counts).toMatchObject({ sent: 5, failed: 0, unknown: 1 })
    expect(await system.summary()).toMatchObject({ accepted: before.accepted + 1, duplicates: 0 })
    expect((await pressRetry('sms-1-3', 'completed')).status()).toBe(409)
    expect(await system.summary()).toMatchObject({ accepted: before.accepted + 1, duplicates: 0 })

    const { rows } = await system.sql.query(
      'SELECT u.username, a.via, a.kind, a."smsCount" FROM "OperatorAct" a JOIN "User" u ON u.id = a."userId" ORDER BY a.id',
    )
    const act = { username: 'awa', via: 'BULL_BOARD', kind: 'REPLAY', smsCount: 1 }
    expect(rows).toEqual([act, act])
    await system.expectBalance()
  })

  it('retries all that FAILED and nothing else, once for two who press at the same moment', async () => {
    await system.control('faults', { recipients: { '4': '400-svc0001', '5': 'accept-then-500' } })
    const second = await system.sendList(numbers(20, 100))
    const { counts } = await system.completed(second)
    expect(counts).toMatchObject({ failed: 2, unknown: 2 })
    await system.control('faults', {})
    const before = await system.summary()
    const press = () =>
      fetch(`${system.apiUrl}/admin/queues/api/queues/sms-1/retry/failed`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      })
    const answers = await Promise.all([press(), press()])
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { retried: number }[]
    expect(bodies.reduce((sum, { retried }) => sum + retried, 0)).toBe(2)
    expect((await system.completed(second)).counts).toMatchObject({ sent: 18, failed: 0, unknown: 2 })
    expect(await system.summary()).toMatchObject({ accepted: before.accepted + 2, duplicates: 0 })
    await system.expectBalance()
  })

  it('does nothing by a session for the page of another site', async () => {
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: 'sms_session', httpOnly: true, sameSite: 'Strict' })
    const headers = { cookie: `${cookie?.name}=${cookie?.value}`, origin: 'http://evil.example' }
    const response = await fetch(`${system.apiUrl}/admin/queues/api/queues/sms-1/retry/failed`, { method: 'PUT', headers })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([403, 'BAD_ORIGIN'])
  })

  it('is closed after the logout', async () => {
    await page.goto(`${system.apiUrl}/admin/logout`)
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await eventually(() => new URL(page.url()).pathname === '/admin/login')
    await page.goto(`${system.apiUrl}/admin/queues`)
    expect(new URL(page.url()).pathname).toBe('/admin/login')
    expect(await page.context().cookies()).toEqual([])
  })
})

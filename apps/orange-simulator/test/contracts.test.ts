import { describe, expect, it } from 'vitest'
import { control, open, send, tokenOf } from './harness.ts'

const ask = (url: string, token: string) =>
  fetch(`${url}/sms/admin/v1/contracts`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.timeout(500),
  })

describe('the contracts', () => {
  it('go wrong as the plan says, one answer after the other', async () => {
    const { url, ledger } = await open()
    const token = await tokenOf(url)
    const contracts = [
      { fault: '401-42' },
      { fault: '429', retryAfterS: 3 },
      { fault: '500', times: 2 },
      { fault: 'unreadable-200' },
    ]
    await control(url, 'faults', { contracts })
    const answers = []
    for (let turn = 0; turn < 6; turn += 1) answers.push(await ask(url, token))
    expect(answers.map(({ status }) => status)).toEqual([401, 429, 500, 500, 200, 200])
    expect(answers[1]?.headers.get('retry-after')).toBe('3')
    expect(await answers[4]?.text()).toBe('<html>')
    expect(await answers[5]?.json()).toMatchObject([{ country: 'CIV', status: 'ACTIVE' }])
    expect(ledger.summary()).toMatchObject({ accepted: 0, outcomes: { '401-42': 1, '500': 2, answered: 1 } })
  })

  it('can be silent, broken off, or late', async () => {
    const { url } = await open()
    const token = await tokenOf(url)
    await control(url, 'faults', { contracts: [{ fault: 'hang' }, { fault: 'reset' }, { fault: 'slow', delayMs: 100 }] })
    await expect(ask(url, token)).rejects.toThrow()
    await expect(ask(url, token)).rejects.toThrow()
    const askedAt = performance.now()
    expect((await ask(url, token)).status).toBe(200)
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(99)
  })

  it('spend no fault on a token that is refused anyway', async () => {
    const { url } = await open()
    await control(url, 'faults', { contracts: [{ fault: '500' }] })
    expect((await ask(url, 'unknown')).status).toBe(401)
    expect((await ask(url, await tokenOf(url))).status).toBe(500)
  })

  it('that have ended, or are used up, refuse sends and say so', async () => {
    const { url } = await open({ settings: { units: 1 } })
    const token = await tokenOf(url)
    expect((await send(url, token)).status).toBe(201)
    const broke = await send(url, token)
    expect([broke.status, JSON.stringify(await broke.json())]).toEqual([403, expect.stringContaining('POL0001')])
    expect(await (await ask(url, token)).json()).toMatchObject([{ availableUnits: 0, status: 'ACTIVE' }])
    await control(url, 'config', { units: 5, contractExpired: true })
    expect((await send(url, token)).status).toBe(403)
    expect(await (await ask(url, token)).json()).toMatchObject([{ availableUnits: 5, status: 'EXPIRED' }])
  })
})

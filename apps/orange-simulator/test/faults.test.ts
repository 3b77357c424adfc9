import { describe, expect, it } from 'vitest'
import { askToken, control, open, send, tokenOf } from './harness.ts'

describe('faults', () => {
  const statusOf = async (reply: Promise<Response>): Promise<number | string> => {
    try {
      const response = await reply
      await response.text()
      return response.status
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? 'hangs' : 'breaks'
    }
  }
  it.each<[string, number | string, boolean]>([
    ['accept-then-reset', 'breaks', true],
    ['accept-then-hang', 'hangs', true],
    ['accept-then-500', 500, true],
    ['accept-then-502', 502, true],
    ['accept-then-504', 504, true],
    ['accept-then-half-body', 'breaks', true],
    ['accept-unreadable-201', 201, true],
    ['accept-empty-201', 201, true],
    ['accept-without-body-id', 201, true],
    ['slow', 'hangs', true],
    ['reset-before-accept', 'breaks', false],
    ['hang-before-accept', 'hangs', false],
    ['500', 500, false],
    ['502', 502, false],
    ['503', 503, false],
    ['503-code-5', 503, false],
    ['503-retry-after', 503, false],
    ['429', 429, false],
    ['403-53', 403, false],
    ['401-41', 401, false],
    ['401-42', 401, false],
    ['403-50', 403, false],
    ['400-svc0001', 400, false],
    ['400-svc0004-address', 400, false],
    ['400-svc0004-sender', 400, false],
    ['403-expired-contract', 403, false],
    ['403-no-units', 403, false],
    ['403-pol0002', 403, false],
  ])('%s: the caller sees %s, accepted %s', async (fault, seen, isAccepted) => {
    const { url, ledger } = await open({ faults: { recipients: { '99': fault as 'slow' } } })
    const token = await tokenOf(url)
    expect(await statusOf(send(url, token, { address: 'tel:+2250707070799' }))).toBe(seen)
    expect((await send(url, token)).status).toBe(201)
    expect(ledger.summary()).toMatchObject({ accepted: isAccepted ? 2 : 1, outcomes: { [fault]: 1 } })
  })
  it('by recipient: the longest ending wins and a rule can be used up', async () => {
    const { url } = await open()
    const token = await tokenOf(url)
    const plan = { recipients: { '9': '500', '99': { fault: '503-retry-after', times: 1, retryAfterS: 7 } } }
    expect((await control(url, 'faults', plan)).status).toBe(200)
    const first = await send(url, token, { address: 'tel:+2250707070799' })
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '7'])
    expect((await send(url, token, { address: 'tel:+2250707070799' })).status).toBe(201)
    expect((await send(url, token, { address: 'tel:+2250707070789' })).status).toBe(500)
    expect((await control(url, 'faults', { recipients: { x: '500' } })).status).toBe(400)
  })
  it('by chance: the same seed makes the same mistakes', async () => {
    const outcomesOf = async (seed: number) => {
      const { url, ledger } = await open({ seed, faults: { random: [{ probability: 0.3, fault: '429' }] } })
      const token = await tokenOf(url)
      for (let index = 0; index < 40; index += 1) await send(url, token)
      return ledger
        .read()
        .entries.map(({ outcome }) => outcome)
        .join()
    }
    const [one, same, other] = [await outcomesOf(5), await outcomesOf(5), await outcomesOf(6)]
    expect(same).toBe(one)
    expect(other).not.toBe(one)
    expect(one.match(/429/g)?.length).toBeGreaterThan(3)
  })
  it('of the token endpoint come in order and are used up', async () => {
    const { url } = await open({
      faults: { token: [{ fault: '500', times: 2 }, { fault: '429', retryAfterS: 3 }, { fault: 'reset' }] },
    })
    expect([(await askToken(url)).status, (await askToken(url)).status]).toEqual([500, 500])
    expect((await askToken(url)).headers.get('retry-after')).toBe('3')
    await expect(askToken(url)).rejects.toThrow()
    expect((await askToken(url)).status).toBe(200)
  })
})

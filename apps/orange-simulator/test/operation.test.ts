import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { eventually } from '@sms/devstack'
import { describe, expect, it } from 'vitest'
import { control, open, releases, send, tokenOf } from './harness.ts'

describe('receipts', () => {
  it('come after the delay, with the id of the resource', async () => {
    const received: unknown[] = []
    const webhook = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
      request.on('end', () => {
        received.push(JSON.parse(body))
        response.writeHead(body.includes('0788') ? 500 : 200).end('ok')
      })
    })
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
    releases.push(async () => webhook.close())
    const receiptsUrl = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/webhook/x`
    const { url, ledger } = await open({
      settings: { receiptsUrl, receiptDelayMs: 50 },
      faults: { receipts: { '99': ['MessageWaiting', 'DeliveryImpossible'], '00': [] } },
    })
    const token = await tokenOf(url)
    for (const ending of ['0707', '0799', '0700', '0788']) await send(url, token, { address: `tel:+225070707${ending}` })
    await eventually(() => expect(ledger.summary().receipts).toEqual({ delivered: 3, refused: 1, waiting: 0 }))
    const { entries } = ledger.read({ acceptedOnly: true })
    const receipt = (index: number, deliveryStatus: string) => ({
      deliveryInfoNotification: {
        callbackData: entries[index]?.messageId,
        deliveryInfo: { address: entries[index]?.address, deliveryStatus },
      },
    })
    const expected = [
      receipt(0, 'DeliveredToTerminal'),
      receipt(1, 'MessageWaiting'),
      receipt(1, 'DeliveryImpossible'),
      receipt(3, 'DeliveredToTerminal'),
    ]
    expect(received).toHaveLength(4)
    expect(received).toEqual(expect.arrayContaining(expected))
  })
})

describe('the control plane', () => {
  it('reads the ledger on from where it was left, and forgets everything on request', async () => {
    const { url } = await open()
    const token = await tokenOf(url)
    for (let index = 0; index < 3; index += 1) await send(url, token, { message: `text ${index}` })
    const first = (await control(url, 'ledger?limit=2')).body as { entries: { sequence: number }[]; next: number }
    const rest = (await control(url, `ledger?since=${first.next}`)).body as {
      entries: { sequence: number; message: string }[]
      next: number
    }
    expect([first.entries.length, first.next, rest.entries.map(({ sequence }) => sequence), rest.next]).toEqual([2, 2, [2, 3], 4])
    expect(rest.entries.map(({ message }) => message)).toEqual(['text 1', 'text 2'])
    await control(url, 'reset', { keepTokens: true })
    expect((await control(url, 'summary')).body).toMatchObject({ requests: 0, accepted: 0, tokenCalls: 0 })
    expect((await send(url, token)).status).toBe(201)
    await control(url, 'reset', {})
    expect((await send(url, token)).status).toBe(401)
    expect((await control(url, 'nothing')).status).toBe(404)
  })
})

describe('the process', () => {
  const main = new URL('../src/main.ts', import.meta.url).pathname
  it('says where it listens and ends on SIGTERM, whatever hangs', async () => {
    const env = { PORT: '0', SIMULATOR_TPS: '0', SIMULATOR_FAULTS: '{"recipients":{"99":"accept-then-hang"}}' }
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    releases.push(async () => child.kill('SIGKILL'))
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { listening } = JSON.parse(line) as { listening: string }
    const hanging = send(listening, await tokenOf(listening), { address: 'tel:+2250707070799' }).catch(() => 'broken')
    await eventually(async () => (await control(listening, 'summary')).body['accepted'] === 1)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    await hanging
  })
  it('names every bad value and exits 78', async () => {
    const env = { PORT: 'x', SIMULATOR_TPS: '-1' }
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
    expect((await once(child, 'close'))[0]).toBe(78)
    expect(said).toMatch(/port.*\n.*tps/)
  })
})

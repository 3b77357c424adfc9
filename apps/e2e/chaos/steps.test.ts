import type { Proxy, ProxyTap } from '@sms/devstack'
import { describe, expect, it } from 'vitest'
import { isWholeSend, ourDialect, plainDialect, type Step, strikeApiAt, strikeAt, type Wires } from './steps.ts'

const READY = 'Z\0\0\0\u0005I'
const IN_TRANSACTION = 'Z\0\0\0\u0005T'
const CLAIM = 'B\0\0\0\u0010\0claim\0rest'
const SETTLE = 'B\0\0\0\u0010\0settle\0rest'
const send = (body: string): string =>
  `POST /smsmessaging/v1/outbound/tel%3A%2B2250000/requests HTTP/1.1\r\nhost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** A proxy that carries nothing: what it would do with a chunk is what its tap says. */
const createWire = () => {
  let tap: ProxyTap | null = null
  const proxy = { watch: (next: ProxyTap | null) => (tap = next) } as unknown as Proxy
  return {
    proxy,
    up: (text: string, connection = 1) => tap?.(Buffer.from(text, 'latin1'), 'to-server', connection) ?? 'pass',
    down: (text: string, connection = 1) => tap?.(Buffer.from(text, 'latin1'), 'to-client', connection) ?? 'pass',
  }
}

const given = (step: Step) => {
  const [redis, postgres, provider] = [createWire(), createWire(), createWire()]
  let strikes = 0
  const wires: Wires = { redis: redis.proxy, postgres: postgres.proxy, provider: provider.proxy }
  const struck = strikeAt({ wires, step, dialect: ourDialect, strike: () => (strikes += 1), withinMs: 5_000 })
  return { redis, postgres, provider, struck, strikes: () => strikes }
}

describe('strikeAt', () => {
  it('before the claim: holds the claim itself, whatever was asked before', async () => {
    const { postgres, struck, strikes } = given('before the claim')
    expect(postgres.up(SETTLE)).toBe('pass')
    expect(postgres.down(READY)).toBe('pass')
    expect(strikes()).toBe(0)
    expect(postgres.up(CLAIM)).toBe('hold')
    expect(await struck).toBe(true)
    expect(strikes()).toBe(1)
  })

  it('claim committed: lets the claim pass and holds its answer, not that of another connection', async () => {
    const { postgres, struck, strikes } = given('claim committed')
    expect(postgres.up(CLAIM, 1)).toBe('pass')
    expect(postgres.down(`rows ${READY}`, 2)).toBe('pass')
    expect(postgres.down('rows', 1)).toBe('pass')
    expect(strikes()).toBe(0)
    expect(postgres.down(`more ${READY}`, 1)).toBe('hold')
    expect(await struck).toBe(true)
  })

  it('settle committed: does not take the answer inside a transaction for a commit', () => {
    const { postgres, strikes } = given('settle committed')
    postgres.up(SETTLE)
    expect(postgres.down(IN_TRANSACTION)).toBe('pass')
    expect(strikes()).toBe(0)
    expect(postgres.down(READY)).toBe('hold')
    expect(strikes()).toBe(1)
  })

  it('request written: strikes when the last byte of the body has been seen, and lets it pass', () => {
    const { provider, strikes } = given('request written')
    const request = send('{"a":1}')
    expect(provider.up(request.slice(0, -1))).toBe('pass')
    expect(strikes()).toBe(0)
    expect(provider.up(request.slice(-1))).toBe('pass')
    expect(strikes()).toBe(1)
  })

  it('answer received: holds the settle', () => {
    const { postgres, strikes } = given('answer received')
    expect(postgres.up(CLAIM)).toBe('pass')
    expect(postgres.up(SETTLE)).toBe('hold')
    expect(strikes()).toBe(1)
  })

  it('job finished: knows the script by the field it writes, also across two chunks, and lets it pass', () => {
    const { redis, strikes } = given('job finished')
    expect(redis.up('*3\r\n$7\r\nEVALSHA\r\n$11\r\nreturn')).toBe('pass')
    expect(redis.up('value\r\n$4\r\nSENT\r\n')).toBe('pass')
    expect(strikes()).toBe(1)
  })

  it('strikes once, and is false when the step does not come', async () => {
    const { postgres, strikes } = given('before the claim')
    postgres.up(CLAIM)
    expect(postgres.up(CLAIM)).toBe('pass')
    expect(strikes()).toBe(1)
    const wires = { redis: createWire().proxy, postgres: createWire().proxy, provider: createWire().proxy }
    expect(await strikeAt({ wires, step: 'job finished', dialect: ourDialect, strike: () => undefined, withinMs: 1 })).toBe(false)
  })
})

describe('strikeApiAt', () => {
  it('batch committed: holds the answer to the commit of the rows, not of anything else', async () => {
    const [redis, postgres] = [createWire(), createWire()]
    const struck = strikeApiAt({
      wires: { redis: redis.proxy, postgres: postgres.proxy },
      step: 'batch committed',
      strike: () => undefined,
      withinMs: 5_000,
    })
    expect(postgres.up('Q COMMIT', 2)).toBe('pass')
    expect(postgres.down(READY, 2)).toBe('pass')
    postgres.up('P INSERT INTO "SmsQueue" …', 1)
    expect(postgres.down(IN_TRANSACTION, 1)).toBe('pass')
    postgres.up('Q COMMIT', 1)
    expect(postgres.down(READY, 1)).toBe('hold')
    expect(await struck).toBe(true)
  })

  it('jobs not yet added: holds the first command with a job of ours', async () => {
    const [redis, postgres] = [createWire(), createWire()]
    const struck = strikeApiAt({
      wires: { redis: redis.proxy, postgres: postgres.proxy },
      step: 'jobs not yet added',
      strike: () => undefined,
      withinMs: 5_000,
    })
    expect(redis.up('$9\r\nsms:epoch\r\n$14\r\nbull:sms-1:wait\r\n')).toBe('pass')
    expect(redis.up('…\xa9sms-123-1…')).toBe('hold')
    expect(await struck).toBe(true)
  })
})

it('knows the statements of the plain worker', () => {
  const update = 'UPDATE "public"."SmsQueue" SET "status" = CAST($1::text AS "public"."SmsStatus")'
  expect(plainDialect(Buffer.from(`${update}PROCESSING`))).toBe('claim')
  expect(plainDialect(Buffer.from(`${update}SENT`))).toBe('settle')
  expect(plainDialect(Buffer.from('SELECT 1'))).toBeNull()
})

it('takes only a whole request to send for one', () => {
  expect(isWholeSend(Buffer.from(send('{"é":1}'), 'latin1'))).toBe(true)
  expect(isWholeSend(Buffer.from('POST /oauth/v3/token HTTP/1.1\r\ncontent-length: 0\r\n\r\n'))).toBe(false)
  expect(isWholeSend(Buffer.from('GET /smsmessaging/v1/outbound/x HTTP/1.1\r\n\r\n'))).toBe(false)
})

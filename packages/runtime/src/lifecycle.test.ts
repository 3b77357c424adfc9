import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createLifecycle, type ProcessPort } from './lifecycle.ts'
import { createLogger } from './logger.ts'

const never = () => new Promise<void>(() => {})

const start = (graceMs = 1_000) => {
  const lines: string[] = []
  const events = new EventEmitter()
  let resolveExit = (_code: number) => {}
  const exited = new Promise<number>((resolve) => {
    resolveExit = resolve
  })
  const process = Object.assign(events, { exit: (code: number) => resolveExit(code) })
  const logger = createLogger({ name: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const lifecycle = createLifecycle({ logger, graceMs, process })
  return { lifecycle, events, exited, log: () => lines.join('') }
}

describe('the lifecycle of a process', () => {
  it.each(['SIGTERM', 'SIGINT'])('releases on %s, the last opened first, one after the other, and exits 0', async (signal) => {
    const { lifecycle, events, exited } = start()
    const released: string[] = []
    for (const name of ['database', 'redis', 'server']) {
      lifecycle.onClose(name, async () => {
        released.push(`${name} begins`)
        await Promise.resolve()
        released.push(`${name} ends`)
      })
    }
    events.emit(signal, signal)
    expect(await exited).toBe(0)
    expect(released).toEqual(['server begins', 'server ends', 'redis begins', 'redis ends', 'database begins', 'database ends'])
  })

  it('closes and exits 1 when it is told to fail, also when it is closing already', async () => {
    const one = start()
    let isReleased = false
    one.lifecycle.onClose('worker', () => {
      isReleased = true
    })
    one.lifecycle.fail()
    expect(await one.exited).toBe(1)
    expect(isReleased).toBe(true)

    const other = start()
    other.lifecycle.onClose('worker', () => other.lifecycle.fail())
    other.events.emit('SIGTERM', 'SIGTERM')
    expect(await other.exited).toBe(1)
  })

  it('tells each release what time it has', async () => {
    const { lifecycle, events, exited } = start(1_000)
    const limits: number[] = []
    lifecycle.onClose('first', (limitMs) => void limits.push(limitMs))
    lifecycle.onClose('second', (limitMs) => void limits.push(limitMs), 200)
    events.emit('SIGTERM', 'SIGTERM')
    expect(await exited).toBe(0)
    expect(limits[0]).toBe(200)
    expect(limits[1]).toBeGreaterThan(900)
    expect(limits[1]).toBeLessThanOrEqual(1_000)
  })

  it('exits at once on a second signal', async () => {
    const { lifecycle, events, exited } = start()
    lifecycle.onClose('stuck', never)
    events.emit('SIGTERM', 'SIGTERM')
    events.emit('SIGINT', 'SIGINT')
    expect(await exited).toBe(130)
  })

  it('goes on past a release that fails or takes too long, says so and exits 1', async () => {
    const { lifecycle, events, exited, log } = start()
    let isReleased = false
    lifecycle.onClose('first', () => {
      isReleased = true
    })
    lifecycle.onClose('failing', () => {
      throw new Error('cannot')
    })
    lifecycle.onClose('stuck', never, 10)
    events.emit('SIGTERM', 'SIGTERM')
    expect(await exited).toBe(1)
    expect(isReleased).toBe(true)
    expect(log()).toMatch(/"resource":"stuck".*Resource not released in time/)
    expect(log()).toMatch(/"resource":"failing".*Resource not released"/)
  })

  it('spends no more than its grace on all of them together', async () => {
    const { lifecycle, events, exited } = start(30)
    for (const name of ['a', 'b', 'c']) lifecycle.onClose(name, never)
    const startedAt = performance.now()
    events.emit('SIGTERM', 'SIGTERM')
    expect(await exited).toBe(1)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  it.each(['uncaughtException', 'unhandledRejection'])('logs an %s, closes and exits 1', async (event) => {
    const { lifecycle, events, exited, log } = start()
    let isReleased = false
    lifecycle.onClose('server', () => {
      isReleased = true
    })
    events.emit(event, new TypeError('surprise for +2250707070707'))
    expect(await exited).toBe(1)
    expect(isReleased).toBe(true)
    expect(log()).toMatch(/"level":"fatal".*TypeError/)
    expect(log()).not.toContain('0707070707')
  })

  it('finishes closing although something unexpected happens meanwhile, but does not call it a success', async () => {
    const { lifecycle, events, exited } = start()
    let finish = () => {}
    lifecycle.onClose(
      'server',
      () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
    )
    events.emit('SIGTERM', 'SIGTERM')
    events.emit('unhandledRejection', 'not even an error')
    finish()
    expect(await exited).toBe(1)
  })

  it('releases what was opened when the start fails, and exits 1', async () => {
    const { lifecycle, exited, log } = start()
    let isReleased = false
    await lifecycle.run(async () => {
      lifecycle.onClose('database', () => {
        isReleased = true
      })
      throw new Error('port in use')
    })
    expect(await exited).toBe(1)
    expect(isReleased).toBe(true)
    expect(log()).toContain('Start failed')
  })

  it('releases once, however often it is closed, and what is opened too late as well', async () => {
    const { lifecycle } = start()
    let releaseCount = 0
    const release = () => {
      releaseCount += 1
    }
    lifecycle.onClose('early', release)
    expect(await Promise.all([lifecycle.close(), lifecycle.close()])).toEqual([true, true])
    lifecycle.onClose('late', release)
    expect(await lifecycle.close()).toBe(true)
    expect(releaseCount).toBe(2)
  })

  it('fits the process itself', () => {
    const port: ProcessPort = process
    expect(port).toBe(process)
  })

  it('no longer listens once it has ended', async () => {
    const { events, exited } = start()
    events.emit('SIGTERM', 'SIGTERM')
    await exited
    expect(events.eventNames()).toEqual([])
  })
})

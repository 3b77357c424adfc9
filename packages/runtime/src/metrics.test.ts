import { describe, expect, it } from 'vitest'
import { register } from 'prom-client'
import { createMetrics } from './metrics.ts'

describe('the metrics of a process', () => {
  it('are counted under their labels and shown as one page', async () => {
    const metrics = createMetrics()
    const outcomes = metrics.counter({ name: 'sms_outcomes_total', help: 'Outcomes.', labelNames: ['kind'] })
    outcomes.inc({ kind: 'accepted' }, 2)
    const pending = metrics.gauge({ name: 'sms_pending', help: 'Waiting.', collect: (gauge) => gauge.set(7) })
    const duration = metrics.histogram({ name: 'sms_send_seconds', help: 'Send.', buckets: [0.1, 1] })
    duration.observe(0.5)
    const text = await metrics.text()
    expect(text).toContain('sms_outcomes_total{kind="accepted"} 2')
    expect(text).toContain('sms_pending 7')
    expect(text).toContain('sms_send_seconds_bucket{le="1"} 1')
    expect(metrics.contentType).toContain('text/plain')
    expect((await pending.get()).values[0]?.value).toBe(7)
  })

  it('wait for a gauge that has to ask', async () => {
    const metrics = createMetrics()
    metrics.gauge({ name: 'asked', help: 'Asked.', collect: async (gauge) => gauge.set(await Promise.resolve(3)) })
    expect(await metrics.text()).toContain('asked 3')
  })

  it('are their own: two in one process do not meet, and the global registry stays empty', async () => {
    const [first, second] = [createMetrics({ withProcessMetrics: true }), createMetrics()]
    first.counter({ name: 'same', help: 'Same.' }).inc()
    second.counter({ name: 'same', help: 'Same.' })
    expect(await first.text()).toContain('process_cpu_seconds_total')
    expect(await second.text()).not.toContain('process_cpu_seconds_total')
    expect(await second.text()).toContain('same 0')
    expect(register.getMetricsAsArray()).toEqual([])
  })
})

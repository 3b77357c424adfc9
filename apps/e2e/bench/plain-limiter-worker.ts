import { Queue, Worker } from 'bullmq'
import { openBenchWorker } from './provider.ts'

/** The limiter of BullMQ as its documentation shows it: `max` jobs a second, and the request inside the processor. */
const { config, redis, blockingRedis, provider } = openBenchWorker()

if (process.env['PLAIN_FEEDS'] === '1') {
  const queue = new Queue('plain', { connection: redis })
  const count = Number(process.env['PLAIN_JOBS'])
  for (let start = 0; start < count; start += 1_000) {
    await queue.addBulk(
      Array.from({ length: Math.min(1_000, count - start) }, (_, i) => ({ name: 'send', data: { n: start + i } })),
    )
  }
}
await provider.prepare()
const worker = new Worker<{ n: number }>(
  'plain',
  async ({ data }) => {
    await provider.send(
      { phoneNumber: `+22507${String(data.n).padStart(8, '0')}`, message: 'Bonjour', senderName: null },
      { timeoutMs: config.ORANGE_TIMEOUT_MS, mayWrite: () => true, takeSlot: () => Promise.resolve(true) },
    )
  },
  { connection: blockingRedis, concurrency: config.WORKER_CONCURRENCY, limiter: { max: config.ORANGE_TPS, duration: 1_000 } },
)
worker.on('error', (error) => process.stderr.write(`${error.message}\n`))
process.stdout.write('{"msg":"started"}\n')

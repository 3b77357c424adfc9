import { createOrangeProvider } from '@sms/orange'
import { openRedis } from '@sms/queue'
import { exitOnBadConfig, workerConfigSchema } from '@sms/runtime'
import { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'

/** The limiter of BullMQ as its documentation shows it: `max` jobs a second, and the request inside the processor. */
const config = exitOnBadConfig(workerConfigSchema, process.env)
const open = (role: 'producer' | 'worker'): Redis =>
  openRedis({ url: config.REDIS_URL, role, onError: (error) => process.stderr.write(`${error.message}\n`) }).redis
const redis = open('producer')
const provider = createOrangeProvider(
  { redis },
  {
    accountId: 1,
    appSecret: config.APP_SECRET,
    apiUrl: config.ORANGE_API_URL,
    clientId: config.ORANGE_API_CLIENT_ID,
    clientSecret: config.ORANGE_API_CLIENT_SECRET,
    senderAddress: config.ORANGE_DEFAULT_SENDER_ADDRESS,
    senderName: null,
    timeoutMs: config.ORANGE_TIMEOUT_MS,
    connectionCount: config.WORKER_CONCURRENCY,
  },
)

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
  { connection: open('worker'), concurrency: config.WORKER_CONCURRENCY, limiter: { max: config.ORANGE_TPS, duration: 1_000 } },
)
worker.on('error', (error) => process.stderr.write(`${error.message}\n`))
process.on('SIGTERM', () => process.exit(0))
process.stdout.write('{"msg":"started"}\n')

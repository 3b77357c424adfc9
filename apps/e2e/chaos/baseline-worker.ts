import { openDatabase } from '@sms/db'
import { Worker } from 'bullmq'
import { openBenchWorker } from '../bench/provider.ts'
import { createUsualRun } from '../bench/usual-run.ts'

/**
 * A plain BullMQ worker, as its documentation builds one: its defaults, its limiter, attempts 3 with exponential backoff (given with
 * the jobs), one Prisma update a change of state. HTTP client, deadlines and shared token are the product's own, so that only
 * the queueing differs.
 */
const { config, blockingRedis, provider } = openBenchWorker()
const { db } = openDatabase({ url: config.DATABASE_URL, poolSize: 10 })

const worker = new Worker<{ smsId: number }>(
  'usual',
  createUsualRun({
    db,
    provider,
    timeoutMs: config.ORANGE_TIMEOUT_MS,
    cleared: { sentAt: null, failedAt: null, errorCode: null, messageId: null },
  }),
  {
    connection: blockingRedis,
    concurrency: config.WORKER_CONCURRENCY,
    limiter: { max: config.ORANGE_TPS, duration: 1_000 },
  },
)

worker.on('failed', (job, error) => {
  if (!job || job.attemptsMade < (job.opts.attempts ?? 1)) return
  const data = { status: 'FAILED' as const, failedAt: new Date(), errorCode: error.message.slice(0, 60), leaseUntil: null }
  db.smsQueue
    .update({ where: { id: BigInt(job.data.smsId) }, data: { ...data, sentAt: null, messageId: null } })
    .catch((failure: unknown) => process.stderr.write(`${String(failure)}\n`))
})
worker.on('error', (error) => process.stderr.write(`${error.message}\n`))
await worker.waitUntilReady()
process.stdout.write('worker started\n')

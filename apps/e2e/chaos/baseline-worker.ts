import { openDatabase } from '@sms/db'
import { Worker } from 'bullmq'
import { openBenchWorker } from '../bench/provider.ts'

/**
 * A plain BullMQ worker, as its documentation builds one: its defaults, its limiter, attempts 3 with exponential backoff (given with
 * the jobs), one Prisma update a change of state. HTTP client, deadlines and shared token are the product's own, so that only
 * the queueing differs.
 */
const { config, blockingRedis, provider } = openBenchWorker()
const { db } = openDatabase({ url: config.DATABASE_URL, poolSize: 10 })
const NOBODY = '00000000-0000-4000-8000-000000000000'

const worker = new Worker<{ smsId: number }>(
  'usual',
  async (job) => {
    const id = BigInt(job.data.smsId)
    const sms = await db.smsQueue.update({
      where: { id },
      data: {
        status: 'PROCESSING',
        attempts: { increment: 1 },
        lastAttemptAt: new Date(),
        // What the table asks of a row in this state; nothing reads it here.
        claimedBy: `usual-${process.pid}`,
        claimId: NOBODY,
        leaseUntil: new Date(Date.now() + 3_600_000),
        sentAt: null,
        failedAt: null,
        errorCode: null,
        messageId: null,
      },
    })
    const outcome = await provider.send(sms, {
      timeoutMs: config.ORANGE_TIMEOUT_MS,
      mayWrite: () => true,
      takeSlot: () => Promise.resolve(true),
    })
    if (outcome.kind !== 'accepted') throw new Error(outcome.code)
    await db.smsQueue.update({
      where: { id },
      data: { status: 'SENT', sentAt: new Date(), leaseUntil: null, messageId: outcome.messageId },
    })
  },
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

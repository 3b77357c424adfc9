import { openDatabase } from '@sms/db'
import { Worker } from 'bullmq'
import { openBenchWorker } from './provider.ts'

/**
 * The usual way, as BullMQ's documentation builds it: its defaults, attempts 3, one Prisma update before the send and one
 * after it. The token is shared and the connections are kept, as ours are, so that only the queueing differs.
 */
const { config, blockingRedis, provider } = openBenchWorker()
const { db } = openDatabase({ url: config.DATABASE_URL, poolSize: 10 })

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
        claimedBy: 'usual',
        leaseUntil: new Date(Date.now() + 60_000),
        claimId: '00000000-0000-4000-8000-000000000000',
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
  { connection: blockingRedis, concurrency: config.WORKER_CONCURRENCY },
)
worker.on('error', (error) => process.stderr.write(`${error.message}\n`))

import type { Database } from '@sms/db'
import type { OrangeProvider } from '@sms/orange'

const NOBODY = '00000000-0000-4000-8000-000000000000'
/** Longer than any run: nothing looks at it, and it must not end under somebody's eyes. */
const LEASE_MS = 3_600_000

type Cleared = { sentAt: null; failedAt: null; errorCode: null; messageId: null }

/**
 * One job as BullMQ's documentation runs it: an update before the send, one after it, and a throw for whatever was not accepted.
 * `cleared`: what an earlier run of the same job may have left, where jobs run again.
 */
export const createUsualRun =
  (deps: { db: Database; provider: OrangeProvider; timeoutMs: number; cleared?: Cleared }) =>
  async ({ data: { smsId } }: { data: { smsId: number } }): Promise<void> => {
    const { db, provider, timeoutMs, cleared = {} } = deps
    const id = BigInt(smsId)
    const sms = await db.smsQueue.update({
      where: { id },
      data: {
        status: 'PROCESSING',
        attempts: { increment: 1 },
        lastAttemptAt: new Date(),
        // What the table asks of a row in this state; nothing reads it here.
        claimedBy: `usual-${process.pid}`,
        claimId: NOBODY,
        leaseUntil: new Date(Date.now() + LEASE_MS),
        ...cleared,
      },
    })
    const outcome = await provider.send(sms, { timeoutMs, mayWrite: () => true, takeSlot: () => Promise.resolve(true) })
    if (outcome.kind !== 'accepted') throw new Error(outcome.code)
    await db.smsQueue.update({
      where: { id },
      data: { status: 'SENT', sentAt: new Date(), leaseUntil: null, messageId: outcome.messageId },
    })
  }

import type { Logger } from '@sms/runtime'
import type { ReceiptDeps } from './receipt-loop.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/** What receipts have shown, to the outside; an attempt that was given up and was accepted is told as when its own word comes late. */
export const createReceiptEvents = (deps: {
  logger: Logger
  metrics: Pick<WorkerMetrics, 'receipts' | 'resolved' | 'duplicates' | 'lateOutcomes'>
}): Pick<ReceiptDeps, 'onLooked' | 'onProved'> => {
  const { logger, metrics } = deps
  return {
    onLooked: ({ lookedAt, moved, unchanged, superseded, orphaned }) => {
      metrics.receipts.inc({ result: 'moved' }, moved)
      metrics.receipts.inc({ result: 'unchanged' }, unchanged)
      metrics.receipts.inc({ result: 'superseded' }, superseded)
      metrics.receipts.inc({ result: 'orphan' }, orphaned)
      logger.debug({ lookedAt, moved, unchanged, superseded, orphaned }, 'receipts looked at')
    },
    onProved: ({ smsId, batchId, attempt, messageId, proved }) => {
      const fields = {
        smsId: String(smsId),
        ...(batchId !== null && { batchId: String(batchId) }),
        attempt,
        messageId,
        by: 'receipt',
      }
      switch (proved) {
        case 'RESOLVED':
          metrics.resolved.inc()
          return logger.info(fields, 'sms that was unknown is sent')
        case 'CONFIRMED':
          metrics.lateOutcomes.inc({ meaning: 'CONFIRMED' })
          return logger.info(fields, 'sms without id is confirmed')
        case 'DUPLICATE':
          metrics.lateOutcomes.inc({ meaning: 'DUPLICATE' })
          metrics.duplicates.inc()
          return logger.error(fields, 'sms accepted twice')
        case 'ACCEPTED_LATE':
          metrics.lateOutcomes.inc({ meaning: 'ACCEPTED_LATE' })
          return logger.error(fields, 'sms accepted after it was given up')
      }
    },
  }
}

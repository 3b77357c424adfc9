import type { Logger } from '@sms/runtime'
import type { ServiceEvent } from './graphql/service.ts'
import type { AcceptedCounter } from './plugins/metrics.ts'

const ACCEPTED_KIND = { LIST: 'list', SEGMENT: 'segment', ALL_CONTACTS: 'all-contacts' } as const
const BATCH_EVENTS = {
  'batch-cancelled': 'Batch cancelled',
  'batch-paused': 'Batch paused',
  'batch-resumed': 'Batch resumed',
  'batch-priority-changed': 'Batch priority changed',
} as const

const REPLAY_EVENTS = { 'replay-started': 'Replay started', 'replay-cancelled': 'Replay cancelled' } as const

const ACCOUNT_EVENTS = {
  'account-created': 'Sender account created',
  'account-updated': 'Sender account changed',
  'account-disabled': 'Sender account disabled',
  'account-enabled': 'Sender account enabled',
  'sending-paused': 'Sending paused',
  'sending-resumed': 'Sending resumed',
} as const

/** One log line and one count for every change of state that a call has made. */
export const createObserver =
  (logger: Logger, accepted: AcceptedCounter) =>
  (event: ServiceEvent): void => {
    switch (event.kind) {
      case 'sms-accepted':
        accepted.inc({ kind: 'single' })
        return logger.info({ smsId: String(event.smsId), userId: event.userId }, 'SMS accepted')
      case 'batch-accepted': {
        const { batchId, userId, batchKind, smsCount } = event
        accepted.inc({ kind: ACCEPTED_KIND[batchKind] }, smsCount)
        return logger.info({ batchId: String(batchId), userId, batchKind, smsCount }, 'Batch accepted')
      }
      case 'recipient-opted-out':
        return logger.info({ userId: event.userId }, 'Recipient opted out')
      case 'sms-replayed': {
        const { userId, via, smsCount } = event
        return logger.info({ userId, via, smsCount }, 'SMS replayed')
      }
      case 'sms-cancelled':
        return logger.info({ smsId: String(event.smsId), userId: event.userId }, 'SMS cancelled')
      case 'replay-started':
      case 'replay-cancelled': {
        const { replayId, userId, smsCount } = event
        return logger.info({ replayId: String(replayId), userId, smsCount }, REPLAY_EVENTS[event.kind])
      }
      case 'unknown-resolved': {
        const { userId, decision, smsCount } = event
        return logger.info({ userId, decision, smsCount }, 'Unknown SMS resolved')
      }
      case 'account-created':
      case 'account-updated':
      case 'account-disabled':
      case 'account-enabled':
      case 'sending-paused':
      case 'sending-resumed':
        return logger.info({ accountIds: event.accountIds, userId: event.userId }, ACCOUNT_EVENTS[event.kind])
      case 'batch-cancelled':
      case 'batch-paused':
      case 'batch-resumed':
      case 'batch-priority-changed':
        return logger.info({ batchId: String(event.batchId), userId: event.userId }, BATCH_EVENTS[event.kind])
    }
  }

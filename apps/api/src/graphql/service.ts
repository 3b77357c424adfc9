import type { AcceptDeps, BatchId, BatchKind, ImportDeps, ReplayChannel, ReplayDeps, SmsId } from '@sms/core'
import type { BatchQueries, ContactStore, SenderAccountRepository, SmsQueries, UserRepository } from '@sms/db'
import type { OutcomeWatcher } from '../outcome-watcher.ts'

/** What the resolvers work with. */
export type GraphqlService = {
  accept: AcceptDeps
  imports: ImportDeps
  replay: ReplayDeps
  batches: BatchQueries
  sms: SmsQueries
  contacts: ContactStore
  users: UserRepository
  accounts: Pick<SenderAccountRepository, 'findAll'>
  outcomes: OutcomeWatcher
  /** SMS a second that the account may send. */
  ratePerSecond: number
  /** Told of every change of state that a call has made; a repeated call makes none. */
  observe: (event: ServiceEvent) => void
}

export type ServiceEvent =
  | { kind: 'sms-accepted'; smsId: SmsId; userId: number }
  | { kind: 'batch-accepted'; batchId: BatchId; userId: number; batchKind: BatchKind; smsCount: number }
  | { kind: 'sms-replayed'; userId: number; via: ReplayChannel; smsCount: number }
  | { kind: 'batch-cancelled' | 'batch-paused' | 'batch-resumed'; batchId: BatchId; userId: number }

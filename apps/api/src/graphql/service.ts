import type { AcceptDeps } from '@sms/core'
import type { BatchQueries, ContactStore, SenderAccountRepository, SmsQueries, UserRepository } from '@sms/db'
import type { OutcomeWatcher } from '../outcome-watcher.ts'

/** What the resolvers work with. */
export type GraphqlService = {
  accept: AcceptDeps
  batches: BatchQueries
  sms: SmsQueries
  contacts: ContactStore
  users: UserRepository
  accounts: Pick<SenderAccountRepository, 'findAll'>
  outcomes: OutcomeWatcher
  /** SMS a second that the account may send. */
  ratePerSecond: number
  /** Contacts of one import call at most. */
  maxContacts: number
  /** Counts SMS that were accepted by one call. */
  countAccepted: (kind: 'single' | 'list' | 'segment' | 'all-contacts', smsCount: number) => void
}

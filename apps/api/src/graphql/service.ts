import type {
  AcceptDeps,
  BatchId,
  BatchKind,
  ControlDeps,
  ImportDeps,
  ManageAccountDeps,
  PlanDeps,
  ReplayChannel,
  ReplayDeps,
  ReplayOperationDeps,
  ResolveDeps,
  SmsId,
  UnknownDecision,
} from '@sms/core'
import type {
  AccountContracts,
  AddressBook,
  BatchQueries,
  ContactStore,
  OperatorActs,
  SenderAccountRepository,
  SendingPause,
  SmsHistory,
  SmsQueries,
  UserRepository,
} from '@sms/db'
import type { PaceNow } from '@sms/queue'
import type { BatchWatcher } from '../batch-watcher.ts'
import type { OutcomeWatcher } from '../outcome-watcher.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { StatisticsDesk } from '../statistics-desk.ts'
import type { DefaultAccount } from './present-accounts.ts'

/** What the resolvers work with. */
export type GraphqlService = {
  accept: AcceptDeps
  plan: PlanDeps
  imports: ImportDeps
  stopWords: readonly string[]
  replay: ReplayDeps
  resolve: ResolveDeps
  control: ControlDeps
  replays: ReplayOperationDeps
  /** Works off the replays that run, not awaited; workers do it too. */
  kickReplays: () => void
  acts: OperatorActs
  readPause: () => Promise<SendingPause | null>
  batches: BatchQueries
  sms: SmsQueries
  contacts: ContactStore
  book: AddressBook
  history: SmsHistory
  statistics: StatisticsDesk
  tokens: Pick<Sessions, 'read' | 'refresh'>
  users: UserRepository
  accounts: Pick<SenderAccountRepository, 'findAll' | 'readWorkload'>
  manage: ManageAccountDeps
  defaultAccount: DefaultAccount
  readPace: (account: { accountId: number; ratePerSecond: number }) => Promise<PaceNow>
  units: Pick<AccountContracts, 'readOutlook'>
  outcomes: OutcomeWatcher
  batchOutcomes: BatchWatcher
  /** SEND_MODE_*: `wait` answers when all is settled, within limits. */
  sendModes: Record<'single' | 'bulk' | 'segment' | 'all', 'queue' | 'wait'>
  /** Told of every change of state that a call has made; a repeated call makes none. */
  observe: (event: ServiceEvent) => void
}

export type AccountChangeKind =
  | 'account-created'
  | 'account-updated'
  | 'account-disabled'
  | 'account-enabled'
  | 'sending-paused'
  | 'sending-resumed'

export type ServiceEvent =
  | { kind: AccountChangeKind; userId: number; accountIds: readonly number[] }
  | { kind: 'recipient-opted-out'; userId: number }
  | { kind: 'sms-accepted'; smsId: SmsId; userId: number }
  | { kind: 'batch-accepted'; batchId: BatchId; userId: number; batchKind: BatchKind; smsCount: number }
  | { kind: 'unknown-resolved'; userId: number; decision: UnknownDecision; smsCount: number }
  | { kind: 'sms-cancelled'; smsId: SmsId; userId: number }
  | { kind: 'replay-started' | 'replay-cancelled'; replayId: bigint; userId: number; smsCount: number }
  | { kind: 'sms-replayed'; userId: number; via: ReplayChannel; smsCount: number }
  | { kind: 'batch-cancelled' | 'batch-paused' | 'batch-resumed' | 'batch-priority-changed'; batchId: BatchId; userId: number }

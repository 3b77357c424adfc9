export { type AddressBook, type ContactRecord, createAddressBook, type GroupRecord } from './address-book.ts'
export { createAcceptRepository } from './accept-repository.ts'
export { type AccountContracts, type ContractState, createAccountContracts } from './account-contracts.ts'
export { createBatchControl } from './batch-control.ts'
export { expandNextChunk, type ExpandedChunk } from './batch-expansion.ts'
export { type BatchQueries, createBatchQueries } from './batch-queries.ts'
export { readBatches } from './batch-readings.ts'
export { readBatchRefusals } from './batch-refusals.ts'
export { type BatchResult, readBatchResults } from './batch-results.ts'
export { sweepCancelled } from './batch-sweep.ts'
export { createClaimer } from './claimer.ts'
export { askDatabase, type Database, type DatabaseOptions, openDatabase } from './client.ts'
export { type ContactStore, createContactDirectory } from './contact-directory.ts'
export { createCreditBalancer, type CreditBalancer } from './credits.ts'
export { type DatabaseFacts, hasDrifted, type MigrationFacts, readDatabaseFacts, readMigrationFacts } from './database-facts.ts'
export { failureOf } from './database-error.ts'
export { foldEvidence } from './evidence-fold.ts'
export { forgetOld } from './forget-old.ts'
export { createGroupCommit, type GroupCommit, ItemFailure } from './group-commit.ts'
export { createInspection, type InspectedBatch, type InspectedSms, type Inspection } from './inspection.ts'
export { createLateOutcomes } from './late-outcome-repository.ts'
export { findOpenWork, type OpenWork } from './open-work.ts'
export { createOperatorStatistics, type OperatorStatistics, type PartsAtStake } from './operator-statistics.ts'
export { createOperatorActs, type ActFilter, type OperatorActRecord, type OperatorActs } from './operator-acts.ts'
export { createPasswordResets, type PasswordResets } from './password-resets.ts'
export {
  type CodeOfSms,
  type HourOfSms,
  type Latencies,
  type PeriodStatistics,
  readPeriodStatistics,
  type StatisticsPeriod,
} from './period-statistics.ts'
export { createPlanRepository } from './plan-repository.ts'
export { createQueueGauges, type QueueGauges } from './queue-gauges.ts'
export { createReceiptRepository, type ReceiptRepository } from './receipt-repository.ts'
export { createReplayOperations } from './replay-operations.ts'
export { createReplayRepository } from './replay-repository.ts'
export { readSendingPause, type SendingPause } from './sending-pause.ts'
export {
  type ConfiguredAccount,
  createSenderAccountRepository,
  DEFAULT_ACCOUNT_ID,
  type SenderAccountRepository,
} from './sender-account-repository.ts'
export { createSenderAccountStore } from './sender-account-store.ts'
export { createSettler, type GroupEvents, settleOnce } from './settler.ts'
export { createSmsHistory, type SmsHistory } from './sms-history.ts'
export { createSmsQueries, type Page, type PageOf, type SmsEventRecord, type SmsFilter, type SmsQueries } from './sms-queries.ts'
export { createSmsQueueRepository, type SmsQueueRepository } from './sms-queue-repository.ts'
export { createTextEraser, type ErasedChunk, type ErasureRule, type TextEraser } from './text-eraser.ts'
export { createUnknownRepository } from './unknown-repository.ts'
export { isUnavailable } from './unavailability.ts'
export { createUploadRepository } from './upload-repository.ts'
export { createUserRepository, RESERVED_ADMIN_ID, type UserRecord, type UserRepository } from './user-repository.ts'
export { ROWS_A_ROUND } from './sql/dispatch.ts'

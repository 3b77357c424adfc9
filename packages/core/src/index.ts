export type {
  AcceptDeps,
  AccountDirectory,
  AcceptRepository,
  AudienceDraft,
  BatchDraft,
  Caller,
  IdempotencyClaim,
  KeyConflict,
  ListDraft,
  PlanDirectory,
  SegmentRecord,
  SendDraft,
  SendInput,
  SingleDraft,
  UserDirectory,
} from './accept-ports.ts'
export {
  BLOCK_REASONS,
  blockReasonOf,
  isBlockReason,
  isConnectionTrouble,
  isContractTrouble,
  type BlockReason,
} from './block-reason.ts'
export {
  DELIVERY_WORDS,
  phoneNumberOfAddress,
  type DeliveryReceipt,
  type ReceiptLook,
  type ReceiptProof,
} from './delivery-receipt.ts'
export { dispatchDue, windowSizeFor, type DispatchPorts } from './dispatch.ts'
export { enqueueAllContacts } from './enqueue-all-contacts.ts'
export { enqueueBulk, type BulkAccepted } from './enqueue-bulk.ts'
export { enqueueSegment, type AudienceAccepted } from './enqueue-segment.ts'
export { enqueueSms } from './enqueue-sms.ts'
export { enqueueUpload, planUpload, type UploadAccepted, type UploadPlan } from './enqueue-upload.ts'
export { ERROR_CODES, SmsError, type ErrorCode } from './errors.ts'
export { importContacts, type ContactDraft, type ContactImporter, type ImportDeps } from './import-contacts.ts'
export { lateMeaningOf, type LateMeaning, type LateOutcome, type LateOutcomes, type LateRow } from './late-outcome.ts'
export { analyzeMessage, cheaperSpelling, type ForcingCharacter, type MessageAnalysis } from './message.ts'
export { VALUE_LENGTH, parseTemplate, type MessageTemplate, type TemplateVariable } from './message-template.ts'
export type { MovedChunk } from './operator-moves.ts'
export { normalizePhoneNumber, normalizeRecipients, type CountryCode } from './phone-number.ts'
export type {
  BatchId,
  BatchRecord,
  ClaimRequest,
  ClaimVerdict,
  DispatchedJob,
  SenderAccount,
  SendLimits,
  Settlement,
  SettleResult,
  SmsId,
  SmsJob,
  SmsProvider,
  SmsRecord,
  SmsToSend,
} from './ports.ts'
export { cleanText } from './prepare-send.ts'
export { planSend, type PlanDeps, type PlannedGroup, type PlanReader, type PlanTarget, type SendPlan } from './plan-send.ts'
export { planChangesOf, type PlanChange, type SendFingerprint } from './send-plan.ts'
export { floorOf, parseQuietHours, QUIET_PREFIXES, quietFloors, type QuietFloors, type QuietHours } from './quiet-hours.ts'
export {
  compactRecipients,
  NUMBERS_PER_CHUNK,
  verdictAt,
  type AcceptedNumbers,
  type EntryVerdict,
  type NormalizedList,
  type RecipientList,
} from './recipient-list.ts'
export {
  replayFailed,
  replayJob,
  type ReplayChannel,
  type ReplayDeps,
  type ReplayFilter,
  type ReplayOrder,
  type ReplayRefusal,
  type ReplayReport,
  type ReplayRepository,
  type ReplayVerdict,
} from './replay-failed.ts'
export {
  cancelBatch,
  cancelSms,
  LISTED_ON_WIRE,
  pauseBatch,
  resumeBatch,
  setBatchPriority,
  type BatchControl,
  type CancelReceipt,
  type ControlDeps,
  type ControlOrder,
} from './control.ts'
export {
  cancelReplay,
  planReplay,
  startReplay,
  type ReplayOperation,
  type ReplayOperationDeps,
  type ReplayOperations,
  type ReplayPlan,
} from './replay-operation.ts'
export {
  resolveUnknown,
  UNKNOWN_DECISIONS,
  type ResolveDeps,
  type ResolveOrder,
  type ResolvePage,
  type ResolveVerdict,
  type UnknownDecision,
  type UnknownFilter,
  type UnknownRepository,
} from './resolve-unknown.ts'
export { retryDelayMs } from './retry-policy.ts'
export { warningsOf, type SendWarning, type UnitsOutlook } from './send-warnings.ts'
export { isProof, type Refusal, type SendOutcome } from './send-outcome.ts'
export {
  createSenderAccount,
  disableSenderAccount,
  enableSenderAccount,
  pauseSending,
  resumeSending,
  updateSenderAccount,
  type AccountChange,
  type AccountOrder,
  type ManageAccountDeps,
  type NewAccount,
  type SenderAccountStore,
} from './manage-sender-account.ts'
export { accountStateOf, type AccountInput, type AccountState, type SenderAccountRecord } from './sender-account.ts'
export {
  accountTrouble,
  DEFAULT_RETRY,
  leaseLeftMs,
  NOT_WRITTEN,
  settlementOf,
  type Claimed,
  type RetryPolicy,
} from './settlement.ts'
export { isStopReply } from './stop-words.ts'
export { moneyAtStake, type MoneyAtStake } from './sms-price.ts'
export {
  canMove,
  isFinal,
  statusesBefore,
  totalOf,
  type BatchKind,
  type BatchStatus,
  type SmsCounts,
  type SmsStatus,
  type TransitionCause,
} from './sms-status.ts'
export {
  type LineRefusal,
  type RefusedLine,
  type RefusedLines,
  type UploadChunk,
  type PlannedUpload,
  type UploadDeps,
  type UploadDraft,
  type UploadedFile,
  type UploadedLine,
  type UploadEnd,
  type UploadRepository,
} from './upload-ports.ts'

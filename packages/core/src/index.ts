export type {
  AcceptDeps,
  AcceptedBatch,
  AccountDirectory,
  AcceptPolicy,
  AcceptRepository,
  AudienceDraft,
  BatchDraft,
  Caller,
  ContactDirectory,
  IdempotencyClaim,
  KeyConflict,
  ListDraft,
  MadeAudience,
  PlanDirectory,
  SegmentRecord,
  SendDraft,
  SendInput,
  SendKind,
  SendOptionsInput,
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
  deliveryStatusOf,
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
export {
  importContacts,
  type ContactDraft,
  type ContactImporter,
  type ContactInput,
  type ImportCounts,
  type ImportDeps,
  type ImportReport,
} from './import-contacts.ts'
export { lateMeaningOf, type LateMeaning, type LateOutcome, type LateOutcomes, type LateRow } from './late-outcome.ts'
export {
  analyzeMessage,
  cheaperSpelling,
  hasContent,
  type ForcingCharacter,
  type MessageAnalysis,
  type MessageEncoding,
} from './message.ts'
export { VALUE_LENGTH, parseTemplate, type MessageTemplate, type TemplateVariable } from './message-template.ts'
export type { MovedChunk } from './operator-moves.ts'
export {
  isSupportedCountry,
  normalizePhoneNumber,
  normalizeRecipients,
  type AcceptedRecipient,
  type CountryCode,
  type NormalizedNumber,
  type NormalizedRecipients,
  type NormalizeRecipientsInput,
  type NumberRefusal,
  type RefusedRecipient,
} from './phone-number.ts'
export type {
  BatchId,
  BatchRecord,
  ClaimRequest,
  ClaimVerdict,
  Clock,
  DispatchedJob,
  Random,
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
export {
  planSend,
  type EstimatedFigure,
  type PlanDeps,
  type PlannedGroup,
  type PlanReader,
  type PlanTarget,
  type QuietShare,
  type SendPlan,
} from './plan-send.ts'
export { planChangesOf, type PlanChange, type SendFingerprint, type StoredPlan } from './send-plan.ts'
export {
  floorOf,
  parseQuietHours,
  QUIET_PREFIXES,
  quietFloors,
  type QuietFloor,
  type QuietFloors,
  type QuietHours,
} from './quiet-hours.ts'
export {
  compactRecipients,
  ENTRY_VERDICTS,
  NUMBERS_PER_CHUNK,
  verdictAt,
  type AcceptedNumbers,
  type EntryVerdict,
  type NormalizedList,
  type RecipientList,
} from './recipient-list.ts'
export {
  REPLAY_CHANNELS,
  REPLAY_REFUSALS,
  replayFailed,
  replayJob,
  type ReplayChannel,
  type ReplayDeps,
  type ReplayedChunk,
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
  type PlannedRows,
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
  type ResolveRefusal,
  type ResolveReport,
  type ResolveVerdict,
  type UnknownDecision,
  type UnknownFilter,
  type UnknownRepository,
} from './resolve-unknown.ts'
export { canRetry, retryCeilingMs, retryDelayMs, type RetryCeilingInput } from './retry-policy.ts'
export { warningsOf, type SendWarning, type UnitsOutlook } from './send-warnings.ts'
export { isProof, type Refusal, type SendOutcome, type SendOutcomeKind } from './send-outcome.ts'
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
export {
  accountStateOf,
  type AccountCredentials,
  type AccountInput,
  type AccountSettings,
  type AccountState,
  type SenderAccountRecord,
} from './sender-account.ts'
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
export { moneyAtStake, type MoneyAtStake, type SmsPrice } from './sms-price.ts'
export {
  BATCH_KINDS,
  BATCH_STATUSES,
  canMove,
  DELIVERY_STATUSES,
  isFinal,
  SMS_STATUSES,
  statusesBefore,
  totalOf,
  type BatchKind,
  type BatchStatus,
  type DeliveryStatus,
  type SmsCounts,
  type SmsStatus,
  type TransitionCause,
} from './sms-status.ts'
export {
  LINE_REFUSALS,
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

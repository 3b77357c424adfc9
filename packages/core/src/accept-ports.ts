import type { CountryCode } from './phone-number.ts'
import type { MessageTemplate } from './message-template.ts'
import type { BatchRecord, Clock, SmsRecord } from './ports.ts'
import type { StoredPlan } from './send-plan.ts'
import type { QuietFloors, QuietHours } from './quiet-hours.ts'
import type { AcceptedNumbers } from './recipient-list.ts'

/** What the accept use cases ask of the outside; `packages/db` answers. */

/** Who asks. An administrator sees and acts for everybody. */
export type Caller = { userId: number; isAdmin: boolean }

/** The service's own limits, from its configuration. */
export type AcceptPolicy = {
  /** SMS_MAX_PARTS: a longer text is refused. */
  maxParts: number
  /** SMS_MAX_ATTEMPTS, copied into every row. */
  maxAttempts: number
  /** Entries of one list at most. */
  maxRecipients: number
  /** Of numbers written without their country. */
  defaultCountry: CountryCode
  /** When promotional SMS rest, by the recipient's clock; null: never. */
  quietHours: QuietHours | null
  /** The sender account that carries what no other one is named for, or has the country of. */
  accountId: number
}

/** The caller's key and the hash of the normalised input it stands for. */
export type IdempotencyClaim = { key: string; inputHash: string }

/** What a batch and a single SMS have in common when they are written. */
export type SendDraft = {
  userId: number
  /** Of all SMS when `isAccountNamed`, else of those whose country has no account of its own. */
  accountId: number
  isAccountNamed: boolean
  message: string
  senderName: string | null
  priority: number
  maxAttempts: number
  /** Null: at once. */
  scheduledAt: Date | null
  validUntil: Date | null
  /** Each recipient has a text of its own; null: all have `message`. */
  template: MessageTemplate | null
  /** Rests during the quiet hours of each recipient. */
  isPromotional: boolean
  /** The quiet hours at the moment of the send; empty when it is not promotional. */
  quiet: QuietFloors
  /**
   * Asked before the commit of a call that is the first of its key: throws when what was made is not what had been planned, and
   * nothing is written. Null: there is no plan.
   */
  verify: ((made: MadeAudience) => void) | null
  idempotency: IdempotencyClaim | null
}

/** Whom a send is about to go to. */
export type MadeAudience = {
  count: number
  /** Of a list: places, from 0, of those who opted out. */
  optedOut: readonly number[]
  /** Of a segment or all contacts: the last membership. */
  bound: bigint | null
}

export type BatchDraft = SendDraft & { parts: number }
export type ListDraft = BatchDraft & { numbers: AcceptedNumbers }
/** The recipients are members of the segment, or the contacts of `userId` where it is null. */
export type AudienceDraft = BatchDraft & { segmentId: number | null }
export type SingleDraft = SendDraft & { phoneNumber: string }

/** `isRepeated`: an earlier call with the same idempotency key wrote it. */
export type AcceptedBatch = { kind: 'accepted'; batch: BatchRecord; isRepeated: boolean }
export type KeyConflict = { kind: 'conflict' }

export type AcceptRepository = {
  /**
   * Writes the batch and all its rows in one transaction, without those who opted out (`optedOut`: their places in
   * `numbers`, from 0). `unfilled`: whose row is
   * stopped with MISSING_VARIABLE. `nobody`: all of them did, and nothing is written.
   */
  acceptList(
    draft: ListDraft,
  ): Promise<(AcceptedBatch & { optedOut: readonly number[]; unfilled: readonly number[] }) | { kind: 'nobody' } | KeyConflict>
  /** Writes the batch alone; its rows are made later. `nobody`: the audience has no member, and nothing is written. */
  acceptAudience(draft: AudienceDraft): Promise<AcceptedBatch | { kind: 'nobody' } | KeyConflict>
  /**
   * Writes one SMS that belongs to no batch. Without a key, an open one (PENDING, PROCESSING or UNKNOWN) of the same user,
   * number and text is given back instead: a second press of "send" is not a second SMS.
   */
  acceptSingle(
    draft: SingleDraft,
  ): Promise<{ kind: 'accepted'; sms: SmsRecord; isRepeated: boolean } | { kind: 'opted-out' | 'unfilled' } | KeyConflict>
}

export type SegmentRecord = {
  id: number
  userId: number
  name: string
  description: string | null
  /** Maintained by the imports. */
  memberCount: number
}

export type ContactDirectory = {
  /** Null: it does not exist, or belongs to somebody else and the caller is no administrator. */
  findSegment(caller: Caller, segmentId: number): Promise<SegmentRecord | null>
}

/** Sender accounts as a caller may name them. */
export type AccountDirectory = {
  /** Null: there is none, or it is disabled. `senderNames` empty: not known. */
  findByName(name: string): Promise<{ id: number; senderNames: readonly string[] } | null>
}

export type UserDirectory = { exists(userId: number): Promise<boolean> }

export type PlanDirectory = {
  /** Null: the user has no plan of that id. */
  findPlan(userId: number, planId: string): Promise<StoredPlan | null>
  savePlan(plan: StoredPlan & { id: string; userId: number }): Promise<void>
}

/** What every accept use case is given. */
export type AcceptDeps = {
  accepts: AcceptRepository
  contacts: ContactDirectory
  users: UserDirectory
  accounts: AccountDirectory
  plans: PlanDirectory
  policy: AcceptPolicy
  now: Clock
  /**
   * Tells the dispatcher that rows are waiting. Not awaited and never fails the call: a lost kick costs one round of
   * the workers' loop.
   */
  kick: (accountId: number) => void
}

/** What every accept use case is asked. */
export type SendInput = {
  caller: Caller
  /** For whom; null: the caller. Another than the caller needs an administrator. */
  userId: number | null
  message: string
  options: SendOptionsInput
  idempotencyKey: string | null
}

export type SendKind = 'PROMOTIONAL' | 'TRANSACTIONAL'

/** As the caller wrote them; `null` and absent are the same. */
export type SendOptionsInput = {
  /** 0 (low) to 10 (high); higher goes sooner. */
  priority?: number | null
  senderName?: string | null
  /** The sender account by name. Absent: that of each recipient's country, else the default one. */
  senderAccount?: string | null
  scheduledAt?: Date | null
  validUntil?: Date | null
  /** An answer of `planSend`: the send is refused with PLAN_CHANGED when it would be another one. */
  planId?: string | null
  /** The text holds variables of the contact. Default: it is sent as it stands. */
  template?: boolean | null
  /** Default: TRANSACTIONAL, which goes at any hour. */
  kind?: SendKind | null
}

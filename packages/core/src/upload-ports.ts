import type { AcceptDeps, BatchDraft, IdempotencyClaim, SendDraft } from './accept-ports.ts'
import type { ErrorCode } from './errors.ts'
import type { BatchRecord } from './ports.ts'

/** Why a line of a file became no SMS. */
export const LINE_REFUSALS = [
  'INVALID_LINE',
  'EMPTY_NUMBER',
  'INVALID_NUMBER',
  'NOT_MOBILE',
  'DUPLICATE',
  'OPTED_OUT',
  'MISSING_VARIABLE',
  'MESSAGE_TOO_LONG',
] as const satisfies readonly ErrorCode[]
export type LineRefusal = (typeof LINE_REFUSALS)[number]

/** `line`: of the file, from 1, where the record begins. */
export type RefusedLine = { line: number; code: LineRefusal }

/** One record as the file has it. */
export type UploadedLine =
  | { line: number; phoneNumber: string; valueOf: (variable: string) => string | undefined }
  | { line: number; isBroken: true }

export type UploadedFile = {
  /** Variables that a line may have; null: each line names its own. */
  columns: ReadonlySet<string> | null
  /** Records in blocks of the reader's own size. Throws what is wrong with the file as a whole; pulled only as fast as rows are written. */
  blocks: AsyncIterable<readonly UploadedLine[]>
}

/** Some recipients on their way into rows, side by side: a place is one of them. */
export type UploadChunk = {
  lines: readonly number[]
  phoneNumbers: readonly string[]
  /** Null: all have the batch's text. */
  texts: readonly string[] | null
  /** Refused before they came to PostgreSQL. */
  refused: readonly RefusedLine[]
}

/** What is known only after the last line. */
export type UploadEnd = { idempotency: IdempotencyClaim | null; parts: number; verify: SendDraft['verify'] }

export type UploadDraft = Omit<BatchDraft, 'template' | 'verify' | 'idempotency' | 'parts'> & { isTemplate: boolean }

export type RefusedLines = {
  total: number
  byCode: Partial<Record<LineRefusal, number>>
  /** The first of them, by line. */
  first: readonly RefusedLine[]
}

export type UploadRepository = {
  /**
   * Writes the batch and its rows chunk by chunk in one transaction, which ends after the last chunk: whatever breaks off before leaves
   * nothing. `nobody`: no line became an SMS, and nothing is written.
   */
  acceptUpload(
    draft: UploadDraft,
    chunks: AsyncIterable<UploadChunk>,
    end: () => UploadEnd,
  ): Promise<
    | { kind: 'accepted'; batch: BatchRecord; isRepeated: boolean; refused: RefusedLines }
    | { kind: 'nobody'; refused: RefusedLines }
    | { kind: 'conflict' }
  >
  /** Does the same up to its end, says what it was, and takes everything back. */
  planUpload(draft: UploadDraft, chunks: AsyncIterable<UploadChunk>): Promise<PlannedUpload>
}

export type PlannedUpload = {
  /** Who gets it. */
  count: number
  /** Places of those who opted out, among the recipients that were understood, from 0. */
  optedOut: readonly number[]
  refused: RefusedLines
  accounts: readonly { accountId: number; count: number }[]
  /** Who has to wait for the end of quiet hours, and until when the last of them; null: nobody. */
  delayed: { count: number; until: Date } | null
}

export type UploadDeps = Pick<AcceptDeps, 'users' | 'accounts' | 'plans' | 'policy' | 'now' | 'kick'> & {
  uploads: UploadRepository
  newId: () => string
  /** Lines of one file at most. */
  maxLines: number
}

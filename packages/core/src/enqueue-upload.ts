import { createHash } from 'node:crypto'
import type { SendInput } from './accept-ports.ts'
import { dateOf } from './date-of.ts'
import { SmsError } from './errors.ts'
import { analyzeMessage, hasContent } from './message.ts'
import { normalizePhoneNumber } from './phone-number.ts'
import { createPlainMobileReader } from './plain-mobile-number.ts'
import type { BatchRecord } from './ports.ts'
import { cleanText, idempotencyClaim, keyConflict, prepareSend } from './prepare-send.ts'
import { PLAN_LIFE_MS } from './plan-send.ts'
import { BATCH_PRIORITY } from './send-options.ts'
import { fingerprintOf, planVerifier, type SendTarget } from './send-plan.ts'
import type {
  LineRefusal,
  PlannedUpload,
  RefusedLine,
  RefusedLines,
  UploadChunk,
  UploadDeps,
  UploadedFile,
  UploadedLine,
} from './upload-ports.ts'
import { type FillText, parseUploadTemplate } from './upload-template.ts'

export type UploadAccepted = {
  /** Null: every line was refused, and nothing was written. */
  batch: BatchRecord | null
  isRepeated: boolean
  lineCount: number
  refused: RefusedLines
}

/**
 * A chunk ends at whichever comes first: rows, or characters of text. So short that its strings stay below 128 KiB: longer ones are garbage
 * that only a full collection takes away, and of a million lines that was 200 MB.
 */
const CHUNK_ROWS = 500
const CHUNK_CHARACTERS = 48 * 1024
/** Septets of the longest single SMS: no text has more UTF-16 units than this for each of its parts. */
const UNITS_PER_PART = 160

/**
 * Accepts one text, with the file's columns in it, to the recipients of a file of any length, with no more of it in memory than a chunk. A
 * refused line is data and stops nobody else; what is wrong with the whole (TOO_MANY_RECIPIENTS, INVALID_FILE, INSUFFICIENT_CREDIT …) is thrown.
 */
export const enqueueUpload = async (deps: UploadDeps, input: SendInput & { file: UploadedFile }): Promise<UploadAccepted> => {
  const { prepared, draft, reading, target } = await openUpload(deps, input)
  const verify = await planVerifier(deps, prepared, input, target)
  const accepted = await deps.uploads.acceptUpload(draft, reading.chunksOf(input.file.blocks), () => ({
    parts: reading.parts(),
    idempotency: idempotencyClaim(prepared, input, target()),
    verify,
  }))
  if (accepted.kind === 'conflict') throw keyConflict()
  const { refused } = accepted
  if (reading.lineCount() === 0) throw new SmsError('EMPTY_INPUT', 'The file has no line')
  if (accepted.kind === 'nobody') return { batch: null, isRepeated: false, lineCount: reading.lineCount(), refused }
  for (const accountId of [accepted.batch.accountId, ...accepted.batch.otherAccountIds]) deps.kick(accountId)
  return { batch: accepted.batch, isRepeated: accepted.isRepeated, lineCount: reading.lineCount(), refused }
}

export type UploadPlan = {
  id: string
  expiresAt: Date
  userId: number
  scheduledAt: Date | null
  lineCount: number
  recipientCount: number
  /** Of all of them together; of a text with columns in it about so many. */
  partCount: number
  isTemplate: boolean
  refused: RefusedLines
} & Pick<PlannedUpload, 'accounts' | 'delayed'>

/**
 * Says what the send of this file would be, and keeps what it said: a send with the plan's id is that very one, or is refused. Nothing is
 * sent. Throws what the send itself would throw of the whole.
 */
export const planUpload = async (deps: UploadDeps, input: SendInput & { file: UploadedFile }): Promise<UploadPlan> => {
  const { prepared, draft, reading, target } = await openUpload(deps, input)
  const planned = await deps.uploads.planUpload(draft, reading.chunksOf(input.file.blocks))
  if (reading.lineCount() === 0) throw new SmsError('EMPTY_INPUT', 'The file has no line')
  const { count, optedOut, refused, accounts, delayed } = planned
  const plan = { id: deps.newId(), expiresAt: dateOf(deps.now() + PLAN_LIFE_MS), userId: draft.userId }
  const made = { count, optedOut: [...optedOut], bound: null }
  await deps.plans.savePlan({ ...plan, fingerprint: fingerprintOf(prepared, input, { target: target(), made }) })
  return {
    ...plan,
    scheduledAt: draft.scheduledAt,
    lineCount: reading.lineCount(),
    recipientCount: count,
    partCount: reading.partsOf(count),
    isTemplate: draft.isTemplate,
    refused,
    accounts,
    delayed,
  }
}

/** What a file's text and options come to, before its first line is read; `target` after its last. */
const openUpload = async (deps: UploadDeps, input: SendInput & { file: UploadedFile }) => {
  const isTemplate = input.options.template !== false && input.message.includes('{')
  const prepared = await prepareSend(deps, { ...input, options: { ...input.options, template: false } }, BATCH_PRIORITY)
  const { template: _template, ...draft } = prepared.draft
  const fill = isTemplate ? parseUploadTemplate(draft.message, input.file.columns) : null
  const reading = createReading({
    fill,
    fixedParts: prepared.parts,
    maxParts: deps.policy.maxParts,
    country: deps.policy.defaultCountry,
    maxLines: deps.maxLines,
  })
  const target = (): SendTarget => ({ operation: isTemplate ? 'upload template' : 'upload', recipients: [reading.digest()] })
  return { prepared, draft: { ...draft, isTemplate }, reading, target }
}

type Reading = {
  fill: FillText | null
  fixedParts: number
  maxParts: number
  country: Parameters<typeof normalizePhoneNumber>[1]
  maxLines: number
}

type Read = { phoneNumber: string; text: string | null; parts: number } | { code: LineRefusal }

/** What became of the lines read so far, in a few numbers and a hash. */
const createReading = ({ fill, fixedParts, maxParts, country, maxLines }: Reading) => {
  const readPlainMobile = createPlainMobileReader(country)
  // Of every recipient as understood, so that two spellings of one file are the same input.
  const hash = createHash('sha256')
  let lineCount = 0
  let textCount = 0
  let partCount = 0
  let digest: string | null = null

  const textOf = (given: Extract<UploadedLine, { phoneNumber: string }>, phoneNumber: string): Read => {
    if (fill === null) return { phoneNumber, text: null, parts: fixedParts }
    const filled = fill((variable) => (variable === 'phoneNumber' ? phoneNumber : given.valueOf(variable)))
    if (filled === null) return { code: 'MISSING_VARIABLE' }
    const text = cleanText(filled)
    if (!hasContent(text)) return { code: 'MISSING_VARIABLE' }
    if (text.length > maxParts * UNITS_PER_PART) return { code: 'MESSAGE_TOO_LONG' }
    const { parts } = analyzeMessage(text)
    return parts > maxParts ? { code: 'MESSAGE_TOO_LONG' } : { phoneNumber, text, parts }
  }

  const read = (given: UploadedLine): Read => {
    if (!('phoneNumber' in given)) return { code: 'INVALID_LINE' }
    const plain = readPlainMobile(given.phoneNumber)
    const number = plain === null ? normalizePhoneNumber(given.phoneNumber, country) : { ok: true as const, phoneNumber: plain }
    return number.ok ? textOf(given, number.phoneNumber) : { code: number.code }
  }

  async function* chunksOf(blocks: UploadedFile['blocks']): AsyncGenerator<UploadChunk> {
    let chunk = emptyChunk(fill !== null)
    for await (const block of blocks) {
      for (const given of block) {
        lineCount += 1
        if (lineCount > maxLines) {
          throw new SmsError('TOO_MANY_RECIPIENTS', `One file may carry ${maxLines} lines`, {
            details: { maxRecipients: maxLines },
          })
        }
        const result = read(given)
        if ('code' in result) {
          chunk.refused.push({ line: given.line, code: result.code })
        } else {
          hash.update(`${result.phoneNumber}\n${JSON.stringify(result.text)}\n`)
          textCount += 1
          partCount += result.parts
          chunk.lines.push(given.line)
          chunk.phoneNumbers.push(result.phoneNumber)
          chunk.texts?.push(result.text ?? '')
          chunk.characters += result.text?.length ?? 0
        }
        if (chunk.lines.length + chunk.refused.length >= CHUNK_ROWS || chunk.characters >= CHUNK_CHARACTERS) {
          yield chunk
          chunk = emptyChunk(fill !== null)
        }
      }
    }
    if (chunk.lines.length + chunk.refused.length > 0) yield chunk
  }

  return {
    chunksOf,
    lineCount: () => lineCount,
    /** After the last line. */
    digest: () => (digest ??= hash.digest('hex')),
    /** What Orange bills for one SMS, on average. */
    parts: () => (textCount === 0 ? fixedParts : Math.max(1, Math.round(partCount / textCount))),
    /** Of so many of the recipients that were read. */
    partsOf: (count: number) => (textCount === 0 ? 0 : Math.round((partCount * count) / textCount)),
  }
}

type OpenChunk = { lines: number[]; phoneNumbers: string[]; texts: string[] | null; refused: RefusedLine[]; characters: number }

const emptyChunk = (hasTexts: boolean): OpenChunk => ({
  lines: [],
  phoneNumbers: [],
  texts: hasTexts ? [] : null,
  refused: [],
  characters: 0,
})

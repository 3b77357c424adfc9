import { createHash } from 'node:crypto'
import type { AcceptDeps, Caller, IdempotencyClaim, SendDraft, SendInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { analyzeMessage, hasContent } from './message.ts'
import { longestTexts, type MessageTemplate, parseTemplate, typicalText } from './message-template.ts'
import { quietFloors } from './quiet-hours.ts'
import { checkIdempotencyKey, resolveSendOptions } from './send-options.ts'

/** Septets of the longest single SMS: no text has more UTF-16 units than this for each of its parts. */
const UNITS_PER_PART = 160

export type PreparedSend = {
  draft: Omit<SendDraft, 'idempotency' | 'verify'>
  parts: number
  idempotencyKey: string | null
}

/** What PostgreSQL and GSM can hold: no NUL, and half a surrogate pair becomes U+FFFD. */
export const cleanText = (text: string): string => text.replaceAll('\0', '').toWellFormed()

/** Checks who sends for whom, the text and the options: all that needs no recipient. Throws the code of what is wrong. */
export const prepareSend = async (
  deps: Pick<AcceptDeps, 'users' | 'accounts' | 'policy' | 'now'>,
  input: SendInput,
  defaultPriority: number,
): Promise<PreparedSend> => {
  const userId = await resolveSender(deps, input.caller, input.userId)
  const { message, parts, template } = checkMessage(input.message, deps.policy.maxParts, input.options.template === true)
  const now = deps.now()
  const options = resolveSendOptions(input.options, { now, defaultPriority })
  const isPromotional = input.options.kind === 'PROMOTIONAL'
  const quiet = isPromotional ? quietFloors(options.scheduledAt?.getTime() ?? now, deps.policy.quietHours) : []
  const account = await resolveAccount(deps, input.options, options.senderName)
  return {
    draft: { userId, ...account, message, template, maxAttempts: deps.policy.maxAttempts, isPromotional, quiet, ...options },
    parts,
    idempotencyKey: checkIdempotencyKey(input.idempotencyKey),
  }
}

const resolveSender = async (deps: Pick<AcceptDeps, 'users'>, caller: Caller, userId: number | null): Promise<number> => {
  if (userId === null || userId === caller.userId) return caller.userId
  // Before the look-up: whether somebody else's id exists is none of the caller's business.
  if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'Sending for another user needs an administrator')
  if (!(await deps.users.exists(userId))) throw new SmsError('NOT_FOUND', `User ${userId} does not exist`)
  return userId
}

/** One that is named carries all of the send; else PostgreSQL chooses by each recipient's country. Throws UNKNOWN_ACCOUNT. */
const resolveAccount = async (
  deps: Pick<AcceptDeps, 'accounts' | 'policy'>,
  { senderAccount }: SendInput['options'],
  senderName: string | null,
): Promise<{ accountId: number; isAccountNamed: boolean }> => {
  if (senderAccount == null) return { accountId: deps.policy.accountId, isAccountNamed: false }
  const account = await deps.accounts.findByName(cleanText(senderAccount))
  if (account === null) throw new SmsError('UNKNOWN_ACCOUNT', 'There is no sender account of that name')
  if (senderName !== null && account.senderNames.length > 0 && !account.senderNames.includes(senderName)) {
    throw new SmsError('INVALID_OPTIONS', 'senderName is not one of the account', { details: { option: 'senderName' } })
  }
  return { accountId: account.id, isAccountNamed: true }
}

const checkMessage = (
  text: string,
  maxParts: number,
  isTemplate: boolean,
): { message: string; parts: number; template: MessageTemplate | null } => {
  const message = cleanText(text)
  if (!hasContent(message)) throw new SmsError('EMPTY_MESSAGE', 'The message has no character to send')
  const tooLong = (parts: number): SmsError =>
    new SmsError('MESSAGE_TOO_LONG', `The message needs more than ${maxParts} parts`, { details: { parts, maxParts } })
  // A text of megabytes is refused before it is measured.
  if (message.length > maxParts * UNITS_PER_PART) throw tooLong(Math.ceil(message.length / UNITS_PER_PART))
  const template = isTemplate ? parseTemplate(message) : null
  for (const longest of template === null ? [message] : longestTexts(template)) {
    const { parts } = analyzeMessage(longest)
    if (parts > maxParts) throw tooLong(parts)
  }
  return { message, template, parts: analyzeMessage(template === null ? message : typicalText(template)).parts }
}

/**
 * The hash a key stands for: what would be sent, to whom, how. Two spellings of one number are the same input; the clock
 * plays no part, so that a call repeated after its `scheduledAt` still matches.
 */
export const idempotencyClaim = (
  prepared: PreparedSend,
  input: SendInput,
  target: { operation: string; recipients: readonly string[] },
): IdempotencyClaim | null => {
  if (prepared.idempotencyKey === null) return null
  const { userId, message, senderName, priority, accountId, isAccountNamed } = prepared.draft
  const { scheduledAt, validUntil } = input.options
  const options: unknown[] = [senderName, priority, scheduledAt?.getTime() ?? null, validUntil?.getTime() ?? null]
  // Only where they are used: the hashes of before stay what they were.
  if (isAccountNamed) options.push(accountId)
  if (prepared.draft.isPromotional) options.push('PROMOTIONAL')
  if (prepared.draft.template !== null) options.push('TEMPLATE')
  const hash = createHash('sha256').update(JSON.stringify([target.operation, userId, message, options]))
  for (const recipients of target.recipients) hash.update(`\n${recipients}`)
  return { key: prepared.idempotencyKey, inputHash: hash.digest('hex') }
}

export const keyConflict = (): SmsError =>
  new SmsError('IDEMPOTENCY_CONFLICT', 'The idempotency key was already used with another input')

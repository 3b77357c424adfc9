import type { SendOptionsInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'

/** Single SMS go before lists and segments. */
export const EXPRESS_PRIORITY = 10
export const BATCH_PRIORITY = 5

/** Orange's rule: at most 11 letters, digits and spaces, one of them not a space. */
const SENDER_NAME = /^(?=.*[A-Za-z0-9])[A-Za-z0-9 ]{1,11}$/
const IDEMPOTENCY_KEY_LENGTH = 255

export const isSenderName = (name: string): boolean => SENDER_NAME.test(name)

export type SendOptions = {
  priority: number
  senderName: string | null
  /** Null: at once; an instant that has passed counts as at once. */
  scheduledAt: Date | null
  validUntil: Date | null
}

const invalid = (option: string, rule: string): SmsError =>
  new SmsError('INVALID_OPTIONS', `${option} ${rule}`, { details: { option } })

/** Checks what the caller may choose about a send and fills in the rest. Throws INVALID_OPTIONS. */
export const resolveSendOptions = (input: SendOptionsInput, context: { now: number; defaultPriority: number }): SendOptions => {
  const priority = input.priority ?? context.defaultPriority
  if (!Number.isInteger(priority) || priority < 0 || priority > 10) throw invalid('priority', 'must be an integer from 0 to 10')

  const senderName = input.senderName ?? null
  if (senderName !== null && !isSenderName(senderName)) {
    throw invalid('senderName', 'must be 1 to 11 letters, digits or spaces')
  }

  const { scheduledAt = null, validUntil = null } = input
  if (scheduledAt !== null && Number.isNaN(scheduledAt.getTime())) throw invalid('scheduledAt', 'is not a date')
  if (validUntil !== null && Number.isNaN(validUntil.getTime())) throw invalid('validUntil', 'is not a date')
  const sendsAt = Math.max(scheduledAt?.getTime() ?? 0, context.now)
  if (validUntil !== null && validUntil.getTime() <= sendsAt) throw invalid('validUntil', 'must lie after the send')

  return {
    priority,
    senderName,
    scheduledAt: scheduledAt !== null && scheduledAt.getTime() > context.now ? scheduledAt : null,
    validUntil,
  }
}

/** Throws INVALID_INPUT; null and absent are no key. */
export const checkIdempotencyKey = (key: string | null): string | null => {
  if (key === null) return null
  if (key === '' || key.length > IDEMPOTENCY_KEY_LENGTH || key.includes('\0')) {
    throw new SmsError('INVALID_INPUT', `idempotencyKey must be 1 to ${IDEMPOTENCY_KEY_LENGTH} characters`)
  }
  return key.toWellFormed()
}

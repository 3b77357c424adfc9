import { SmsError } from '@sms/core'

const DIGITS = /^[1-9]\d{0,18}$/
const MAX_BIGINT = 2n ** 63n - 1n
const MAX_INT = 2 ** 31 - 1

/** The bigint id that a client wrote, or null: a malformed id is the id of nothing. */
export const bigIdOf = (id: string): bigint | null => {
  if (!DIGITS.test(id)) return null
  const value = BigInt(id)
  return value <= MAX_BIGINT ? value : null
}

/** As `bigIdOf`, for the ids of users and segments. */
export const intIdOf = (id: string): number | null => {
  const value = DIGITS.test(id) ? Number(id) : 0
  return value > 0 && value <= MAX_INT ? value : null
}

/** Of an argument `userId`: null for nobody in particular, which old clients also write as an empty text. */
export const userIdOf = (id: string | null | undefined): number | null =>
  id == null || id === '' ? null : (intIdOf(id) ?? NO_ID)

/** An id that names nothing, for look-ups that must miss. */
export const NO_ID = 0

export const requireBigId = (id: string, what: string): bigint => {
  const value = bigIdOf(id)
  if (value === null) throw new SmsError('NOT_FOUND', `${what} does not exist`)
  return value
}

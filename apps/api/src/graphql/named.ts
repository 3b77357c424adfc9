import { cleanText, SmsError } from '@sms/core'

const NAME_LENGTH = 255

export const invalid = (argument: string, rule: string): SmsError =>
  new SmsError('INVALID_INPUT', `${argument} must be ${rule}`, { details: { argument } })

/** A short text that may not be empty, as it is kept. Throws INVALID_INPUT. */
export const nameOf = (argument: string, text: string): string => {
  const name = cleanText(text).trim()
  if (name === '' || name.length > NAME_LENGTH) throw invalid(argument, `1 to ${NAME_LENGTH} characters`)
  return name
}

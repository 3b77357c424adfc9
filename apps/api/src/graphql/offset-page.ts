import { SmsError } from '@sms/core'

const USUAL_COUNT = 100
const MOST_COUNT = 1_000
/** Beyond it PostgreSQL would count more rows than it shows. */
const LAST_OFFSET = 1_000_000

type Asked = { limit?: number | null | undefined; offset?: number | null | undefined }

/** The old interface's pages. Throws INVALID_INPUT. */
export const offsetPageOf = ({ limit, offset }: Asked): { limit: number; offset: number } => {
  const page = { limit: limit ?? USUAL_COUNT, offset: offset ?? 0 }
  if (page.limit < 1 || page.limit > MOST_COUNT) throw invalid('limit', `1 to ${MOST_COUNT}`)
  if (page.offset < 0 || page.offset > LAST_OFFSET) throw invalid('offset', `0 to ${LAST_OFFSET}`)
  return page
}

const invalid = (argument: string, rule: string): SmsError =>
  new SmsError('INVALID_INPUT', `${argument} must be ${rule}`, { details: { argument } })

const SEARCH_LENGTH = 255

/** What is looked for; undefined: nothing in particular. */
export const searchOf = (search: string | null | undefined): string | undefined => {
  const text = (search ?? '').replaceAll('\0', '').toWellFormed().trim().slice(0, SEARCH_LENGTH)
  return text === '' ? undefined : text
}

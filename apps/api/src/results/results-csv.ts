import { Readable } from 'node:stream'
import type { BatchResult } from '@sms/db'

const COLUMNS = [
  'phoneNumber',
  'status',
  'deliveryStatus',
  'errorCode',
  'errorMessage',
  'attempts',
  'sentAt',
  'deliveredAt',
  'messageId',
  'id',
] as const satisfies readonly (keyof BatchResult)[]

/** What a spreadsheet takes for the beginning of a formula: the cell would do what somebody else wrote. */
const FORMULA = /^[=+\-@\t\r\n]/

const cellOf = (column: (typeof COLUMNS)[number], value: BatchResult[keyof BatchResult]): string => {
  if (value === null) return ''
  if (value instanceof Date) return value.toISOString()
  const text = String(value)
  // A number is a plus and digits, which PostgreSQL checks: an apostrophe before it would make it another for every program.
  const harmless = column !== 'phoneNumber' && FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** RFC 4180: CRLF, quotes doubled. A chunk a page, so that no more than a page is ever in memory. */
export async function* resultsCsv(pages: AsyncIterable<readonly BatchResult[]>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`
  for await (const page of pages) {
    yield page.map((row) => `${COLUMNS.map((column) => cellOf(column, row[column])).join(',')}\r\n`).join('')
  }
}

/** A page is read when there is room for it again: a slow client costs two pages, however long the list. */
export const resultsStream = (pages: AsyncIterable<readonly BatchResult[]>): Readable =>
  Readable.from(resultsCsv(pages), { objectMode: false, highWaterMark: 64 * 1024 })

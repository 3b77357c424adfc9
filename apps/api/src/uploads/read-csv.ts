import { pipeline, Readable } from 'node:stream'
import { SmsError, type UploadedFile, type UploadedLine } from '@sms/core'
import { CsvError, parse } from 'csv-parse'

type Parsed = { record: string[]; info: { lines: number } }
/** `line`: of the file, from 1, where the record begins. */
type CsvRecord = { record: string[]; line: number }

/** Records that are on their way at once. */
const BLOCK_SIZE = 250
/** Columns whose header means the recipient's number, whatever its case, spaces, hyphens and accents. */
const NUMBER_COLUMNS = new Set([
  'phonenumber',
  'phone',
  'number',
  'numero',
  'numerodetelephone',
  'telephone',
  'tel',
  'mobile',
  'msisdn',
])
const MAX_COLUMNS = 100

const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toLowerCase()

const bad = (problem: string, line: number): SmsError =>
  new SmsError('INVALID_FILE', 'The file cannot be read', { details: { problem, line } })

/** A header row, then a recipient a row: comma, semicolon or tab, whichever the header has most of; fields in quotes may hold line ends. */
export const readCsv = async (texts: AsyncGenerator<string>, { lineLength }: { lineLength: number }): Promise<UploadedFile> => {
  const { head, hasLineFeeds, rest } = await takeHeader(texts, lineLength)
  const parser = parse({
    delimiter: delimiterOf(head),
    info: true,
    max_record_size: lineLength,
    // Left to the parser it is what the first line ends with, and in a file that was put together from two every other return counts as a line.
    ...(hasLineFeeds && { record_delimiter: ['\r\n', '\n'] }),
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  })
  pipeline(Readable.from(rest, { objectMode: true, highWaterMark: 1 }), parser, () => undefined)
  const records = recordsOf(parser[Symbol.asyncIterator]() as AsyncIterator<Parsed>)
  const first = await records.next()
  if (first === null) throw new SmsError('EMPTY_INPUT', 'The file is empty')
  const columns = readHeader(first.record)
  return { columns: new Set(columns.names), blocks: blocksOf(records, columns) }
}

type Records = { next: () => Promise<CsvRecord | null>; end: () => Promise<void> }

/**
 * Records that say something. The parser counts characters that end a line, so a CRLF in quotes is two to it, and it tells where a record
 * ends: both are taken off here.
 */
const recordsOf = (parsed: AsyncIterator<Parsed>): Records => {
  let overcount = 0
  return {
    next: async () => {
      for (;;) {
        const { done, value } = await parsed.next().catch((error: unknown) => {
          throw readable(error, overcount)
        })
        if (done === true) return null
        const { record, info } = value
        const ends = lineEndsOf(record)
        const line = info.lines - overcount - ends.characters
        overcount += ends.pairs
        if (record.some((field) => field.trim() !== '')) return { record, line }
      }
    },
    end: async () => void (await parsed.return?.()),
  }
}

const lineEndsOf = (record: readonly string[]): { characters: number; pairs: number } => {
  const ends = { characters: 0, pairs: 0 }
  for (const field of record) {
    // Nearly no field has one.
    if (!field.includes('\n') && !field.includes('\r')) continue
    for (const [end] of field.matchAll(/\r\n|\r|\n/g)) {
      ends.characters += end.length
      ends.pairs += end.length - 1
    }
  }
  return ends
}

const readable = (error: unknown, overcount: number): unknown => {
  if (!(error instanceof CsvError)) return error
  const line = Number((error as { lines?: unknown }).lines ?? 0) - overcount
  if (error.code === 'CSV_MAX_RECORD_SIZE') return new SmsError('FILE_TOO_LARGE', 'A line is too long', { details: { line } })
  return bad('a quote is opened and not closed, or stands inside of a field', line)
}

/** Enough of the text to know its header row, and all of it again. */
const takeHeader = async (texts: AsyncGenerator<string>, lineLength: number) => {
  let head = ''
  // Not by an expression that begins anew at every character: of one long line that is the square of its length.
  while (!head.trimStart().includes('\n') && head.length <= lineLength) {
    const { done, value } = await texts.next()
    if (done === true) break
    head += value
  }
  async function* rest() {
    if (head !== '') yield head
    yield* texts
  }
  const text = head.trimStart()
  return { head: text.split('\n', 1)[0] ?? '', hasLineFeeds: text.includes('\n'), rest: rest() }
}

const delimiterOf = (header: string): string => {
  const counted = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }))
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).delimiter
}

type Columns = { names: readonly string[]; numberAt: number; placeOf: ReadonlyMap<string, number> }

const readHeader = (header: readonly string[]): Columns => {
  const names = header.map((name) => name.replaceAll('\0', ''))
  if (names.length > MAX_COLUMNS) throw bad(`there are more than ${MAX_COLUMNS} columns`, 1)
  const numberColumns = names.flatMap((name, place) => (NUMBER_COLUMNS.has(plain(name)) ? [place] : []))
  // `phoneNumber` is the name of the contract: beside it any other is a variable.
  const numberAt = numberColumns.find((place) => plain(names[place] ?? '') === 'phonenumber') ?? numberColumns[0]
  if (numberAt === undefined) throw bad('the header names no column phoneNumber', 1)
  const placeOf = new Map(names.map((name, place) => [name, place]))
  if (placeOf.size !== names.length) throw bad('the header names a column twice', 1)
  return { names: [...names, 'phoneNumber'], numberAt, placeOf }
}

async function* blocksOf(records: Records, { numberAt, placeOf }: Columns): AsyncGenerator<UploadedLine[]> {
  let block: UploadedLine[] = []
  try {
    for (;;) {
      const next = await records.next()
      if (next === null) break
      const { record, line } = next
      block.push(
        record.length > placeOf.size
          ? { line, isBroken: true }
          : { line, phoneNumber: record[numberAt] ?? '', valueOf: (name) => record[placeOf.get(name) ?? -1] },
      )
      if (block.length < BLOCK_SIZE) continue
      yield block
      block = []
    }
    if (block.length > 0) yield block
  } finally {
    await records.end()
  }
}

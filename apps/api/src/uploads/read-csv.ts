import { pipeline, Readable } from 'node:stream'
import { SmsError, type UploadedFile, type UploadedLine } from '@sms/core'
import { CsvError, parse } from 'csv-parse'

type Parsed = { record: string[]; info: { lines: number } }

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
  const { head, rest } = await takeHeader(texts, lineLength)
  const parser = parse({
    delimiter: delimiterOf(head),
    info: true,
    max_record_size: lineLength,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
  })
  pipeline(Readable.from(rest, { objectMode: true, highWaterMark: 1 }), parser, () => undefined)
  const records = parser[Symbol.asyncIterator]() as AsyncIterator<Parsed>
  const first = await nextOf(records)
  if (first === null) throw new SmsError('EMPTY_INPUT', 'The file is empty')
  const columns = readHeader(first.record)
  return { columns: new Set(columns.names), blocks: blocksOf(records, columns) }
}

const nextOf = async (records: AsyncIterator<Parsed>): Promise<Parsed | null> => {
  try {
    const { done, value } = await records.next()
    return done === true ? null : value
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = Number((error as { lines?: unknown }).lines ?? 0)
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw new SmsError('FILE_TOO_LARGE', 'A line is too long', { details: { line } })
    throw bad('a quote is opened and not closed, or stands inside of a field', line)
  }
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
  return { head: head.trimStart().split('\n', 1)[0] ?? '', rest: rest() }
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

async function* blocksOf(records: AsyncIterator<Parsed>, { numberAt, placeOf }: Columns): AsyncGenerator<UploadedLine[]> {
  let block: UploadedLine[] = []
  try {
    for (;;) {
      const parsed = await nextOf(records)
      if (parsed === null) break
      const { record, info } = parsed
      block.push(
        record.length > placeOf.size
          ? { line: info.lines, isBroken: true }
          : { line: info.lines, phoneNumber: record[numberAt] ?? '', valueOf: (name) => record[placeOf.get(name) ?? -1] },
      )
      if (block.length < BLOCK_SIZE) continue
      yield block
      block = []
    }
    if (block.length > 0) yield block
  } finally {
    await records.return?.()
  }
}

import type { Readable } from 'node:stream'
import { type Caller, type SendInput, SmsError, type UploadedFile, type UploadedLine } from '@sms/core'
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { createPatience, type Patience, readFileText, unbroken, type UploadLimits } from './file-text.ts'
import { readCsv } from './read-csv.ts'
import { readNdjson } from './read-ndjson.ts'
import { readUploadFields } from './upload-fields.ts'

const MAX_FIELDS = 20
const FIELD_BYTES = 16 * 1024

/**
 * Reads the form up to its file and opens that. The file's blocks end only when the whole body was received as it should be, so what is
 * written while they are read can be committed after them.
 */
export const receiveUpload = async (
  request: FastifyRequest,
  caller: Caller,
  limits: UploadLimits,
): Promise<SendInput & { isPlan: boolean; file: UploadedFile }> => {
  if (!request.isMultipart()) throw new SmsError('UNSUPPORTED_FORMAT', 'The upload is not multipart/form-data')
  const patience = createPatience(limits, () => performance.now())
  const parts = request.parts({
    // The file's own size is counted where it is unpacked.
    limits: {
      fields: MAX_FIELDS,
      fieldSize: FIELD_BYTES,
      fieldNameSize: 100,
      files: 1,
      parts: MAX_FIELDS + 1,
      fileSize: limits.fileBytes + 1,
    },
  })
  const fields = new Map<string, string>()
  for (;;) {
    const { done, value: part } = await patience(unbroken(parts.next()))
    if (done === true) throw new SmsError('EMPTY_INPUT', 'The form has no file')
    if (part.type === 'file') {
      const key = request.headers['idempotency-key']
      const input = readUploadFields(fields, { caller, idempotencyKey: typeof key === 'string' ? key : undefined })
      return { ...input, file: await openFile(request, { part, parts, patience, limits }) }
    }
    if (part.valueTruncated || typeof part.value !== 'string')
      throw new SmsError('INVALID_INPUT', 'A field of the form is too long')
    if (fields.has(part.fieldname)) throw new SmsError('INVALID_INPUT', 'A field of the form stands twice')
    fields.set(part.fieldname, part.value)
  }
}

type Opened = { part: MultipartFile; parts: AsyncIterator<Multipart>; patience: Patience; limits: UploadLimits }

const openFile = async (request: FastifyRequest, { part, parts, patience, limits }: Opened): Promise<UploadedFile> => {
  const name = part.filename.toLowerCase()
  const isGzip = name.endsWith('.gz') || /^application\/(x-)?gzip$/i.test(part.mimetype)
  const format = formatOf(isGzip ? name.replace(/\.gz$/, '') : name, part.mimetype)
  if (format === null) throw new SmsError('UNSUPPORTED_FORMAT', 'The file is neither CSV nor NDJSON')
  endWithClient(request, part.file)
  const texts = readFileText(part.file, { isGzip, limits, patience })
  const file = format === 'csv' ? await readCsv(texts, limits) : readNdjson(texts, limits)
  return { ...file, blocks: toTheEnd(file.blocks, request, { parts, patience }) }
}

/** By its name, else by its type. */
const formatOf = (name: string, type: string): 'csv' | 'ndjson' | null => {
  if (/\.(csv|tsv|txt)$/.test(name)) return 'csv'
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson'
  if (/^(text\/(csv|tab-separated-values|plain)|application\/(csv|vnd\.ms-excel))\b/i.test(type)) return 'csv'
  return /^application\/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines)\b/i.test(type) ? 'ndjson' : null
}

const gone = (): SmsError =>
  new SmsError('INVALID_FILE', 'The client left', { details: { problem: 'the upload was broken off' } })

/** A client that goes ends its file with an error, never as if that were all. */
const endWithClient = ({ raw }: FastifyRequest, file: Readable): void => {
  raw.once('close', () => {
    if (!raw.complete) file.destroy(gone())
  })
  // Heard by whoever reads the file; unheard, before or after that, it would end the process.
  file.on('error', () => undefined)
}

async function* toTheEnd(
  blocks: UploadedFile['blocks'],
  { raw }: FastifyRequest,
  { parts, patience }: Pick<Opened, 'parts' | 'patience'>,
): AsyncGenerator<readonly UploadedLine[]> {
  yield* blocks
  // What follows the file would have been meant to count.
  const { done } = await patience(unbroken(parts.next()))
  if (done !== true) throw new SmsError('INVALID_INPUT', 'The fields of the form stand before its file')
  if (!raw.complete && raw.destroyed) throw gone()
}

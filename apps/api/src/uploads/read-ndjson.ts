import { SmsError, type UploadedFile, type UploadedLine } from '@sms/core'
import { z } from 'zod'

const BLOCK_SIZE = 250

const recordSchema = z.object({
  phoneNumber: z.string(),
  variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})

/** A JSON object a line: `{"phoneNumber": "…", "variables": {…}}`. A line that is none is refused alone. */
export const readNdjson = (texts: AsyncGenerator<string>, { lineLength }: { lineLength: number }): UploadedFile => ({
  columns: null,
  blocks: blocksOf(texts, lineLength),
})

async function* blocksOf(texts: AsyncGenerator<string>, lineLength: number): AsyncGenerator<UploadedLine[]> {
  let rest = ''
  let line = 0
  let block: UploadedLine[] = []
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const source of lines) {
      line += 1
      requireLength(source, lineLength, line)
      if (source.trim() !== '') block.push(readLine(source, line))
      if (block.length < BLOCK_SIZE) continue
      yield block
      block = []
    }
    requireLength(rest, lineLength, line + 1)
  }
  if (rest.trim() !== '') block.push(readLine(rest, line + 1))
  if (block.length > 0) yield block
}

const requireLength = (source: string, lineLength: number, line: number): void => {
  if (source.length > lineLength) throw new SmsError('FILE_TOO_LARGE', 'A line is too long', { details: { line } })
}

const readLine = (source: string, line: number): UploadedLine => {
  let given: unknown
  try {
    given = JSON.parse(source)
  } catch {
    return { line, isBroken: true }
  }
  const { success, data } = recordSchema.safeParse(given)
  if (!success) return { line, isBroken: true }
  const variables = new Map(Object.entries(data.variables ?? {}))
  return { line, phoneNumber: data.phoneNumber, valueOf: (name) => variables.get(name)?.toString() }
}

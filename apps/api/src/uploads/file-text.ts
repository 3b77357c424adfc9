import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { SmsError } from '@sms/core'

export type UploadLimits = {
  /** Of the file, unpacked. */
  fileBytes: number
  /** Characters of one line, and so of one field. */
  lineLength: number
  /** Without a byte from the client. */
  stallMs: number
  /** From the first byte to the last. */
  totalMs: number
}

/**
 * Waits for the client no longer than it may: the clock stands while PostgreSQL is waited for. Throws UPLOAD_TIMEOUT, and INVALID_FILE for
 * a client that left.
 */
export const createPatience = ({ stallMs, totalMs }: Pick<UploadLimits, 'stallMs' | 'totalMs'>, now: () => number) => {
  const endsAt = now() + totalMs
  return async <Value>(next: Promise<Value>): Promise<Value> => {
    let timer: NodeJS.Timeout | undefined
    const leftMs = endsAt - now()
    const limit = new Promise<never>((_resolve, reject) => {
      const late = () => reject(new SmsError('UPLOAD_TIMEOUT', 'The upload stood still or took too long'))
      // No timer is as quick as a client whose next bytes are here already.
      if (leftMs <= 0) late()
      else timer = setTimeout(late, Math.min(stallMs, leftMs))
    })
    try {
      return await Promise.race([limit, next])
    } finally {
      clearTimeout(timer)
    }
  }
}

export type Patience = ReturnType<typeof createPatience>

/** What a body that ends too early, or a form that is none, breaks with. */
export const unbroken = async <Value>(next: Promise<Value>): Promise<Value> => {
  try {
    return await next
  } catch (error) {
    if (error instanceof SmsError || (error instanceof Error && 'statusCode' in error)) throw error
    throw unreadable('the upload was broken off')
  }
}

const unreadable = (problem: string): SmsError =>
  new SmsError('INVALID_FILE', 'The file cannot be read', { details: { problem } })

/** The bytes of a file as text, a network chunk at a time: the next is taken from the socket when this one was used up. */
export async function* readFileText(
  file: Readable,
  { isGzip, limits, patience }: { isGzip: boolean; limits: Pick<UploadLimits, 'fileBytes'>; patience: Patience },
): AsyncGenerator<string> {
  const unpacked = isGzip ? gunzip(file) : file
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let byteCount = 0
  const chunks = unpacked[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (;;) {
      const { done, value } = await patience(unbroken(chunks.next()))
      if (done === true) break
      byteCount += value.length
      if (byteCount > limits.fileBytes) {
        throw new SmsError('FILE_TOO_LARGE', `A file may have ${limits.fileBytes} bytes`, {
          details: { maxBytes: limits.fileBytes },
        })
      }
      const text = decode(() => decoder.decode(value, { stream: true }))
      if (text !== '') yield text
    }
    const rest = decode(() => decoder.decode())
    if (rest !== '') yield rest
  } finally {
    unpacked.destroy()
  }
}

const decode = (work: () => string): string => {
  try {
    return work()
  } catch {
    throw unreadable('the text is not UTF-8')
  }
}

const gunzip = (file: Readable): Readable => {
  const unpacker = createGunzip()
  file.on('error', (error) => unpacker.destroy(error))
  file.pipe(unpacker)
  return Readable.from(unpackedChunks(unpacker), { objectMode: true, highWaterMark: 1 }).on('close', () => file.destroy())
}

async function* unpackedChunks(unpacker: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of unpacker) yield chunk as Buffer
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw unreadable('the gzip data is broken')
    throw error
  }
}

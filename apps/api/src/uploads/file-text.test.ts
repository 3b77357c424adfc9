import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createPatience, readFileText } from './file-text.ts'

const limits = { fileBytes: 1024 }

/** A client that has sent something, and then neither more nor an end. */
const standing = () => {
  const file = new Readable({ read: () => undefined })
  file.push('phone\n')
  return file
}

const readAll = async (file: Readable, patience: ReturnType<typeof createPatience>) => {
  let text = ''
  for await (const piece of readFileText(file, { isGzip: false, limits, patience })) text += piece
  return text
}

describe('the patience with a client', () => {
  it('ends when nothing comes for a while, and takes the file away', async () => {
    const file = standing()
    const patience = createPatience({ stallMs: 10, totalMs: 60_000 }, () => performance.now())
    await expect(readAll(file, patience)).rejects.toMatchObject({ code: 'UPLOAD_TIMEOUT' })
    expect(file.destroyed).toBe(true)
  })

  it('ends when all of it takes too long, however lively the client is', async () => {
    let now = 0
    const patience = createPatience({ stallMs: 60_000, totalMs: 1_000 }, () => now)
    async function* slowly() {
      for (;;) {
        now += 400
        yield Buffer.from('+2250700000001\n')
        await new Promise(setImmediate)
      }
    }
    const file = Readable.from(slowly(), { highWaterMark: 1 })
    await expect(readAll(file, patience)).rejects.toMatchObject({ code: 'UPLOAD_TIMEOUT' })
  })
})

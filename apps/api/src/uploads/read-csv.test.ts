import { describe, expect, it } from 'vitest'
import { readCsv } from './read-csv.ts'

const lineLength = 16 * 1024

async function* textsOf(...texts: string[]) {
  yield* texts
}

describe('the header row of a CSV file', () => {
  // Looked for in a time that grows with the square of the text, this took half a minute, in which nobody else was answered.
  it('that never ends is refused at once', async () => {
    await expect(readCsv(textsOf('a'.repeat(256 * 1024)), { lineLength })).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  })

  it('may come in pieces and after empty lines', async () => {
    const file = await readCsv(textsOf('\n', '\r\n  \n', 'phone', 'Number;na', 'me\n+2250700000001;A\n'), { lineLength })
    expect(file.columns).toEqual(new Set(['phoneNumber', 'name']))
  })
})

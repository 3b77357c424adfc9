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

  it.each([
    ['line feeds', '\n', '\n'],
    ['both', '\r\n', '\r\n'],
    ['line feeds, and both in quotes', '\n', '\r\n'],
    ['both, and line feeds in quotes', '\r\n', '\n'],
    ['returns', '\r', '\r'],
  ])('numbers its lines from where a record begins: line ends are %s', async (_name, end, quoted) => {
    const text = [
      `phone,"na${quoted}me"`,
      '1,a',
      `2,"b${quoted}${quoted}b"`,
      '3,c',
      '',
      `"${quoted}"," "`,
      `"4","${quoted}d${quoted}"`,
      '5,e',
    ].join(end)
    // In one piece, and cut between any two characters.
    for (const pieces of [[text], [...text]]) {
      const file = await readCsv(textsOf(...pieces), { lineLength })
      const lines = []
      for await (const block of file.blocks)
        for (const line of block) lines.push(['phoneNumber' in line ? line.phoneNumber : null, line.line])
      expect(lines).toEqual([
        ['1', 3],
        ['2', 4],
        ['3', 7],
        ['4', 11],
        ['5', 14],
      ])
    }
  })

  it('may have line ends of both kinds, as a file that was put together from two', async () => {
    const file = await readCsv(textsOf('phone,name\n1,a\r\n2,b\r\n3,"c\r\n"\n4,d'), { lineLength })
    const lines = []
    for await (const block of file.blocks) for (const line of block) lines.push(line.line)
    expect(lines).toEqual([2, 3, 4, 6])
  })

  it('may come in pieces and after empty lines', async () => {
    const file = await readCsv(textsOf('\n', '\r\n  \n', 'phone', 'Number;na', 'me\n+2250700000001;A\n'), { lineLength })
    expect(file.columns).toEqual(new Set(['phoneNumber', 'name']))
  })
})

import { expect, it, vi } from 'vitest'
import { resultsCsv, resultsStream } from './results-csv.ts'

const row = {
  id: 1n,
  phoneNumber: '+2250707070701',
  status: 'SENT',
  deliveryStatus: null,
  errorCode: null,
  errorMessage: null,
  attempts: 1,
  sentAt: new Date('2026-11-22T12:00:00Z'),
  deliveredAt: null,
  messageId: 'm-1',
}

async function* pages(...given: (typeof row)[][]) {
  yield* given
}

const HEAD = 'phoneNumber,status,deliveryStatus,errorCode,errorMessage,attempts,sentAt,deliveredAt,messageId,id\r\n'

it('is a line an SMS below the names of the columns, a chunk a page', async () => {
  expect(await Array.fromAsync(resultsCsv(pages([row], [{ ...row, id: 2n }])))).toEqual([
    HEAD,
    '+2250707070701,SENT,,,,1,2026-11-22T12:00:00.000Z,,m-1,1\r\n',
    '+2250707070701,SENT,,,,1,2026-11-22T12:00:00.000Z,,m-1,2\r\n',
  ])
  expect(await Array.fromAsync(resultsCsv(pages()))).toEqual([HEAD])
})

it.each([
  ['=cmd|x!A1', "'=cmd|x!A1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(1)', "'@SUM(1)"],
  ['\tx', "'\tx"],
  ['=1,"2"', '"\'=1,""2"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['plain', 'plain'],
])('guards %j against being a formula or a cell of its own', async (errorMessage, cell) => {
  const [, line] = await Array.fromAsync(
    resultsCsv(pages([{ ...row, errorMessage: errorMessage as unknown as null, messageId: '=x' }])),
  )
  expect(line).toBe(`+2250707070701,SENT,,,${cell},1,2026-11-22T12:00:00.000Z,,'=x,1\r\n`)
})

it('reads no further than a slow client has taken, and stops reading when it leaves', async () => {
  let pulled = 0
  let isClosed = false
  async function* endless() {
    try {
      for (;;) {
        pulled += 1
        yield Array.from({ length: 2_000 }, () => row)
      }
    } finally {
      isClosed = true
    }
  }
  const stream = resultsStream(endless())
  const taken = stream.iterator({ destroyOnReturn: true })
  await taken.next()
  // Turns enough for a stream that does not wait to run ahead.
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(pulled).toBeLessThanOrEqual(3)
  await taken.return?.()
  await vi.waitFor(() => expect(isClosed).toBe(true))
})

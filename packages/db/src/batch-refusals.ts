import type { BatchId, LineRefusal, RefusedLine, RefusedLines } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { countRefusalsSql, refusalsSql } from './sql/upload.ts'

/** Refused lines that an answer shows itself. */
export const SHOWN_REFUSALS = 1_000

/** Every refused line of an uploaded batch, page by page; no transaction is open meanwhile. Knows no caller. */
export async function* readBatchRefusals(db: Database, batchId: BatchId, pageSize: number): AsyncGenerator<RefusedLine[]> {
  let after = 0
  for (;;) {
    const page = await db.$queryRaw<RefusedLine[]>(refusalsSql(batchId, after, pageSize))
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    if (page.length < pageSize) return
    after = last.line
  }
}

/** As the first answer about the batch had them. */
export const readRefusedLines = async (tx: Prisma.TransactionClient, batchId: BatchId): Promise<RefusedLines> => {
  const counts = await tx.$queryRaw<{ code: LineRefusal; count: number }[]>(countRefusalsSql(batchId))
  return {
    total: counts.reduce((total, { count }) => total + count, 0),
    byCode: Object.fromEntries(counts.map(({ code, count }) => [code, count])),
    first: await tx.$queryRaw<RefusedLine[]>(refusalsSql(batchId, 0, SHOWN_REFUSALS)),
  }
}

/** Counts refused lines as they come, and keeps the first ones. */
export const createRefusalTally = () => {
  const byCode: Partial<Record<LineRefusal, number>> = {}
  const first: RefusedLine[] = []
  let total = 0
  return {
    add: (refused: readonly RefusedLine[]): void => {
      for (const one of refused) {
        byCode[one.code] = (byCode[one.code] ?? 0) + 1
        total += 1
        if (first.length < SHOWN_REFUSALS) first.push(one)
      }
    },
    read: (): RefusedLines => ({ total, byCode, first }),
  }
}

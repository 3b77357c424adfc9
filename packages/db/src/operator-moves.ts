import { analyzeMessage, type MovedChunk } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import type { MoveRow } from './sql/operator-move.ts'

/** Runs one statement of an operator's move; one that lost against a claim or a settle changed nothing and is repeated. `present` makes a verdict of its row. */
export const moveChunk = async <Verdict>(
  db: Database,
  sql: Prisma.Sql,
  present: (row: MoveRow) => Verdict,
): Promise<MovedChunk<Verdict>> => {
  const rows = await repeatOnConflict(() => db.$queryRaw<MoveRow[]>(sql))
  return {
    verdicts: rows.map(present),
    lastId: rows[0]?.lastId ?? null,
    accountIds: [...new Set(rows.flatMap(({ verdict, accountIds }) => (verdict === 'MOVED' ? accountIds : [])))],
  }
}

/** Of all SMS of the row together. */
export const partsOf = ({ smsCount, parts, text }: Pick<MoveRow, 'smsCount' | 'parts' | 'text'>): number =>
  smsCount * (parts ?? (text === null ? 0 : analyzeMessage(text).parts))

/** PostgreSQL's clock. Columns are rounded to milliseconds: what failed just now must not lie after it. */
export const readNow = async (db: Database): Promise<Date> => {
  const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() + interval '1 millisecond' AS now`
  return row?.now ?? new Date()
}

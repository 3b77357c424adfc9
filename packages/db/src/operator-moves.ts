import { analyzeMessage, type MovedChunk } from '@sms/core'
import type { Database } from './client.ts'
import { failureOf } from './database-error.ts'
import type { Prisma } from './generated/client.ts'
import type { MoveRow } from './sql/operator-move.ts'

/** A chunk that lost against a claim or a settle changed nothing and is simply repeated. */
const CONFLICT_REPEATS = 5

/** Runs one statement of an operator's move. `present` makes a verdict of its row. */
export const moveChunk = async <Verdict>(
  db: Database,
  sql: Prisma.Sql,
  present: (row: MoveRow) => Verdict,
): Promise<MovedChunk<Verdict>> => {
  for (let turn = 1; ; turn += 1) {
    try {
      const rows = await db.$queryRaw<MoveRow[]>(sql)
      return {
        verdicts: rows.map(present),
        lastId: rows[0]?.lastId ?? null,
        accountIds: [...new Set(rows.flatMap(({ verdict, accountIds }) => (verdict === 'MOVED' ? accountIds : [])))],
      }
    } catch (error) {
      if (turn > CONFLICT_REPEATS || failureOf(error) !== 'conflict') throw error
    }
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

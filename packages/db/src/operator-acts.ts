import type { BatchId } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'

/** What a person did by hand; `filter`, `before` and `after` are JSON and hold neither a number nor a text. */
export type OperatorActRecord = {
  id: bigint
  at: Date
  userId: number
  /** Null: the user is gone. */
  username: string | null
  via: string
  kind: string
  reason: string | null
  filter: string | null
  before: string | null
  after: string | null
  smsCount: number
  batchId: bigint | null
  smsId: bigint | null
}

export type ActFilter = { batchId: BatchId | null; kind: string | null; userId: number | null }

export type OperatorActs = {
  /** Newest first; `before`: older than that act. */
  findActs(filter: ActFilter, page: { first: number; before: bigint | null }): Promise<OperatorActRecord[]>
}

export const createOperatorActs = (db: Database): OperatorActs => ({
  findActs: async ({ batchId, kind, userId }, { first, before }) => {
    const where: Prisma.OperatorActWhereInput = {
      ...(batchId !== null && { batchId }),
      ...(kind !== null && { kind }),
      ...(userId !== null && { userId }),
      ...(before !== null && { id: { lt: before } }),
    }
    const acts = await db.operatorAct.findMany({ where, orderBy: { id: 'desc' }, take: first })
    const users = await db.user.findMany({
      where: { id: { in: [...new Set(acts.map((act) => act.userId))] } },
      select: { id: true, username: true },
    })
    const names = new Map(users.map(({ id, username }) => [id, username]))
    return acts.map((act) => ({ ...act, username: names.get(act.userId) ?? null }))
  },
})

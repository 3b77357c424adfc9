import type { SenderAccount } from '@sms/core'
import { Prisma } from './generated/client.ts'
import type { Database } from './client.ts'

/** The account of the ORANGE_* variables; the first migration makes its row. */
export const DEFAULT_ACCOUNT_ID = 1

/** Wait before the first probe of a blocked account; doubles up to a minute with each probe. */
const FIRST_PROBE_MS = 2_000

/** Whether an account may send is kept in SQL: it must survive an empty Redis. */
export type SenderAccountRepository = {
  findAll(): Promise<SenderAccount[]>
  /** Stops an account that Orange refuses as a whole. True only for the call that stopped it; a person's pause is left alone. */
  block(accountId: number, reason: string): Promise<boolean>
  /** Lifts a block (never a person's pause). True only for the call that lifted it. */
  unblock(accountId: number): Promise<boolean>
}

export const createSenderAccountRepository = (db: Database): SenderAccountRepository => ({
  findAll: () =>
    db.senderAccount.findMany({
      select: { id: true, name: true, pausedReason: true, pausedByOperator: true, probeAt: true },
      orderBy: { id: 'asc' },
    }),

  block: async (accountId, reason) =>
    (await db.$executeRaw(Prisma.sql`
      UPDATE "SenderAccount" SET "pausedReason" = ${reason}, "pausedAt" = clock_timestamp(), "probeSmsId" = NULL,
        "probeDelayMs" = ${FIRST_PROBE_MS}, "probeAt" = clock_timestamp() + make_interval(secs => ${FIRST_PROBE_MS}::float8 / 1000)
      WHERE id = ${accountId} AND "pausedReason" IS NULL`)) > 0,

  unblock: async (accountId) =>
    (await db.$executeRaw(Prisma.sql`
      UPDATE "SenderAccount" SET "pausedReason" = NULL, "pausedAt" = NULL, "probeAt" = NULL, "probeSmsId" = NULL, "probeDelayMs" = 0
      WHERE id = ${accountId} AND "pausedReason" IS NOT NULL AND NOT "pausedByOperator"`)) > 0,
})

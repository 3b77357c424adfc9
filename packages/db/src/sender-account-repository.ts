import type { AccountDirectory, SenderAccount } from '@sms/core'
import { Prisma } from './generated/client.ts'
import type { Database } from './client.ts'
import { readSendingPause, underPause } from './sending-pause.ts'
import { unreadableSql, workloadSql, type WorkloadRow } from './sql/sender-account.ts'

/** The account of the ORANGE_* variables; the first migration makes its row. */
export const DEFAULT_ACCOUNT_ID = 1

/** Wait before the first probe of a blocked account; doubles up to a minute with each probe. */
const FIRST_PROBE_MS = 2_000

/** What a worker needs to send for an account of its own row. */
export type ConfiguredAccount = {
  id: number
  /** Raised by every change of what stands here. */
  version: number
  sealedCredentials: string
  /** Null: the default account's. */
  apiUrl: string | null
  senderAddress: string
  /** The first is for SMS that name none. */
  senderNames: readonly string[]
  ratePerSecond: number
}

/** Whether an account may send is kept in SQL: it must survive an empty Redis. */
export type SenderAccountRepository = AccountDirectory & {
  findAll(): Promise<SenderAccount[]>
  /** Those that workers send for beside the default one: with credentials, and not disabled. */
  findConfigured(): Promise<ConfiguredAccount[]>
  /** Says that this process cannot open the credentials. */
  reportUnreadable(accountId: number): Promise<void>
  /** What each account has in the window, and still to do. */
  readWorkload(): Promise<WorkloadRow[]>
  /** Stops an account that Orange refuses as a whole. True only for the call that stopped it; a person's pause is left alone. */
  block(accountId: number, reason: string): Promise<boolean>
  /** Lifts a block (never a person's pause). True only for the call that lifted it. */
  unblock(accountId: number): Promise<boolean>
}

export const createSenderAccountRepository = (db: Database): SenderAccountRepository => ({
  findAll: async () => {
    const rows = await db.senderAccount.findMany({
      select: {
        id: true,
        name: true,
        pausedReason: true,
        pausedByOperator: true,
        probeAt: true,
        ratePerSecond: true,
        disabledAt: true,
      },
      orderBy: { id: 'asc' },
    })
    const pause = await readSendingPause(db)
    return rows.map(({ disabledAt, ...account }) => {
      const { isPausedWithAll: _, ...standing } = underPause(account, pause)
      return { ...standing, isDisabled: disabledAt !== null }
    })
  },

  findConfigured: async () => {
    const rows = await db.senderAccount.findMany({
      where: { id: { not: DEFAULT_ACCOUNT_ID }, disabledAt: null, sealedCredentials: { not: null } },
      select: {
        id: true,
        version: true,
        sealedCredentials: true,
        apiUrl: true,
        senderAddress: true,
        senderNames: true,
        ratePerSecond: true,
      },
      orderBy: { id: 'asc' },
    })
    // A CHECK constraint: whoever has credentials has the rest.
    return rows as (ConfiguredAccount & (typeof rows)[number])[]
  },

  findByName: (name) =>
    db.senderAccount.findFirst({ where: { name, disabledAt: null }, select: { id: true, senderNames: true } }),

  reportUnreadable: async (accountId) => void (await db.$executeRaw(unreadableSql(accountId))),

  readWorkload: () => db.$queryRaw<WorkloadRow[]>(workloadSql()),

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

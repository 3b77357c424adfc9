import { type AccountChange, type AccountOrder, type SenderAccountStore, SmsError } from '@sms/core'
import type { Database } from './client.ts'
import { Prisma } from './generated/client.ts'
import { readSendingPause, underPause } from './sending-pause.ts'
import { pauseAllSql, resumeAllSql } from './sql/sending-pause.ts'
import {
  type ActKind,
  disableSql,
  enableSql,
  lockAccountsSql,
  nextAccountIdSql,
  pauseSql,
  probeAnewSql,
  resumeSql,
  takenSql,
} from './sql/sender-account.ts'

type Transaction = Prisma.TransactionClient

/** What administrators do to sender accounts. Each change is one transaction with its audit; the credentials never come back out. */
export const createSenderAccountStore = (db: Database): SenderAccountStore => {
  const change = async <Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
    try {
      return await db.$transaction(async (tx) => {
        await tx.$executeRaw(lockAccountsSql())
        return work(tx)
      })
    } catch (error) {
      if (isTakenName(error)) throw new SmsError('ALREADY_EXISTS', 'A sender account of that name exists already')
      throw error
    }
  }

  const findState = async (tx: Transaction, accountId: number): Promise<{ isDisabled: boolean; callingCodes: string[] }> => {
    const found = await tx.senderAccount.findUnique({
      where: { id: accountId },
      select: { disabledAt: true, callingCodes: true },
    })
    if (found === null) throw new SmsError('NOT_FOUND', `Sender account ${accountId} does not exist`)
    return { isDisabled: found.disabledAt !== null, callingCodes: found.callingCodes }
  }

  /** Null: every account. */
  const requireEnabled = async (accountId: number | null): Promise<void> => {
    if (accountId === null || !(await findState(db, accountId)).isDisabled) return
    throw new SmsError('ACCOUNT_DISABLED', `Sender account ${accountId} is disabled`)
  }

  return {
    findRecords: async () => {
      const rows = await db.senderAccount.findMany({
        omit: { sealedCredentials: true, callingCodes: true, version: true, probeDelayMs: true, probeSmsId: true },
        orderBy: { id: 'asc' },
      })
      const pause = await readSendingPause(db)
      return rows.map((row) => ({ ...underPause(row, pause), isDisabled: row.disabledAt !== null }))
    },

    create: (order, { seal, ...settings }) =>
      change(async (tx) => {
        await requireFree(tx, 0, settings.callingCodes)
        const [next] = await tx.$queryRaw<{ id: number }[]>(nextAccountIdSql())
        if (next === undefined) throw new Error('The sequence of sender accounts gave no id')
        await tx.senderAccount.create({
          data: { id: next.id, ...columnsOf(settings), name: settings.name, sealedCredentials: seal(next.id) },
        })
        await note(tx, order, 'CREATE_ACCOUNT', next.id, Object.keys(settings))
        return next.id
      }),

    update: (order, accountId, given) =>
      change(async (tx) => {
        const { isDisabled } = await findState(tx, accountId)
        if (!isDisabled && given.callingCodes !== undefined) await requireFree(tx, accountId, given.callingCodes)
        const { seal, ...settings } = given
        const sealed = seal === null ? {} : { sealedCredentials: seal(accountId), unreadableAt: null }
        await tx.senderAccount.update({
          where: { id: accountId },
          data: { ...columnsOf(settings), ...sealed, version: { increment: 1 } },
        })
        if (seal !== null) await tx.$executeRaw(probeAnewSql(accountId))
        await note(tx, order, 'UPDATE_ACCOUNT', accountId, [...Object.keys(settings), ...(seal === null ? [] : ['credentials'])])
      }),

    disable: (order, accountId) =>
      change(async (tx) => {
        await findState(tx, accountId)
        if ((await tx.$executeRaw(disableSql(accountId))) > 0) await note(tx, order, 'DISABLE_ACCOUNT', accountId, [])
      }),

    enable: (order, accountId) =>
      change(async (tx) => {
        const { isDisabled, callingCodes } = await findState(tx, accountId)
        if (!isDisabled) return
        await requireFree(tx, accountId, callingCodes)
        if ((await tx.$executeRaw(enableSql(accountId))) > 0) await note(tx, order, 'ENABLE_ACCOUNT', accountId, [])
      }),

    pause: async (order, accountId) => {
      await requireEnabled(accountId)
      const sql = accountId === null ? pauseAllSql(order) : pauseSql(order, accountId)
      return (await db.$queryRaw<{ id: number }[]>(sql)).map(({ id }) => id)
    },

    resume: async (order, accountId) => {
      await requireEnabled(accountId)
      const sql = accountId === null ? resumeAllSql(order) : resumeSql(order, accountId)
      return (await db.$queryRaw<{ id: number }[]>(sql)).map(({ id }) => id)
    },
  }
}

const columnsOf = ({ countries, callingCodes, senderNames, ...settings }: Omit<AccountChange, 'seal'>) => ({
  ...settings,
  ...(countries && { countries: [...countries] }),
  ...(callingCodes && { callingCodes: [...callingCodes] }),
  ...(senderNames && { senderNames: [...senderNames] }),
})

/** Under the lock of the accounts. */
const requireFree = async (tx: Transaction, accountId: number, callingCodes: readonly string[]): Promise<void> => {
  const [other] = await tx.$queryRaw<{ id: number }[]>(takenSql(accountId, callingCodes))
  if (other === undefined) return
  throw new SmsError('COUNTRY_TAKEN', `Sender account ${other.id} has one of the countries`, { details: { accountId: other.id } })
}

/** Which fields were written, never what. */
const note = async (tx: Transaction, order: AccountOrder, kind: ActKind, accountId: number, fields: string[]): Promise<void> => {
  const filter = JSON.stringify({ accountIds: [accountId], ...(fields.length > 0 && { fields }) })
  await tx.operatorAct.create({ data: { ...order, via: 'GRAPHQL', kind, filter, smsCount: 0 } })
}

const isTakenName = (error: unknown): boolean => error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'

import {
  type AccountInput,
  type Caller,
  createSenderAccount,
  disableSenderAccount,
  enableSenderAccount,
  pauseSending,
  resumeSending,
  SmsError,
  updateSenderAccount,
} from '@sms/core'
import { intIdOf, NO_ID } from './ids.ts'
import { presentAccount, type PresentedAccount } from './present-accounts.ts'
import type { MutationResolvers, QueryResolvers, UpdateSenderAccountInput } from './resolver-types.generated.ts'
import type { AccountChangeKind, GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'senderAccounts'>>
type Mutations = Required<
  Pick<
    MutationResolvers,
    | 'createSenderAccount'
    | 'updateSenderAccount'
    | 'disableSenderAccount'
    | 'enableSenderAccount'
    | 'pauseSending'
    | 'resumeSending'
  >
>

export const createAccountQueries = (service: GraphqlService): Queries => ({
  senderAccounts: (_parent, _args, { caller }) => {
    if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'Sender accounts need an administrator')
    return presentedOf(service, () => true)
  },
})

/** Credentials come in here and go nowhere but into the seal: they are in no answer, no log line and no error. */
export const createAccountMutations = (service: GraphqlService): Mutations => {
  const { manage } = service
  const changed = async (kind: AccountChangeKind, { userId }: Caller, ids: readonly number[]): Promise<PresentedAccount[]> => {
    service.observe({ kind, userId, accountIds: ids })
    return presentedOf(service, (id) => ids.includes(id))
  }
  const changedOne = async (kind: AccountChangeKind, caller: Caller, id: number): Promise<PresentedAccount> => {
    const [account] = await changed(kind, caller, [id])
    if (account === undefined) throw new SmsError('NOT_FOUND', `Sender account ${id} does not exist`)
    return account
  }
  return {
    createSenderAccount: async (_parent, { input }, { caller }) => {
      const { reason = null, ...account } = input
      return changedOne(
        'account-created',
        caller,
        await createSenderAccount(manage, { caller, reason, account: inputOf(account) }),
      )
    },

    updateSenderAccount: async (_parent, { id, input }, { caller }) => {
      const { reason = null, ...account } = input
      const accountId = idOf(id)
      await updateSenderAccount(manage, { caller, reason, accountId, account: inputOf(account) })
      return changedOne('account-updated', caller, accountId)
    },

    disableSenderAccount: async (_parent, { id, reason = null }, { caller }) => {
      const accountId = idOf(id)
      await disableSenderAccount(manage, { caller, reason, accountId })
      return changedOne('account-disabled', caller, accountId)
    },

    enableSenderAccount: async (_parent, { id, reason = null }, { caller }) => {
      const accountId = idOf(id)
      await enableSenderAccount(manage, { caller, reason, accountId })
      return changedOne('account-enabled', caller, accountId)
    },

    pauseSending: async (_parent, { accountId, reason = null }, { caller }) =>
      changed('sending-paused', caller, await pauseSending(manage, { caller, reason, accountId: chosenOf(accountId) })),

    resumeSending: async (_parent, { accountId, reason = null }, { caller }) =>
      changed('sending-resumed', caller, await resumeSending(manage, { caller, reason, accountId: chosenOf(accountId) })),
  }
}

const presentedOf = async (service: GraphqlService, isMeant: (id: number) => boolean): Promise<PresentedAccount[]> => {
  const { defaultAccount } = service
  const [accounts, workloads] = await Promise.all([service.manage.store.findRecords(), service.accounts.readWorkload()])
  const byId = new Map(workloads.map((workload) => [workload.accountId, workload]))
  const nowMs = service.accept.now()
  const meant = accounts.filter(({ id }) => isMeant(id))
  return Promise.all(
    meant.map(async (account) => {
      const { window = 0, backlog = 0 } = byId.get(account.id) ?? {}
      const ratePerSecond = account.ratePerSecond ?? defaultAccount.ratePerSecond
      // How the accounts stand is in PostgreSQL, and wanted most while Redis is away.
      const pace = await service.readPace({ accountId: account.id, ratePerSecond }).catch(() => null)
      return presentAccount(account, { defaultAccount, nowMs, operation: { window, backlog, pace } })
    }),
  )
}

/** A malformed id is that of nothing. */
const idOf = (id: string): number => intIdOf(id) ?? NO_ID
const chosenOf = (id: string | null | undefined): number | null => (id == null ? null : idOf(id))

/** Null is absent, but for `apiUrl`, which it clears. */
const inputOf = ({ apiUrl, ...input }: Omit<UpdateSenderAccountInput, 'reason'>): AccountInput => ({
  name: input.name ?? undefined,
  countries: input.countries ?? undefined,
  clientId: input.clientId ?? undefined,
  clientSecret: input.clientSecret ?? undefined,
  senderAddress: input.senderAddress ?? undefined,
  senderNames: input.senderNames ?? undefined,
  ratePerSecond: input.ratePerSecond ?? undefined,
  apiUrl,
})

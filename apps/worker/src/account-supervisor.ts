import type { ConfiguredAccount } from '@sms/db'
import type { AccountService } from './account-service.ts'
import { shareConcurrency } from './share-concurrency.ts'

/** An account that nobody could open is shown so for half a minute after the last word about it. */
const REPORT_EVERY_MS = 10_000

export type AccountSupervisor = {
  /** Starts, replaces and ends what changed since the last round. */
  round(): Promise<void>
  /** The default account, and those that take jobs. */
  running(): AccountService[]
  /** Takes no new job for any account, and resolves when what is on the wire is settled. */
  stop(): Promise<void>
}

type Running = { version: number; service: AccountService; ending: Promise<void> | null }

/**
 * Keeps one service running for each account that is configured and enabled, beside that of the default account. An account that
 * was changed is replaced: what it has on the wire is settled first, with the credentials it went out with; a later round starts it anew.
 */
export const createAccountSupervisor = (deps: {
  /** Started by this one too; never replaced. */
  defaultService: AccountService
  concurrency: number
  findConfigured: () => Promise<ConfiguredAccount[]>
  /** Null: its credentials cannot be opened here. */
  open: (account: ConfiguredAccount) => AccountService | null
  reportUnreadable: (accountId: number) => Promise<void>
  now: () => number
  onStarted: (accountId: number, ratePerSecond: number) => void
  onStopped: (accountId: number) => void
  onUnreadable: (accountId: number) => void
  onFailure: (accountId: number, error: unknown) => void
  onRound: (accounts: { running: number; unreadable: number }) => void
}): AccountSupervisor => {
  const accounts = new Map<number, Running>()
  /** By account: the version that could not be opened, and when that was last reported. */
  const unreadable = new Map<number, { version: number; reportedAt: number }>()
  let isStopping = false

  const running = (): AccountService[] => [
    deps.defaultService,
    ...[...accounts.values()].filter(({ ending }) => ending === null).map(({ service }) => service),
  ]

  const end = (accountId: number, account: Running): Promise<void> => {
    account.ending ??= account.service
      .stop()
      .catch((error: unknown) => deps.onFailure(accountId, error))
      .then(() => {
        accounts.delete(accountId)
        deps.onStopped(accountId)
      })
    return account.ending
  }

  const start = async (account: ConfiguredAccount): Promise<void> => {
    const service = deps.open(account)
    if (service === null) return reportUnreadable(account)
    unreadable.delete(account.id)
    accounts.set(account.id, { version: account.version, service, ending: null })
    service.start()
    deps.onStarted(account.id, account.ratePerSecond)
  }

  const reportUnreadable = async ({ id, version }: ConfiguredAccount): Promise<void> => {
    const known = unreadable.get(id)
    if (known?.version !== version) deps.onUnreadable(id)
    else if (deps.now() - known.reportedAt < REPORT_EVERY_MS) return
    unreadable.set(id, { version, reportedAt: deps.now() })
    await deps.reportUnreadable(id)
  }

  const share = (): void => {
    const services = running()
    const shares = shareConcurrency(
      deps.concurrency,
      services.map(({ ratePerSecond }) => ratePerSecond),
    )
    services.forEach((service, index) => service.setConcurrency(shares[index] ?? 1))
  }

  return {
    running,
    round: async () => {
      const configured = await deps.findConfigured()
      // The stop may have begun while the database was asked.
      if (isStopping) return
      const versions = new Map(configured.map(({ id, version }) => [id, version]))
      for (const [id, account] of accounts) if (versions.get(id) !== account.version) void end(id, account)
      for (const id of unreadable.keys()) if (!versions.has(id)) unreadable.delete(id)
      // One that is still ending is started by a later round: two at once would hold the same queue with two sets of credentials.
      for (const account of configured) {
        if (!accounts.has(account.id) && !isStopping)
          await start(account).catch((error: unknown) => deps.onFailure(account.id, error))
      }
      if (isStopping) return
      share()
      deps.onRound({ running: running().length, unreadable: unreadable.size })
    },
    stop: async () => {
      isStopping = true
      await Promise.all([deps.defaultService.stop(), ...[...accounts].map(([id, account]) => end(id, account))])
    },
  }
}

import { createSealer } from './secret.ts'

export type AccountCredentials = { clientId: string; clientSecret: string }

export type CredentialsSealer = {
  seal(accountId: number, credentials: AccountCredentials): string
  /** Null: sealed with another APP_SECRET, for another account, or tampered with. */
  open(accountId: number, sealed: string): AccountCredentials | null
}

/** A key of its own for each account: what was sealed for one opens as nothing when it is copied into the row of another. */
export const createCredentialsSealer = ({ secret }: { secret: string }): CredentialsSealer => {
  const sealerOf = (accountId: number) => createSealer({ secret, purpose: `sender-account/${accountId}` })
  return {
    seal: (accountId, { clientId, clientSecret }) => sealerOf(accountId).seal(JSON.stringify([clientId, clientSecret])),
    open: (accountId, sealed) => {
      const opened = sealerOf(accountId).open(sealed)
      if (opened === null) return null
      const [clientId, clientSecret] = JSON.parse(opened) as [string, string]
      return { clientId, clientSecret }
    },
  }
}

import type { Caller } from '@sms/core'
import type { SentLists } from '../lists/sent-lists.ts'

/** What every resolver knows of the call it answers. */
export type GraphqlContext = {
  caller: Caller
  session: {
    /** False: wrong name or password. */
    logIn(username: string, password: string): Promise<boolean>
    /** For who has just changed their own password: the session that asked, if it is one, goes on under the new one. */
    goOn(username: string, password: string): Promise<void>
    logOut(): void
    /** Always true. */
    requestPasswordReset(email: string): boolean
    /** False: the link is wrong or over. */
    resetPassword(input: { token: string; newPassword: string; revokesApiKeys: boolean }): Promise<boolean>
  }
  requestId: string
  lists: SentLists
  /** Logs an error that nobody foresaw: its kind and place, never its message. */
  report: (error: unknown) => void
}

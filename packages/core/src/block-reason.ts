import type { SendOutcome } from './send-outcome.ts'

/** Why an account that Orange refuses, or that cannot reach it, has paused by itself, and what to do (a test holds the README to it). */
export const BLOCK_REASONS = {
  INVALID_CLIENT: 'Orange refuses the client id or its secret: correct them; it asks again every 30 to 60 s.',
  TOKEN_REFUSED: 'Orange gives tokens and refuses them: the application was suspended or renewed in the portal.',
  ACCESS_DENIED: 'The application may not use the SMS API (code 50, 51 or 52): have it approved in the portal.',
  ACCOUNT_SUSPENDED: 'Orange has not opened the service for the account, or has suspended it (POL1009, POL1010): ask Orange.',
  WRONG_SENDER: 'The sender address is not the one of the contract (SVC0004): correct it.',
  CONTRACT_EXPIRED: 'The contract has ended: renew it, or buy a bundle, at Orange.',
  NO_UNITS: 'No units are left: buy a bundle at Orange.',
  UNREACHABLE: 'No connection to Orange (DNS, TCP or TLS): look at the network; else wait.',
  TOKEN_UNAVAILABLE:
    "No access token can be had: Orange's token service fails, or there is no way to it (DNS, TCP, TLS, ORANGE_API_URL): look at the network; else wait.",
  OUTAGE: 'Orange answers nothing but errors: wait.',
} as const
export type BlockReason = keyof typeof BLOCK_REASONS

export const isBlockReason = (text: string): text is BlockReason => Object.hasOwn(BLOCK_REASONS, text)

/** Units are the trouble: `GET /contracts` knows when it is over. */
export const isContractTrouble = (reason: string | null): boolean => reason === 'CONTRACT_EXPIRED' || reason === 'NO_UNITS'

/** Getting a token and a connection shows whether it is over: no SMS has to find out. */
export const isConnectionTrouble = (reason: string | null): boolean =>
  reason === 'INVALID_CLIENT' || reason === 'TOKEN_UNAVAILABLE' || reason === 'UNREACHABLE'

const BY_CODE: Readonly<Record<string, BlockReason>> = {
  INVALID_CLIENT: 'INVALID_CLIENT',
  TOKEN_REFUSED: 'TOKEN_REFUSED',
  TOKEN_UNAVAILABLE: 'TOKEN_UNAVAILABLE',
  POL1009: 'ACCOUNT_SUSPENDED',
  POL1010: 'ACCOUNT_SUSPENDED',
  SVC0004: 'WRONG_SENDER',
  CONNECT_FAILED: 'UNREACHABLE',
  CONNECT_TIMEOUT: 'UNREACHABLE',
  DNS_FAILED: 'UNREACHABLE',
  TLS_FAILED: 'UNREACHABLE',
}

/** The account's trouble that an outcome is evidence of. */
export const blockReasonOf = (outcome: SendOutcome): BlockReason => {
  if (outcome.kind === 'accepted') return 'OUTAGE'
  const known = Object.hasOwn(BY_CODE, outcome.code) ? BY_CODE[outcome.code] : undefined
  if (outcome.kind === 'unavailable') return known ?? 'OUTAGE'
  if (known) return known
  if (outcome.kind === 'unauthorized') return 'TOKEN_REFUSED'
  // Only the sentence about an ended contract is on record, and it speaks of bundles too: the ended one is looked for first.
  if (outcome.code === 'POL0001') return /expired/i.test(outcome.text) ? 'CONTRACT_EXPIRED' : 'NO_UNITS'
  return outcome.kind === 'blocked' && outcome.httpStatus === 403 ? 'ACCESS_DENIED' : 'OUTAGE'
}

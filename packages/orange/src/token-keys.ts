/**
 * Redis keys of one account's access token. `credentials` is the fingerprint of the client id, its secret and APP_SECRET:
 * processes that were started with others neither share a token nor fight over one. The braces keep an account's keys in
 * one slot of a cluster.
 */
type KeyOf = (accountId: number, credentials: string) => string

/** Hash: `id`, `sealed` (the encrypted token), `worked`, `early`. Lives as long as the token may be used. */
export const tokenKey: KeyOf = (accountId, credentials) => `sms:orange:{${accountId}}:${credentials}:token`
/** String: who is fetching a token now. */
export const tokenLockKey: KeyOf = (accountId, credentials) => `sms:orange:{${accountId}}:${credentials}:token-lock`
/** String: why the last fetch failed, for as long as nobody may try again. */
export const tokenFailureKey: KeyOf = (accountId, credentials) => `sms:orange:{${accountId}}:${credentials}:token-failure`
/** Number: failures in a row that doubled the wait. */
export const tokenFailureCountKey: KeyOf = (accountId, credentials) => `sms:orange:{${accountId}}:${credentials}:token-failures`
/** Number: tokens in a row that were refused before anybody had used them successfully. */
export const tokenRefusalCountKey: KeyOf = (accountId, credentials) => `sms:orange:{${accountId}}:${credentials}:token-refusals`
/** String: `asking`, or what the contracts said (JSON, units and dates). Lives as long as nobody may ask again. */
export const contractsKey: KeyOf = (accountId, credentials) => `sms:orange:{${accountId}}:${credentials}:contracts`

import { randomUUID } from 'node:crypto'
import type { SendLimits, SendOutcome, SmsProvider, SmsToSend } from '@sms/core'
import type { Redis } from 'ioredis'
import { classifyResponse } from './classify-response.ts'
import { contractCountryOf } from './contract-country.ts'
import { createContractsCache, type SharedContracts } from './contracts-cache.ts'
import { readContracts } from './contracts.ts'
import { createTcpJitter } from './connection-jitter.ts'
import { createOrangeHttp, type OrangeHttp } from './orange-http.ts'
import { createTokenCache, type TokenCache } from './token-cache.ts'
import { createTokenEndpoint } from './token-endpoint.ts'
import { contractsKey } from './token-keys.ts'
import { createTokenSeal } from './token-seal.ts'

export type OrangeProviderOptions = {
  accountId: number
  /** Encrypts the cached token: 32 characters or more. */
  appSecret: string
  apiUrl: string
  clientId: string
  clientSecret: string
  /** `tel:+2250000` */
  senderAddress: string
  /** For SMS that name none; null leaves the field out. */
  senderName: string | null
  /** One request, from waiting for a connection to the last byte of the answer. */
  timeoutMs: number
  connectTimeoutMs?: number
  connectionCount?: number
  tokenPath?: string
  /** Orange is asked for the contracts once in so long at most, by all processes together. */
  contractsFreshMs?: number
  /** Called after every call to the token endpoint. */
  onTokenFetched?: (result: 'granted' | 'refused') => void
}

export type OrangeProvider = SmsProvider & {
  /** Units left and when they end; nothing is sent. At most a minute old, and asked for once a minute by all processes together. */
  readContracts(): Promise<SharedContracts>
  /** How unevenly the way to Orange delays requests, ms. Measured while it is asked for. */
  jitterMs(): number
}

/** A repeat after 401 is the same attempt; more than this is a quarrel about credentials. */
const MAX_POSTS = 3
/** Tokens refused one after the other before anybody could use them: it is not the token. */
const REFUSALS_TO_BLOCK = 2
/** Orange's limit for this call is not known. */
const CONTRACTS_FRESH_MS = 60_000
/** Other processes wait this long for a token at most when the one that asks for it dies. */
const MAX_TOKEN_TIMEOUT_MS = 10_000
const LEAST_ANSWER_MS = 2000

const notWritten: SendOutcome = { kind: 'unavailable', code: 'NOT_WRITTEN', text: '', httpStatus: null }

const bodyOf = (sms: SmsToSend, options: Pick<OrangeProviderOptions, 'senderAddress' | 'senderName'>): string => {
  const senderName = sms.senderName ?? options.senderName
  return JSON.stringify({
    outboundSMSMessageRequest: {
      // A string: a list is answered with 201 too, but there are reports of SMS that never arrived.
      address: `tel:${sms.phoneNumber}`,
      senderAddress: options.senderAddress,
      ...(senderName !== null && { senderName }),
      outboundSMSTextMessage: { message: sms.message },
    },
  })
}

/** Orange looked at the SMS itself, so it had let the token pass. */
const honoursToken = (outcome: SendOutcome): boolean => outcome.kind === 'accepted' || outcome.kind === 'rejected'

type Parts = {
  http: OrangeHttp
  tokens: TokenCache
  options: OrangeProviderOptions
  now: () => number
  monotonicNow: () => number
}

const createSend = ({ http, tokens, options, now, monotonicNow }: Parts) => {
  const path = `/smsmessaging/v1/outbound/${encodeURIComponent(options.senderAddress)}/requests`
  // A request that has hardly time to be answered would end as UNKNOWN: rather not written, and tried again.
  const leastAnswerMs = Math.min(LEAST_ANSWER_MS, options.timeoutMs / 4)

  const post = async (
    sms: SmsToSend,
    token: string,
    limits: Pick<SendLimits, 'mayWrite' | 'signal' | 'timeoutMs'>,
  ): Promise<SendOutcome> => {
    const timeoutMs = Math.min(limits.timeoutMs, options.timeoutMs)
    const lastWriteMs = monotonicNow() + timeoutMs - leastAnswerMs
    const reply = await http.exchange({
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: bodyOf(sms, options),
      timeoutMs,
      mayWrite: () => monotonicNow() < lastWriteMs && limits.mayWrite(),
      signal: limits.signal,
    })
    return classifyResponse(reply, { nowMs: now(), hidden: [sms.message] })
  }

  return async (sms: SmsToSend, limits: SendLimits): Promise<SendOutcome> => {
    const { signal } = limits
    const deadlineMs = monotonicNow() + limits.timeoutMs
    let last: SendOutcome = notWritten
    for (let posts = 1; posts <= MAX_POSTS; posts += 1) {
      const held = await tokens.getToken({ timeoutMs: deadlineMs - monotonicNow(), signal })
      if (held.kind !== 'token') return held
      // After the token, so that the slot is not spent waiting for one. A pacer that fails has given no slot.
      if (posts > 1 && !(await limits.takeSlot().catch(() => false))) return notWritten
      last = await post(sms, held.token, { ...limits, timeoutMs: deadlineMs - monotonicNow() })
      if (honoursToken(last)) tokens.markWorked(held.token)
      if (last.kind !== 'unauthorized') return last
      const { refusedInARow } = await tokens.invalidateToken(held.token)
      if (refusedInARow >= REFUSALS_TO_BLOCK) return { ...last, kind: 'blocked', code: 'TOKEN_REFUSED' }
    }
    return last
  }
}

/** Sends through one Orange account. Opens nothing before it is first used; `redis` stays the caller's to close. */
export const createOrangeProvider = (deps: { redis: Redis }, options: OrangeProviderOptions): OrangeProvider => {
  const now = () => Date.now()
  const monotonicNow = () => performance.now()
  const http = createOrangeHttp(options)
  const way = createTcpJitter(options.apiUrl)
  const tokenTimeoutMs = Math.min(options.timeoutMs, MAX_TOKEN_TIMEOUT_MS)
  const fetchToken = createTokenEndpoint(
    { http, now },
    {
      path: options.tokenPath ?? '/oauth/v3/token',
      clientId: options.clientId,
      clientSecret: options.clientSecret,
      timeoutMs: tokenTimeoutMs,
    },
  )
  const seal = createTokenSeal(options)
  const tokens = createTokenCache({
    redis: deps.redis,
    accountId: options.accountId,
    seal,
    fetchToken: async () => {
      const fetched = await fetchToken()
      options.onTokenFetched?.(fetched.kind === 'granted' ? 'granted' : 'refused')
      return fetched
    },
    fetchTimeoutMs: tokenTimeoutMs,
    monotonicNow,
    newOwner: randomUUID,
  })

  return {
    async prepare() {
      const held = await tokens.getToken({ timeoutMs: options.timeoutMs })
      if (held.kind !== 'token') return held
      const failure = await http.warm(options.timeoutMs)
      return failure && classifyResponse(failure, { nowMs: now() })
    },
    send: createSend({ http, tokens, options, now, monotonicNow }),
    readContracts: createContractsCache({
      redis: deps.redis,
      key: contractsKey(options.accountId, seal.fingerprint),
      freshMs: options.contractsFreshMs ?? CONTRACTS_FRESH_MS,
      read: () =>
        readContracts({ http, tokens, now, timeoutMs: options.timeoutMs, country: contractCountryOf(options.senderAddress) }),
      monotonicNow,
    }),
    jitterMs: () => {
      way.touch()
      return way.jitterMs()
    },
    async close() {
      way.close()
      await http.close()
    },
  }
}

import type { Refusal, SendOutcome } from '@sms/core'
import { readErrorBody, type OrangeError } from './error-body.ts'
import { readMessageId } from './message-id.ts'
import { cleanWords } from './orange-words.ts'
import { readRetryAfter } from './retry-after.ts'
import type { Answer, Reply, TransportFailure } from './reply.ts'

/** `hidden`: texts that may not appear in an outcome although Orange repeats them (the SMS itself). `nowMs`: for dates. */
type Context = { nowMs: number; hidden?: readonly string[] }
type Evidence = { answer: Answer; error: OrangeError | null; refusal: Refusal; retryAfterMs: number | null }

/** 403: the API is not subscribed, the requester or the user is forbidden. */
const FORBIDDEN = new Set(['50', '51', '52'])
/** 403: "User not provisioned for" and "suspended from" a service. */
const NOT_PROVISIONED = new Set(['POL1009', 'POL1010'])
/** 503 with one of these is Orange's own word that it did not take the request. */
const NOT_TAKEN = new Set(['5', '6', 'SVC1000'])
/** Only the first sentence is on record; how missing units are worded is not. */
const CONTRACT_TROUBLE = /expired contract|insufficient|balance|credit|bundle|no (more )?units/i
/** "Further action is needed to fulfil the request": nothing was taken. 302 and 303 may follow a POST that was carried out. */
const REDIRECTED_UNTAKEN = new Set([301, 307, 308])

/** Short and stable: Orange's own code where it has a sane one. */
const codeOf = (error: OrangeError | null, status: number): string =>
  error && /^(?!.*\d{6})[A-Za-z0-9_.-]{1,32}$/.test(error.code) ? error.code : `HTTP_${status}`

const evidenceOf = (answer: Answer, context: Context): Evidence => {
  // What broke off may be the start of anything.
  const error = answer.isComplete ? readErrorBody(answer.body) : null
  const text = cleanWords(error?.text ?? '', context.hidden)
  const refusal = { code: codeOf(error, answer.status), text, httpStatus: answer.status }
  return { answer, error, refusal, retryAfterMs: readRetryAfter(answer.headers['retry-after'], context.nowMs) }
}

const isThrottle = ({ answer: { status }, error, retryAfterMs }: Evidence): boolean =>
  status === 429 || (status === 403 && error?.code === '53') || (status === 503 && retryAfterMs !== null)

const isBlock = ({ answer: { status }, error }: Evidence): boolean => {
  if (!error) return false
  if (status === 403 && error.envelope === 'gateway') return FORBIDDEN.has(error.code)
  if (error.envelope === 'service') return error.code === 'SVC0004' && error.text.includes('senderAddress')
  if (error.envelope === 'policy')
    return NOT_PROVISIONED.has(error.code) || (error.code === 'POL0001' && CONTRACT_TROUBLE.test(error.text))
  return error.code === 'invalid_client'
}

const isMerelyUnavailable = ({ answer: { status, isComplete }, error }: Evidence): boolean => {
  if (status === 503) return error !== null && NOT_TAKEN.has(error.code)
  if (REDIRECTED_UNTAKEN.has(status)) return true
  // A 4xx was not taken. Where its reason is passing, or could not be read to the end, another try may help.
  return status >= 400 && status < 500 && (status === 408 || error?.code === 'SVC0001' || !isComplete)
}

/** 2xx other than 201 is no documented answer: only the SMS's own resource proves that it was taken. Null: no such proof. */
const readAcceptance = ({ status, body, headers, isComplete }: Answer): SendOutcome | null => {
  if (!isSuccess(status)) return null
  const messageId = readMessageId(isComplete ? body : '', headers)
  return status === 201 || messageId !== null ? { kind: 'accepted', messageId, httpStatus: status } : null
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

const classifyAnswer = (answer: Answer, context: Context): SendOutcome => {
  // First, because nearly every answer is one: reading it as an error as well took longer than all the rest.
  const acceptance = readAcceptance(answer)
  if (acceptance) return acceptance
  const evidence = evidenceOf(answer, context)
  const { refusal, retryAfterMs } = evidence
  const { status } = answer
  if (isSuccess(status)) return { kind: 'unknown', ...refusal }
  if (status === 401) return { kind: 'unauthorized', ...refusal }
  if (isThrottle(evidence)) return { kind: 'throttled', retryAfterMs, ...refusal }
  if (status < 500 && isBlock(evidence)) return { kind: 'blocked', ...refusal }
  if (isMerelyUnavailable(evidence)) return { kind: 'unavailable', ...refusal }
  if (status >= 400 && status < 500) return { kind: 'rejected', ...refusal }
  // 500, 502, 504, an unreadable 503, anything unheard of: it may have been taken.
  return { kind: 'unknown', ...refusal }
}

/** Without a status line the only evidence is whether the request had left. */
const classifyFailure = ({ isWritten, code, text }: TransportFailure): SendOutcome => ({
  kind: isWritten ? 'unknown' : 'unavailable',
  code,
  text,
  httpStatus: null,
})

/** What a reply *proves* about one POST of one SMS. */
export const classifyResponse = (reply: Reply, context: Context): SendOutcome =>
  reply.kind === 'answer' ? classifyAnswer(reply, context) : classifyFailure(reply)

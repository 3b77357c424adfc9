/** Every refusal a caller can meet, with the sentence the README prints for it (a test holds the two together). */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'No API key was sent, or it is not valid.',
  FORBIDDEN: 'The caller is known but may not do this; sending as somebody else needs an administrator.',
  NOT_FOUND: 'Nothing of that id belongs to the caller.',
  EMPTY_INPUT: 'The message, the list or the id is empty.',
  EMPTY_MESSAGE: 'The message has no character to send.',
  MESSAGE_TOO_LONG: 'The text needs more parts than SMS_MAX_PARTS allows; shorten it.',
  TOO_MANY_RECIPIENTS: 'More entries than one call may carry; split the list or use a segment.',
  UNKNOWN_SEGMENT: 'The segment does not exist or belongs to somebody else.',
  INSUFFICIENT_CREDIT: 'The user has fewer credits than the send has recipients; `needed` and `left` say how many.',
  INVALID_OPTIONS: 'A send option is malformed, or validUntil lies before the send.',
  INVALID_TEMPLATE: 'The text holds a variable in braces that contacts do not have.',
  INVALID_INPUT: 'An argument is malformed; the message names it.',
  UNKNOWN_ACCOUNT: 'There is no sender account of that name, or it is disabled.',
  INVALID_ACCOUNT: 'A field of a sender account is malformed or missing; `field` names it.',
  COUNTRY_TAKEN: 'Another sender account already sends to that country, or to one of the same calling code.',
  ACCOUNT_DISABLED: 'The sender account is disabled; enable it first.',
  IDEMPOTENCY_CONFLICT: 'The idempotency key was already used with another input.',
  PLAN_CHANGED: 'The send is not the one that was planned, or the plan is over; `changed` names what differs.',
  ALREADY_EXISTS: 'Something of that name exists already.',
  RATE_LIMITED: 'Too much in a second with one key, or too many attempts to log in; wait as Retry-After says.',
  BAD_ORIGIN: 'A request with a session came from a page of another site.',
  INSECURE_TRANSPORT: 'People log in over HTTPS only, or on the machine itself.',
  QUERY_TOO_COSTLY: 'The document asks for too much at once: too deep, too many aliases or too many rows.',
  ON_THE_WIRE: 'The SMS is being sent at this moment; how it ends stands in it within seconds.',
  ALREADY_OVER: 'The SMS is over: SENT, FAILED, CANCELLED or UNKNOWN; `status` says which.',
  NOT_REPLAYABLE: 'Only an SMS that is FAILED, whose batch was not cancelled, is replayed, and only by its last job.',
  ACTION_DISABLED: 'Bull Board may not do this here: PostgreSQL decides what is sent, and when.',
  UNSUPPORTED_FORMAT: 'The upload is not multipart/form-data, or its file is neither CSV nor NDJSON.',
  INVALID_FILE: 'The file cannot be read as a whole: `line` and `problem` say where and why; nothing was written.',
  FILE_TOO_LARGE: 'The file, or one line of it, is longer than allowed; nothing was written.',
  UPLOAD_TIMEOUT: 'The upload stood still or took too long; nothing was written.',
  MAIL_DISABLED:
    'This service sends no mail: SMTP_URL, MAIL_FROM and PUBLIC_URL are not set. An administrator changes the password.',
  UNAVAILABLE: 'A service this call depends on did not answer; nothing was written, try again.',
  INTERNAL: 'Unexpected; quote the request id. Nothing else is disclosed.',
  // Why one entry of a list was not queued:
  INVALID_LINE: 'The line is no record: broken JSON, no phoneNumber, or more fields than the header.',
  EMPTY_NUMBER: 'The entry holds no number.',
  INVALID_NUMBER: 'Not a phone number of the country it claims.',
  NOT_MOBILE: 'A valid number that cannot receive SMS (fixed line, service number).',
  DUPLICATE: 'The same number stands earlier in the list, perhaps written another way.',
  OPTED_OUT: 'The recipient asked not to be contacted.',
  // Why an SMS was stopped before the wire:
  MISSING_VARIABLE: 'The contact lacks what the text names in braces, and the text has no default for it.',
  BATCH_CANCELLED: 'Its batch was cancelled.',
  SMS_CANCELLED: 'It was cancelled by a person, alone.',
  EXPIRED: 'validUntil passed before its turn came.',
  // Why an SMS is FAILED by a person's decision:
  ASSUMED_NOT_SENT: 'It was UNKNOWN, and an administrator decided that it was not sent.',
  ACCEPTED_LATE: 'It was decided that it was not sent, and Orange accepted it after all; it is not sent again.',
  // What Orange may bring to the receipts webhook:
  BAD_RECEIPT: 'The webhook got something that is no delivery receipt; what of it was one is kept.',
  // What a job can carry that nothing can be done with:
  BAD_PAYLOAD: 'A queue job does not parse; it is failed, never retried.',
} as const
export type ErrorCode = keyof typeof ERROR_CODES

/** The one error class. `message` says what and which id; it never holds a phone number, a text or a secret. */
export class SmsError extends Error {
  override readonly name = 'SmsError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, string | number | boolean>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

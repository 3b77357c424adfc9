/** What came of one HTTP request: an answer, or the proof of how far the request got. */
export type Reply = Answer | TransportFailure

export type Answer = {
  kind: 'answer'
  status: number
  /** Names in lower case; of a repeated header the first. */
  headers: Readonly<Record<string, string>>
  body: string
  /** False when the body broke off, ran out of time or was too large: the status is certain, the words are not. */
  isComplete: boolean
}

export type TransportFailure = {
  kind: 'failure'
  /** True when request bytes may have left this machine: the other side may have acted. */
  isWritten: boolean
  code: TransportFailureCode
  /** The system's own code for it (`ECONNREFUSED`), never a host or a number. */
  text: string
}

export type TransportFailureCode =
  // Before the first byte:
  | 'NOT_WRITTEN'
  | 'DNS_FAILED'
  | 'CONNECT_TIMEOUT'
  | 'TLS_FAILED'
  | 'CONNECT_FAILED'
  // After it:
  | 'REPLY_LOST'
  | 'REPLY_TIMEOUT'
  | 'REPLY_ABANDONED'

import type { CountryCode, NormalizedList } from '@sms/core'

/** What the API's own thread asks of the list thread, and what comes back. */
export type ListRequest =
  /** A request body. Long lists of strings stay in the thread; a list of one placeholder goes in their stead. */
  | { kind: 'parse'; bytes: Uint8Array }
  | { kind: 'normalize'; listId: number; country: CountryCode }
  /** The entries at these places, as they were written. */
  | { kind: 'read'; listId: number; indexes: readonly number[] }
  | { kind: 'forget'; listIds: readonly number[] }

export type KeptList = { listId: number; placeholder: string; entryCount: number; holdsOnlyStrings: boolean }
export type ParsedBody = { body: unknown; lists: KeptList[] }

export type ListAnswers = {
  /** Null: not JSON. */
  parse: ParsedBody | null
  normalize: NormalizedList
  read: string[]
  forget: null
}

export type Numbered<Message> = { turn: number; message: Message }
/** `failed`: the thread could not do it; why stays there, for it may quote a number. */
export type ListAnswer = { turn: number; answer: ListAnswers[keyof ListAnswers] } | { turn: number; failed: true }

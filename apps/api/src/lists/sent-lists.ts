import { setImmediate as yieldNow } from 'node:timers/promises'
import { compactRecipients, normalizeRecipients, type RecipientList, SmsError } from '@sms/core'
import type { KeptList } from './list-messages.ts'
import type { ListReader } from './list-reader.ts'

/** A list that a caller sent: short ones are here, long ones in the list thread. */
export type SentList = RecipientList & {
  /** The entries at these places, as they were written. */
  read(indexes: readonly number[]): Promise<readonly string[]>
}

/** The lists of one request. */
export type SentLists = {
  /** The list behind an argument. Throws INVALID_INPUT when it holds anything but strings, as GraphQL would. */
  find(argument: readonly string[]): SentList
}

const listHere = (entries: readonly string[]): SentList => ({
  entryCount: entries.length,
  normalize: async (defaultCountry) => {
    const input = { entries, defaultCountry, yieldNow: () => yieldNow(), now: () => performance.now() }
    return compactRecipients(entries.length, await normalizeRecipients(input))
  },
  read: async (indexes) => indexes.map((index) => entries[index] ?? ''),
})

const listInThread = (reader: ListReader, { listId, entryCount }: KeptList): SentList => ({
  entryCount,
  normalize: (country) => reader.ask({ kind: 'normalize', listId, country }),
  read: (indexes) => reader.ask({ kind: 'read', listId, indexes }),
})

export const createSentLists = (reader: ListReader, kept: readonly KeptList[]): SentLists => ({
  find: (argument) => {
    const list = argument.length === 1 ? kept.find(({ placeholder }) => placeholder === argument[0]) : undefined
    if (list === undefined) return listHere(argument)
    if (!list.holdsOnlyStrings) throw new SmsError('INVALID_INPUT', 'A list of strings holds something else')
    return listInThread(reader, list)
  },
})

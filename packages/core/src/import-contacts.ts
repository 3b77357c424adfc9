import type { Caller, SegmentRecord } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { normalizeRecipients, type NormalizeRecipientsInput, type RefusedRecipient } from './phone-number.ts'
import { cleanText } from './prepare-send.ts'

const TEXT_LENGTH = 255

export type ContactInput = { phoneNumber: string; name: string | null; email: string | null }
/** A null name or email leaves what a known contact has; a new contact without a name is called by its number. */
export type ContactDraft = ContactInput

export type ImportCounts = {
  /** Contacts that did not exist. */
  created: number
  /** Contacts that existed and changed. */
  updated: number
  /** Contacts that became members of the segment. */
  joined: number
}

export type ContactImporter = {
  findSegment(caller: Caller, segmentId: number): Promise<SegmentRecord | null>
  importContacts(input: { userId: number; segmentId: number | null; contacts: readonly ContactDraft[] }): Promise<ImportCounts>
}

export type ImportReport = ImportCounts & { refused: RefusedRecipient[] }

export type ImportDeps = {
  contacts: ContactImporter
  /** Contacts of one call at most. */
  maxContacts: number
} & Pick<NormalizeRecipientsInput, 'defaultCountry' | 'yieldNow' | 'now'>

/**
 * Creates or updates contacts by number and, with a segment, makes them its members; repeating a call changes nothing. They
 * become contacts of the segment's owner, or of the caller without a segment. A refused row stops nobody else.
 */
export const importContacts = async (
  deps: ImportDeps,
  input: { caller: Caller; segmentId: number | null; contacts: readonly ContactInput[] },
): Promise<ImportReport> => {
  if (input.contacts.length === 0) throw new SmsError('EMPTY_INPUT', 'The list of contacts is empty')
  if (input.contacts.length > deps.maxContacts) {
    throw new SmsError('TOO_MANY_RECIPIENTS', `One call may carry ${deps.maxContacts} contacts`)
  }
  const segment = input.segmentId === null ? null : await deps.contacts.findSegment(input.caller, input.segmentId)
  if (input.segmentId !== null && segment === null) {
    throw new SmsError('UNKNOWN_SEGMENT', `Segment ${input.segmentId} does not exist`)
  }

  const { accepted, refused } = await normalizeRecipients({
    entries: input.contacts.map(({ phoneNumber }) => phoneNumber),
    defaultCountry: deps.defaultCountry,
    yieldNow: deps.yieldNow,
    now: deps.now,
  })
  if (accepted.length === 0) return { created: 0, updated: 0, joined: 0, refused }

  const counts = await deps.contacts.importContacts({
    userId: segment?.userId ?? input.caller.userId,
    segmentId: segment?.id ?? null,
    contacts: accepted.map(({ index, phoneNumber }) => ({
      phoneNumber,
      name: textOrNull(input.contacts[index]?.name ?? null),
      email: textOrNull(input.contacts[index]?.email ?? null),
    })),
  })
  return { ...counts, refused }
}

const textOrNull = (text: string | null): string | null =>
  text === null ? null : cleanText(text).trim().slice(0, TEXT_LENGTH).toWellFormed() || null

import type { CountryCode, NormalizedRecipients, RefusedRecipient } from './phone-number.ts'

/** What became of an entry of a list; a byte of `verdicts` is the place of its word here. */
export const ENTRY_VERDICTS = [
  'ACCEPTED',
  'EMPTY_NUMBER',
  'INVALID_NUMBER',
  'NOT_MOBILE',
  'DUPLICATE',
  'OPTED_OUT',
  'MISSING_VARIABLE',
] as const
export type EntryVerdict = (typeof ENTRY_VERDICTS)[number]

export type AcceptedNumbers = {
  count: number
  /** E.164, joined by commas, at most `NUMBERS_PER_CHUNK` in each: one INSERT takes one, and they are few strings. */
  chunks: readonly string[]
}

/** The outcome of a whole list in a few flat objects, so that a long one weighs nothing on the garbage collector. */
export type NormalizedList = {
  numbers: AcceptedNumbers
  /** Of each accepted number, in their order: which entry it was. */
  acceptedIndexes: Int32Array
  /** One byte an entry. */
  verdicts: Uint8Array
  /** Of each DUPLICATE: where the number stands first; else -1. */
  firstIndexes: Int32Array
}

/** A list as the caller wrote it, wherever it is kept. */
export type RecipientList = {
  entryCount: number
  normalize(country: CountryCode): Promise<NormalizedList>
}

export const NUMBERS_PER_CHUNK = 5_000

export const verdictAt = (verdicts: Uint8Array, index: number): EntryVerdict => ENTRY_VERDICTS[verdicts[index] ?? 0] ?? 'ACCEPTED'

export const compactRecipients = (entryCount: number, { accepted, refused }: NormalizedRecipients): NormalizedList => {
  const chunks: string[] = []
  for (let start = 0; start < accepted.length; start += NUMBERS_PER_CHUNK) {
    chunks.push(
      accepted
        .slice(start, start + NUMBERS_PER_CHUNK)
        .map(({ phoneNumber }) => phoneNumber)
        .join(','),
    )
  }
  const verdicts = new Uint8Array(entryCount)
  const firstIndexes = new Int32Array(entryCount).fill(-1)
  for (const refusal of refused) {
    verdicts[refusal.index] = codeOf(refusal)
    if (refusal.code === 'DUPLICATE') firstIndexes[refusal.index] = refusal.firstIndex
  }
  return {
    numbers: { count: accepted.length, chunks },
    acceptedIndexes: Int32Array.from(accepted, ({ index }) => index),
    verdicts,
    firstIndexes,
  }
}

const codeOf = ({ code }: Pick<RefusedRecipient, 'code'>): number => ENTRY_VERDICTS.indexOf(code)

const OPTED_OUT = ENTRY_VERDICTS.indexOf('OPTED_OUT')
const MISSING_VARIABLE = ENTRY_VERDICTS.indexOf('MISSING_VARIABLE')
const DUPLICATE = ENTRY_VERDICTS.indexOf('DUPLICATE')

/**
 * The verdicts with those who opted out or whose contact lacks a variable, given by their places among the accepted numbers. A repetition
 * of such a number is refused for that reason too: its first mention made no SMS either.
 */
export const withRefused = (
  list: NormalizedList,
  { optedOut, unfilled }: { optedOut: readonly number[]; unfilled: readonly number[] },
): Uint8Array => withVerdict({ ...list, verdicts: withVerdict(list, optedOut, OPTED_OUT) }, unfilled, MISSING_VARIABLE)

const withVerdict = (list: NormalizedList, places: readonly number[], verdict: number): Uint8Array => {
  if (places.length === 0) return list.verdicts
  const verdicts = list.verdicts.slice()
  for (const place of places) {
    const index = list.acceptedIndexes[place]
    if (index !== undefined) verdicts[index] = verdict
  }
  for (let index = 0; index < verdicts.length; index += 1) {
    const isRepetition = verdicts[index] === DUPLICATE
    if (isRepetition && verdicts[list.firstIndexes[index] ?? -1] === verdict) verdicts[index] = verdict
  }
  return verdicts
}

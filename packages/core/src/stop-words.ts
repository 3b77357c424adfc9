const MARKS = /\p{M}/gu
/** Everything but letters and digits: quotes, points and spaces around and within. */
const OTHER = /[^\p{L}\p{N}]+/gu

const bare = (text: string): string => text.normalize('NFKD').replace(MARKS, '').replace(OTHER, ' ').trim().toUpperCase()

/** No reply of one word is longer; what is longer is not looked at. */
const LONGEST_REPLY = 1_000

/**
 * Whether a reply is one of the words by which recipients ask not to be contacted: in any case, with or without accents and
 * punctuation, and nothing besides ("Stop!" is, "stop by tomorrow" is not).
 */
export const isStopReply = (reply: string, stopWords: readonly string[]): boolean => {
  if (reply.length > LONGEST_REPLY) return false
  const said = bare(reply)
  return said !== '' && stopWords.some((word) => bare(word) === said)
}

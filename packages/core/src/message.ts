export type MessageEncoding = 'GSM7' | 'UCS2'

/** A character that GSM-7 lacks: one is enough to make the whole SMS UCS-2. */
export type ForcingCharacter = {
  /** As the reader sees it, with its combining marks. */
  character: string
  count: number
  /** A spelling that costs nothing extra; empty for a character nobody sees; null when there is none. */
  suggestion: string | null
}

export type MessageAnalysis = {
  encoding: MessageEncoding
  /** What Orange bills; 0 for the empty text. */
  parts: number
  /** Length: septets in GSM-7, UTF-16 code units in UCS-2. */
  units: number
  /** What one part of this message holds, in units: less once there are several, each then opens with a header. */
  unitsPerPart: number
  /** Units that still fit before one more part is billed. */
  charactersLeft: number
  /** In order of first appearance; empty in GSM-7. */
  forcing: ForcingCharacter[]
}

const LIMITS = {
  GSM7: { single: 160, several: 153 },
  UCS2: { single: 70, several: 67 },
} as const

// 3GPP TS 23.038 section 6.2.1. The escape is left out: in a text it would swallow the character after it.
const GSM7_BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const GSM7_EXTENSION = '\f^{}\\[~]|€'

/** Septets by UTF-16 code unit; 0: not in GSM-7. */
const SEPTETS = new Uint8Array(0x10000)
for (const character of GSM7_BASIC) SEPTETS[character.charCodeAt(0)] = 1
for (const character of GSM7_EXTENSION) SEPTETS[character.charCodeAt(0)] = 2

const septetsOf = (codeUnit: number): number => SEPTETS[codeUnit] ?? 0

const isGsm7 = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    if (septetsOf(text.charCodeAt(index)) === 0) return false
  }
  return true
}

/** Sizes, in units, of what a part boundary must not cut: an escaped pair in GSM-7, a surrogate pair in UCS-2. */
function* unbreakableSizes(text: string, encoding: MessageEncoding): Generator<number> {
  if (encoding === 'UCS2') {
    for (const codePoint of text) yield codePoint.length
    return
  }
  for (let index = 0; index < text.length; index += 1) yield septetsOf(text.charCodeAt(index))
}

const countParts = (text: string, encoding: MessageEncoding) => {
  const { single, several } = LIMITS[encoding]
  let units = 0
  let parts = text === '' ? 0 : 1
  let inLastPart = 0
  for (const size of unbreakableSizes(text, encoding)) {
    units += size
    if (inLastPart + size > several) {
      parts += 1
      inLastPart = 0
    }
    inLastPart += size
  }
  // Only a message that does not fit whole is cut, and only then does every part lose room to the header.
  if (units <= single) return { units, parts: Math.min(parts, 1), unitsPerPart: single, charactersLeft: single - units }
  return { units, parts, unitsPerPart: several, charactersLeft: several - inLastPart }
}

/** Cheaper spellings that Unicode's own decomposition does not give. */
const SUGGESTIONS: Readonly<Record<string, string>> = {
  œ: 'oe',
  Œ: 'OE',
  '’': "'",
  '‘': "'",
  '‚': "'",
  '‛': "'",
  '′': "'",
  '´': "'",
  '`': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '″': '"',
  '«': '"',
  '»': '"',
  '‹': "'",
  '›': "'",
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '–': '-',
  '—': '-',
  '―': '-',
  '−': '-',
  '•': '-',
  '·': '-',
  '×': 'x',
  '⁄': '/',
  '\t': ' ',
  '\u2028': '\n',
  '\u2029': '\n',
}

const COMBINING_MARKS = /\p{M}/gu
/** Seen by nobody, and not part of an emoji (the zero-width joiner and the variation selectors can be). */
const UNSEEN = /^[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]$/u
/** A character with the marks that stand on it, as the reader sees one. */
const CLUSTER = /\P{M}\p{M}*|\p{M}+/gsu

const suggestionFor = (character: string): string | null => {
  // "e" + combining accent, as some systems write it, is the "é" that costs nothing.
  const composed = character.normalize('NFC')
  if (isGsm7(composed)) return composed
  const listed = SUGGESTIONS[composed]
  if (listed !== undefined) return listed
  if (UNSEEN.test(composed)) return ''
  const bare = [...composed.normalize('NFKD').replace(COMBINING_MARKS, '')].map((part) => SUGGESTIONS[part] ?? part).join('')
  return bare !== '' && isGsm7(bare) ? bare : null
}

const clustersOf = (text: string): string[] => text.match(CLUSTER) ?? []

const forcingCharacters = (text: string): ForcingCharacter[] => {
  const counts = new Map<string, number>()
  for (const cluster of clustersOf(text)) {
    if (!isGsm7(cluster)) counts.set(cluster, (counts.get(cluster) ?? 0) + 1)
  }
  return [...counts].map(([character, count]) => ({ character, count, suggestion: suggestionFor(character) }))
}

/** How a text travels and what it costs. Time grows with its length: refuse absurd lengths before. */
export const analyzeMessage = (text: string): MessageAnalysis => {
  const encoding = isGsm7(text) ? 'GSM7' : 'UCS2'
  return { encoding, ...countParts(text, encoding), forcing: encoding === 'GSM7' ? [] : forcingCharacters(text) }
}

/** The text with every suggestion taken; the text itself where that would cost more (an emoji stays, a "…" grew). */
export const cheaperSpelling = (text: string): string => {
  const spelling = clustersOf(text)
    .map((cluster) => (isGsm7(cluster) ? cluster : (suggestionFor(cluster) ?? cluster)))
    .join('')
  return analyzeMessage(spelling).parts <= analyzeMessage(text).parts ? spelling : text
}

// Beside spaces and controls: what is drawn as nothing, lone surrogates, marks without a letter, the blank Braille cell.
const CONTENT = /[^\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether a handset would show anything at all. */
export const hasContent = (text: string): boolean => CONTENT.test(text)

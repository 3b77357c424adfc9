import fc from 'fast-check'
import { SegmentedMessage } from 'sms-segments-calculator'
// @ts-expect-error the package ships no types
import untypedSplitSms from 'split-sms'
import { describe, expect, it } from 'vitest'
import { analyzeMessage, cheaperSpelling, hasContent } from './message.ts'

type SplitSms = {
  split(text: string): { characterSet: 'GSM' | 'Unicode'; parts: unknown[]; length: number; remainingInPart: number }
}
const splitSms = untypedSplitSms as SplitSms

const repeat = (character: string, count: number): string => character.repeat(count)

const BASIC = [...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà']
const EXTENDED = [...'€[]{}\\~^|\f']
const WIDE = [...'êëâûôîïçœŒÈÀÊ«»’…–—°`\t\u00A0\u202F']
const EMOJI = ['👍', '😀', '𝒜', '🚀']

describe('the parts of a message', () => {
  it.each([
    ['160×a', repeat('a', 160), 1],
    ['161×a', repeat('a', 161), 2],
    ['306×a', repeat('a', 306), 2],
    ['307×a', repeat('a', 307), 3],
    ['459×a', repeat('a', 459), 3],
    ['460×a', repeat('a', 460), 4],
    ['158×a+€', `${repeat('a', 158)}€`, 1],
    ['159×a+€', `${repeat('a', 159)}€`, 2],
    ['152×a+€+152×a', `${repeat('a', 152)}€${repeat('a', 152)}`, 3],
    ['160×é', repeat('é', 160), 1],
    ['160×Ç', repeat('Ç', 160), 1],
    ['160×ç', repeat('ç', 160), 3],
    ['70×ê', repeat('ê', 70), 1],
    ['71×ê', repeat('ê', 71), 2],
    ['134×ê', repeat('ê', 134), 2],
    ['135×ê', repeat('ê', 135), 3],
    ['35×👍', repeat('👍', 35), 1],
    ['36×👍', repeat('👍', 36), 2],
    ['66×ê+👍+66×ê', `${repeat('ê', 66)}👍${repeat('ê', 66)}`, 3],
  ])('of %s are as the table says', (_name, text, parts) => {
    expect(analyzeMessage(text).parts).toBe(parts)
    expect(new SegmentedMessage(text).segmentsCount).toBe(parts)
    expect(splitSms.split(text).parts).toHaveLength(parts)
  })

  it('of nothing are none', () => {
    expect(analyzeMessage('')).toEqual({
      encoding: 'GSM7',
      parts: 0,
      units: 0,
      unitsPerPart: 160,
      charactersLeft: 160,
      forcing: [],
    })
  })

  it('are counted as both oracles count them, boundaries included', () => {
    // Long runs of one character with pairs dropped in: where the boundaries are, and where random text rarely gets.
    const run = fc
      .tuple(fc.constantFrom('a', 'é', 'ê', '€', '👍'), fc.integer({ min: 1, max: 170 }))
      .map(([character, count]) => repeat(character, count))
    const piece = fc.oneof({ weight: 3, arbitrary: run }, fc.constantFrom(...BASIC), fc.constantFrom(...EXTENDED), {
      weight: 1,
      arbitrary: fc.constantFrom(...WIDE, ...EMOJI),
    })
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
        // One of the oracles takes CR LF for one UCS-2 character.
        (raw) => {
          const text = raw.replaceAll('\r\n', '\n')
          const analysis = analyzeMessage(text)
          const segmented = new SegmentedMessage(text)
          const split = splitSms.split(text)
          expect(analysis.encoding).toBe(segmented.encodingName === 'GSM-7' ? 'GSM7' : 'UCS2')
          expect(analysis.encoding).toBe(split.characterSet === 'GSM' ? 'GSM7' : 'UCS2')
          expect(analysis.parts).toBe(segmented.segmentsCount)
          expect(analysis.parts).toBe(split.parts.length)
          expect(analysis.units * (analysis.encoding === 'GSM7' ? 7 : 16)).toBe(segmented.messageSize)
          expect(analysis.charactersLeft).toBe(split.remainingInPart)
          expect(analysis.unitsPerPart).toBe(
            { GSM7: [160, 153], UCS2: [70, 67] }[analysis.encoding][analysis.parts === 1 ? 0 : 1],
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  it('never cut a surrogate pair of any plane, nor an unknown character of one unit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (text) => {
        expect(analyzeMessage(text).parts).toBe(splitSms.split(text).parts.length)
      }),
      { numRuns: 200 },
    )
  })

  it('count every single character of the basic plane as the oracles do', () => {
    const disagreeing: number[] = []
    for (let code = 1; code < 0xd800; code += 1) {
      const character = String.fromCharCode(code)
      if ((analyzeMessage(character).encoding === 'GSM7') !== (splitSms.split(character).characterSet === 'GSM'))
        disagreeing.push(code)
    }
    expect(disagreeing).toEqual([])
  })
})

describe('the characters that force UCS-2', () => {
  it('are named in order with their count and a spelling that costs nothing', () => {
    expect(analyzeMessage('Fête à l’école: ça coûte 5 €… fête 👍').forcing).toEqual([
      { character: 'ê', count: 2, suggestion: 'e' },
      { character: '’', count: 1, suggestion: "'" },
      { character: 'ç', count: 1, suggestion: 'c' },
      { character: 'û', count: 1, suggestion: 'u' },
      { character: '…', count: 1, suggestion: '...' },
      { character: '👍', count: 1, suggestion: null },
    ])
  })

  it('are none in a text that GSM-7 carries', () => {
    expect(analyzeMessage('Ça coûte'.replace('û', 'u')).forcing).toEqual([])
    expect(analyzeMessage('Çéèàù €').encoding).toBe('GSM7')
  })

  it.each([
    ['ç', 'c'],
    ['ê', 'e'],
    ['ë', 'e'],
    ['â', 'a'],
    ['î', 'i'],
    ['ï', 'i'],
    ['ô', 'o'],
    ['û', 'u'],
    ['œ', 'oe'],
    ['Œ', 'OE'],
    ['’', "'"],
    ['«', '"'],
    ['»', '"'],
    ['…', '...'],
    ['–', '-'],
    ['—', '-'],
    ['\u00A0', ' '],
    ['\u202F', ' '],
    ['\t', ' '],
    ['À', 'A'],
    ['È', 'E'],
    ['Ê', 'E'],
    ['ã', 'a'],
    ['ﬁ', 'fi'],
    ['e\u0301', 'é'],
    ['x\u0302', 'x'],
    ['\u200B', ''],
    ['№', 'No'],
    ['½', '1/2'],
  ])('%j has the spelling %j', (character, suggestion) => {
    expect(analyzeMessage(character).forcing).toEqual([{ character, count: 1, suggestion }])
  })

  it.each(['👍', '❤\uFE0F', '°', 'ع', '你', '\uD800', '\u001B', '\u0301'])(
    '%j has no spelling, or none that shows',
    (character) => {
      const [forcing] = analyzeMessage(character).forcing
      expect(forcing?.suggestion).toBeNull()
    },
  )
})

describe('the cheaper spelling', () => {
  it('takes every suggestion and keeps what costs nothing', () => {
    const text = '« L’été à Ouidah… ça coûte »\u00A0!'
    expect(cheaperSpelling(text)).toBe('" L\'été à Ouidah... ca coute " !')
    expect(analyzeMessage(cheaperSpelling(text)).encoding).toBe('GSM7')
  })

  it('turns three parts into one', () => {
    expect(analyzeMessage(cheaperSpelling(repeat('ç', 160))).parts).toBe(1)
  })

  it('leaves a text alone when an emoji stays and the spelling only made it longer', () => {
    const text = `${repeat('…', 68)}👍`
    expect(cheaperSpelling(text)).toBe(text)
  })

  it('never costs more, and has nothing left to change', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(...BASIC, ...EXTENDED, ...WIDE, ...EMOJI), fc.string({ unit: 'grapheme' })), {
      maxLength: 120,
    })
    fc.assert(
      fc.property(
        text.map((pieces) => pieces.join('')),
        (raw) => {
          const spelling = cheaperSpelling(raw)
          expect(analyzeMessage(spelling).parts).toBeLessThanOrEqual(analyzeMessage(raw).parts)
          expect(cheaperSpelling(spelling)).toBe(spelling)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('content', () => {
  it.each([
    '',
    ' ',
    '\n\r\t',
    '\u0000\u0007',
    '\u00A0\u202F\u3000',
    '\u200B\u200D\uFEFF',
    '\uFE0F',
    '\u0301',
    '\uD800',
    '\u2800',
    '\u3164',
  ])('is missing from %j', (text) => {
    expect(hasContent(text)).toBe(false)
  })

  it.each(['a', ' . ', '👍', '1', '\n?\n', 'ع', '\u200Bx'])('is found in %j', (text) => {
    expect(hasContent(text)).toBe(true)
  })
})

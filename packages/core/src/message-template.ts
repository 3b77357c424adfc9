import { SmsError } from './errors.ts'

export const TEMPLATE_VARIABLES = ['name', 'email', 'phoneNumber'] as const
export type TemplateVariable = (typeof TEMPLATE_VARIABLES)[number]

/** Text as it stands, or a variable of the contact; `fallback` null: who has none of it gets no SMS. */
export type TemplatePiece = string | { variable: TemplateVariable; fallback: string | null }
export type MessageTemplate = readonly TemplatePiece[]

/** A longer value is cut: no name may make an SMS dear. */
export const VALUE_LENGTH = 40

const VARIABLE = /\{([^{}|]*)(?:\|([^{}]*))?\}/g
/** What a name usually is long. */
const TYPICAL_VALUE = 'x'.repeat(12)
const LONGEST_VALUE = '😀'.repeat(VALUE_LENGTH)

const isVariable = (name: string): name is TemplateVariable => TEMPLATE_VARIABLES.some((one) => one === name)

/**
 * `{name}`, or `{name|Madame, Monsieur}` with what stands for a missing one. Null: the text holds no variable. Throws INVALID_TEMPLATE for
 * a variable that no contact has: better no SMS than one with braces in it.
 */
export const parseTemplate = (text: string): MessageTemplate | null => {
  const pieces: TemplatePiece[] = []
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    const name = (match[1] ?? '').trim()
    if (!isVariable(name)) {
      throw new SmsError('INVALID_TEMPLATE', `A template may hold ${TEMPLATE_VARIABLES.map((one) => `{${one}}`).join(', ')}`)
    }
    if (match.index > end) pieces.push(text.slice(end, match.index))
    pieces.push({ variable: name, fallback: match[2] ?? null })
    end = match.index + match[0].length
  }
  if (pieces.length === 0) return null
  if (end < text.length) pieces.push(text.slice(end))
  return pieces
}

const fill = (template: MessageTemplate, valueOf: (piece: Exclude<TemplatePiece, string>) => string): string =>
  template.map((piece) => (typeof piece === 'string' ? piece : valueOf(piece))).join('')

/** As most recipients will get it. */
export const typicalText = (template: MessageTemplate): string => fill(template, () => TYPICAL_VALUE)

/** As dear as it can get, by its values or by its fallbacks. */
export const longestTexts = (template: MessageTemplate): readonly string[] => [
  fill(template, () => LONGEST_VALUE),
  fill(template, ({ fallback }) => fallback ?? LONGEST_VALUE),
]

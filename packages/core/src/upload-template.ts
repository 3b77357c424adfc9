import { SmsError } from './errors.ts'

/** Text as it stands, or a column of the uploaded file; `fallback` null: a line without it gets no SMS. */
type Piece = string | { variable: string; fallback: string | null }

/** Gives a line's text; null: it lacks a variable that has no fallback. */
export type FillText = (valueOf: (variable: string) => string | undefined) => string | null

const VARIABLE = /\{([^{}|]*)(?:\|([^{}]*))?\}/g
const MAX_VARIABLES = 50

/**
 * The template of a file, whose columns are the variables: written as `{column}` or `{column|fallback}`, as in `message-template.ts`. A value
 * is the sender's own, so it is never cut: a text that grows too long is refused with its line. `columns` null: each line names its own.
 */
export const parseUploadTemplate = (text: string, columns: ReadonlySet<string> | null): FillText => {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    const variable = (match[1] ?? '').trim()
    if (variable === '' || (columns !== null && !columns.has(variable))) {
      throw new SmsError('INVALID_TEMPLATE', 'The text names a variable that is no column of the file')
    }
    if (match.index > end) pieces.push(text.slice(end, match.index))
    pieces.push({ variable, fallback: match[2] ?? null })
    if (pieces.length > 2 * MAX_VARIABLES) throw new SmsError('INVALID_TEMPLATE', `A text may hold ${MAX_VARIABLES} variables`)
    end = match.index + match[0].length
  }
  if (end < text.length) pieces.push(text.slice(end))

  return (valueOf) => {
    let filled = ''
    for (const piece of pieces) {
      // Joined, never replaced in one another: a value that reads {email} stays one.
      const value = typeof piece === 'string' ? piece : valueOf(piece.variable)?.trim() || piece.fallback
      if (value === null) return null
      filled += value
    }
    return filled
  }
}

const MAX_TEXT_LENGTH = 1000

/** Fills `%1`, `%2` … of Orange's templates. The variables come as a list, as one string, or not at all. */
export const fillVariables = (template: string, variables: readonly string[]): string => {
  const filled = template.replace(/%(\d)/g, (placeholder, position: string) => variables[Number(position) - 1] ?? placeholder)
  // The useful words are in the variable, even when the template forgot its place for it.
  const unplaced = variables.filter((variable, index) => variable !== '' && !template.includes(`%${index + 1}`))
  return unplaced.length === 0 ? filled : `${filled} (${unplaced.join(', ')})`
}

/** Without the characters that PostgreSQL refuses: NUL and halves of surrogate pairs. */
export const storable = (text: string): string => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '')

/**
 * Orange's words as they may be kept: without the SMS they speak of (`hidden`: its text), without phone numbers (runs of
 * six or more digits), without what PostgreSQL refuses, and no longer than 1,000 characters.
 */
export const cleanWords = (text: string, hidden: readonly string[] = []): string => {
  // One or two characters would tear every word apart and give nothing away.
  const revealing = hidden.filter((secret) => secret.length > 2)
  const without = revealing.reduce((words, secret) => words.replaceAll(secret, '[hidden]'), text)
  const masked = without.replace(/\p{Nd}{6,}/gu, (digits) => '*'.repeat(Math.min(digits.length, 20)))
  // Removed after the cut too: it may fall between the halves of a pair.
  return storable(storable(masked).slice(0, MAX_TEXT_LENGTH)).trim()
}

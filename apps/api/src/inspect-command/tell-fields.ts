const wordOf = (value: unknown): string => {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : String(value)
}

const isGroup = (value: unknown): value is object => typeof value === 'object' && value !== null && !(value instanceof Date)

/** A line a field, groups below their name; what is not there (null) is left out. */
export const tellFields = (fields: object, indent = ''): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]: [string, unknown]) => {
      if (!isGroup(value)) return `${indent}${name}: ${wordOf(value)}`
      if (Array.isArray(value) && !value.some(isGroup)) return `${indent}${name}: ${value.map(wordOf).join(', ') || 'none'}`
      if (Array.isArray(value)) {
        return [
          `${indent}${name}:`,
          ...value.map((item: object) => `${indent}  - ${tellFields(item).replaceAll('\n', '; ')}`),
        ].join('\n')
      }
      return `${indent}${name}:\n${tellFields(value, `${indent}  `)}`
    })
    .join('\n')

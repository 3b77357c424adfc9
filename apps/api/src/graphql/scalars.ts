import { GraphQLError, Kind, type ValueNode } from 'graphql'

/** With its zone: an instant without one would be read as this machine's own time. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

const parse = (value: unknown): Date => {
  const date = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : new Date(Number.NaN)
  // The message quotes nothing: it is answered and may be logged.
  if (Number.isNaN(date.getTime())) throw new GraphQLError('DateTime must be ISO 8601 with a zone')
  return date
}

/** The parts of a scalar that Mercurius puts onto the one of the SDL. */
export const dateTime = {
  serialize: (value: unknown): string => {
    if (value instanceof Date) return value.toISOString()
    throw new TypeError('DateTime is given as a Date')
  },
  parseValue: parse,
  parseLiteral: (node: ValueNode): Date => parse(node.kind === Kind.STRING ? node.value : null),
}

/** `Y-m-d H:i:s`, the old interface's dates, in UTC (which is the time of Côte d'Ivoire). */
export const oldDate = (date: Date): string => date.toISOString().slice(0, 19).replace('T', ' ')

import { SmsError } from '@sms/core'

/**
 * graphql-js coerces the variables of a call in one go, each element of a list with a path of its own, and Mercurius has it done
 * twice: with 100,000 numbers the process would answer nobody else for a tenth of a second. So a long list of strings is taken
 * out of the variables before and a list of one placeholder goes in its stead; the resolver asks for the list back.
 */
export type SetAsideLists = {
  /** The list that the caller sent. Throws INVALID_INPUT when it holds anything but strings, as GraphQL would. */
  restore(list: readonly string[]): readonly string[]
}

/** Shorter lists are coerced in well under a millisecond. */
const SHORTEST_COUNT = 1_000

/** Takes long lists out of `variables`, in place. */
export const setAsideLists = (variables: unknown): SetAsideLists => {
  const lists = new Map<string, readonly unknown[]>()
  if (typeof variables === 'object' && variables !== null) {
    const named = variables as Record<string, unknown>
    for (const [name, value] of Object.entries(named)) {
      if (!Array.isArray(value) || value.length < SHORTEST_COUNT || typeof value[0] !== 'string') continue
      const placeholder = `set-aside-list:${lists.size}`
      lists.set(placeholder, value)
      named[name] = [placeholder]
    }
  }
  return {
    restore: (list) => {
      const set = list.length === 1 && list[0] !== undefined ? lists.get(list[0]) : undefined
      if (set === undefined) return list
      if (!set.every((element): element is string => typeof element === 'string')) {
        throw new SmsError('INVALID_INPUT', 'A list of strings holds something else')
      }
      return set
    },
  }
}

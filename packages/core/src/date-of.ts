/** A moment, in milliseconds since 1970, as a date. Nothing else of core may name `Date`: without an argument it reads the clock. */
// oxlint-disable-next-line no-restricted-globals
export const dateOf = (ms: number): Date => new Date(ms)

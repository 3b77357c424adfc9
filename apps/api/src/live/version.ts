import { createHash } from 'node:crypto'

/** The same for the same state on every instance, at any time: what a client hands in as `since` to be spared what it has seen. */
export const versionOf = (state: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
    .digest('base64url')
    .slice(0, 16)

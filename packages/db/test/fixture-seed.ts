import { inspect } from 'node:util'

/**
 * Where a property begins. Without these variables a run has a seed of its own; a failure prints seed and path, and
 * `SEED=… SEED_PATH=… pnpm exec vitest run --config .config/vitest.config.ts <file>` plays that one again.
 */
export const seedParameters = (): { seed?: number; path?: string } => {
  const { SEED, SEED_PATH } = process.env
  if (SEED === undefined) return {}
  const seed = Number(SEED)
  if (!Number.isSafeInteger(seed)) throw new Error(`SEED must be an integer, not ${inspect(SEED)}`)
  return { seed, ...(SEED_PATH !== undefined && { path: SEED_PATH }) }
}

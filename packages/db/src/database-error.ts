import { Prisma } from './generated/client.ts'

/**
 * The SQLSTATE of a failed statement, or null when the database gave none (connection refused, lost, timed out).
 * Prisma wraps raw statements in P2010 and hides the code in `meta`; driver adapters put it in `cause.originalCode`.
 */
export const sqlStateOf = (error: unknown): string | null => {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 6; depth += 1) {
    const { originalCode, code, meta, cause, driverAdapterError } = at as Record<string, unknown>
    if (typeof originalCode === 'string') return originalCode
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^P\d{4}$/.test(code)) return code
    at = driverAdapterError ?? cause ?? meta
  }
  return null
}

/**
 * What a failed write means for whoever holds it:
 * `data` the statement can never succeed as it is (one of its rows is at fault), `conflict` it lost against another one and may
 * simply be repeated, `away` the database did not answer or is not ready, so nothing is known.
 */
export const failureOf = (error: unknown): 'data' | 'conflict' | 'away' => {
  const state = sqlStateOf(error)
  if (state === null) return error instanceof Prisma.PrismaClientValidationError ? 'data' : 'away'
  if (state === '40P01' || state === '40001' || state === '23505' || state === '55P03') return 'conflict'
  // 22 data exception, 23 integrity constraint violation. Not 42 (syntax or access rule: a table being migrated, a right not yet
  // granted): no row is at fault, so no row may pay for it with its outcome.
  return /^(22|23)/.test(state) ? 'data' : 'away'
}

import { sqlStateOf } from './database-error.ts'

/** Prisma: unreachable, timed out, connection closed, no free connection, transaction could not be started or kept. */
const PRISMA_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037'])
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'EPIPE', 'ETIMEDOUT'])
/** Connection exception, insufficient resources, operator intervention (shutdown, cancelled for time), a database that takes nobody. */
const SQL_STATES = /^(08|53|57|55000)/

/** What the driver adapter found. Of a raw statement this is all there is: Prisma has one code, P2010, for whatever failed in one. */
const ADAPTER_KINDS = new Set([
  'DatabaseNotReachable',
  'SocketTimeout',
  'ConnectionClosed',
  'TooManyConnections',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseDoesNotExist',
])

const adapterKindOf = (error: unknown): string | undefined =>
  (error as { meta?: { driverAdapterError?: { cause?: { kind?: string } } } }).meta?.driverAdapterError?.cause?.kind

/** True when the database did not answer in time or at all: the call may be tried again, nothing is wrong with it. */
export const isUnavailable = (error: unknown): boolean => {
  if (SQL_STATES.test(sqlStateOf(error) ?? '')) return true
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    const code = 'code' in at ? String(at.code) : ''
    if (ADAPTER_KINDS.has(adapterKindOf(at) ?? '')) return true
    if (PRISMA_CODES.has(code) || SOCKET_CODES.has(code) || at.name === 'PrismaClientInitializationError') return true
    // The driver adapter's own words; node-postgres gives this one no code.
    if (/Connection terminated|DatabaseNotReachable|timeout exceeded when trying to connect|Query read timeout/.test(at.message))
      return true
  }
  return false
}

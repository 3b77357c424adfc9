import type { WorkerConfig } from '@sms/runtime'
import { broken, doubtful, type Finding, ok } from './findings.ts'

const LEAST_NODE = 24
/** Files, connections to PostgreSQL, Redis and the health port, beside one connection an SMS on the wire. */
const FILES_BESIDE = 100
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export type ProcessFacts = {
  nodeVersion: string
  /** Files that this process may have open; null: not told. */
  openFiles: number | null
  /** Accounts that a worker sends for. */
  accountCount: number
}

/** "Max open files            1024                 524288               files" of /proc/self/limits. */
export const readOpenFiles = (limits: string): number | null => {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? []
  if (soft === undefined) return null
  return soft === 'unlimited' ? Infinity : Number(soft)
}

export const judgeProcess = (facts: ProcessFacts, config: WorkerConfig): Finding[] => [
  Number(facts.nodeVersion.split('.')[0]) >= LEAST_NODE
    ? ok('node', facts.nodeVersion)
    : broken('node', facts.nodeVersion, `run Node ${LEAST_NODE} or newer`),
  judgeFiles(facts, config),
  judgeConcurrency(config),
  ...judgeConfig(config),
]

const judgeFiles = ({ openFiles, accountCount }: ProcessFacts, { WORKER_CONCURRENCY }: WorkerConfig): Finding => {
  const needed = WORKER_CONCURRENCY * Math.max(1, accountCount) + FILES_BESIDE
  if (openFiles === null) return doubtful('ulimit -n', 'not told', `make sure that it is ${needed} or more`)
  if (openFiles >= needed) return ok('ulimit -n', `${openFiles}; up to ${needed} needed`)
  return broken(
    'ulimit -n',
    `${openFiles}; up to ${needed} needed`,
    `ulimit -n ${needed} (LimitNOFILE of systemd), or a lower WORKER_CONCURRENCY`,
  )
}

/** An answer of Orange takes a second at times: fewer places than that needs leave some of the rate unused. */
const judgeConcurrency = ({ WORKER_CONCURRENCY, ORANGE_TPS }: WorkerConfig): Finding => {
  const says = `${WORKER_CONCURRENCY} SMS at once for ${ORANGE_TPS} SMS/s`
  return WORKER_CONCURRENCY < ORANGE_TPS
    ? doubtful('WORKER_CONCURRENCY', says, 'raise it to the rate or above, unless other workers make up for it')
    : ok('WORKER_CONCURRENCY', says)
}

const judgeConfig = (config: WorkerConfig): Finding[] => {
  const findings: Finding[] = []
  const url = URL.parse(config.ORANGE_API_URL)
  if (url?.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    findings.push(broken('ORANGE_API_URL', 'plain http: the client secret travels in the open', 'use https://'))
  }
  // Not what the secret is but how it was made: a word repeated, or the placeholder of a template.
  if (new Set(config.APP_SECRET).size < 10 || /change|example|placeholder|secret-of/i.test(config.APP_SECRET)) {
    findings.push(doubtful('APP_SECRET', 'does not look random', 'openssl rand -base64 32, the same for every process'))
  }
  if (config.ADMIN_API_KEY.length < 20) {
    findings.push(doubtful('ADMIN_API_KEY', 'is shorter than 20 characters', 'openssl rand -base64 32'))
  }
  if (config.NODE_ENV !== 'production') {
    findings.push(doubtful('NODE_ENV', config.NODE_ENV, 'production, unless this is a workstation'))
  }
  return findings.length > 0 ? findings : [ok('configuration', 'complete')]
}

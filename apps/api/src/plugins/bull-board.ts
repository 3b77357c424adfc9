import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { type ErrorCode, type ReplayVerdict, SmsError, type SmsJob } from '@sms/core'
import { parsePayload, type Window } from '@sms/queue'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { codeOf } from '../graphql/errors.ts'
import { FRENCH } from '../graphql/french.ts'
import { LOGOUT_PATH, QUEUES_PATH, requireAdminPage } from './admin-pages.ts'
import type { ReportError } from './error-answers.ts'

type Queue = ReturnType<Window['queueOf']>
type Job = NonNullable<Awaited<ReturnType<Queue['getJob']>>>

export type BullBoardDeps = {
  /** The default account's. */
  queues: readonly Queue[]
  /** The queue of every sender account; asked at each request, for accounts come while the service runs. */
  findQueues: () => Promise<readonly Queue[]>
  /** The replay use case, for the SMS of one job; throws NOT_FOUND. */
  replay: (request: FastifyRequest, job: SmsJob) => Promise<ReplayVerdict>
  report: ReportError
}

/** Scripts and styles of its own only; it would fetch fonts from another company, which need not know who operates what. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_ORIGIN: 403,
  ACTION_DISABLED: 405,
  NOT_FOUND: 404,
  NOT_REPLAYABLE: 409,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
}

/** Why an SMS was not replayed, for the person who pressed the button. */
const REFUSALS: Record<Exclude<ReplayVerdict['verdict'], 'REPLAYED'>, (status: string) => string> = {
  NOT_FAILED: (status) => `Ce SMS est ${status} : seul un SMS FAILED se renvoie.`,
  UNKNOWN: () =>
    'Ce SMS est UNKNOWN : le destinataire l’a peut-être reçu. Renvoi par replayFailed ou pnpm sms:replay, avec un motif.',
  TOO_RECENT: () => 'Son dernier essai a moins de dix minutes.',
  BATCH_CANCELLED: () => FRENCH.BATCH_CANCELLED,
  EXPIRED: () => FRENCH.EXPIRED,
  STALE: () => 'Cette tâche est ancienne : le SMS en a une plus récente.',
  INSUFFICIENT_CREDIT: () => FRENCH.INSUFFICIENT_CREDIT,
}

/** Of one press of "retry all"; BullMQ keeps no more. */
const JOBS_AT_ONCE = 1_000

/**
 * Bull Board for administrators, in a scope of its own: it brings its own error handler, views and files. Its views are BullMQ's, its
 * acts are ours: "retry" is a replay of that SMS, finished jobs may be removed, and everything else is off, the routes of later
 * versions included. "Empty" alone would stop Redis for a second per 100,000 jobs, and a rate limit set here breaks the worker's.
 */
export const addBullBoard = async (app: FastifyInstance, deps: BullBoardDeps): Promise<void> => {
  const queues = new Map(deps.queues.map((queue) => [queue.name, queue]))
  const server = new FastifyAdapter()
  server.setBasePath(QUEUES_PATH)
  const board = createBullBoard({
    queues: deps.queues.map(adapterOf),
    serverAdapter: server,
    options: {
      uiConfig: {
        boardTitle: 'SMS',
        hideRedisDetails: true,
        hideDocsLink: true,
        showWorkers: false,
        miscLinks: [{ text: 'Déconnexion / Log out', url: LOGOUT_PATH }],
      },
    },
  })
  // Also for what our hooks throw in its scope. Its own would answer the message of any error.
  server.setErrorHandler((error) => errorBody(error))

  const acts = actsOf(queues, deps.replay)
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, isPage: true }
    })
    scope.addHook('onRequest', requireAdminPage)
    scope.addHook('onRequest', async () => {
      // While PostgreSQL is away, what is known is shown.
      for (const queue of await deps.findQueues().catch(() => [])) {
        if (queues.has(queue.name)) continue
        queues.set(queue.name, queue)
        board.addQueue(adapterOf(queue))
      }
    })
    scope.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'content-security-policy': POLICY, 'referrer-policy': 'same-origin', 'cache-control': 'no-store' })
    })
    scope.addHook('onError', async (request, _reply, error) => {
      const code = codeOf(error)
      if (code === 'INTERNAL' || code === 'UNAVAILABLE') deps.report(error, request)
    })
    scope.addHook('preHandler', async (request, reply) => {
      if (request.method === 'GET' || request.method === 'HEAD') return
      const route = (request.routeOptions.url ?? '').slice(QUEUES_PATH.length)
      const act = acts.get(`${request.method} ${route}`)
      if (act === undefined) throw new SmsError('ACTION_DISABLED', 'Bull Board may not do this here')
      return act(request, reply)
    })
    await scope.register(server.registerPlugin() as never, { prefix: QUEUES_PATH })
  })
}

const adapterOf = (queue: Queue): BullMQAdapter => {
  const adapter = new BullMQAdapter(queue, {
    externalJobUrl: ({ data }) => ({ displayText: nameOf(data), href: `/admin/sms/${smsIdOf(data)}` }),
  })
  adapter.setFormatter('name', ({ data }) => nameOf(data))
  return adapter
}

const smsIdOf = (data: unknown): string => String(parsePayload(data)?.smsId ?? 0)
const nameOf = (data: unknown): string => `SMS ${smsIdOf(data)}`

/** Undefined: go on to Bull Board's own handler. */
type Act = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/** What may be done, by method and route; nothing else may. */
const actsOf = (queues: ReadonlyMap<string, Queue>, replay: BullBoardDeps['replay']): ReadonlyMap<string, Act> => {
  const queueOf = (request: FastifyRequest): Queue => {
    const queue = queues.get((request.params as { queueName: string }).queueName)
    if (queue === undefined) throw new SmsError('NOT_FOUND', 'No such queue')
    return queue
  }
  const jobOf = async (request: FastifyRequest): Promise<Job> => {
    const job = await queueOf(request).getJob((request.params as { jobId: string }).jobId)
    if (!job) throw new SmsError('NOT_FOUND', 'The job is gone')
    return job
  }
  const replayOf = async (request: FastifyRequest, job: Job): Promise<ReplayVerdict> => {
    const payload = parsePayload(job.data)
    if (payload === null) throw new SmsError('NOT_REPLAYABLE', FRENCH.BAD_PAYLOAD)
    const verdict = await replay(request, payload)
    // Its SMS waits for a new job; this one can do nothing any more. Left behind it would only be pressed again.
    if (verdict.verdict === 'REPLAYED') await job.remove().catch(() => undefined)
    return verdict
  }

  return new Map<string, Act>([
    [
      'PUT /api/queues/:queueName/:jobId/retry',
      async (request, reply) => {
        const { verdict, status } = await replayOf(request, await jobOf(request))
        if (verdict !== 'REPLAYED') throw new SmsError('NOT_REPLAYABLE', REFUSALS[verdict](status))
        return reply.code(204).send()
      },
    ],
    [
      'PUT /api/queues/:queueName/retry/:queueStatus',
      async (request, reply) => {
        if ((request.params as { queueStatus: string }).queueStatus !== 'failed') {
          throw new SmsError('NOT_REPLAYABLE', 'Seuls les SMS FAILED se renvoient.')
        }
        let retried = 0
        const jobs = await queueOf(request).getJobs(['failed'], 0, JOBS_AT_ONCE - 1)
        for (const job of jobs) if (job && (await mayReplay(() => replayOf(request, job)))) retried += 1
        return reply.send({ retried, skipped: jobs.length - retried })
      },
    ],
    [
      'PUT /api/queues/:queueName/clean/:queueStatus',
      async (request) => {
        const { queueStatus } = request.params as { queueStatus: string }
        if (queueStatus === 'completed' || queueStatus === 'failed') return undefined
        throw new SmsError('ACTION_DISABLED', 'Only finished jobs may be removed')
      },
    ],
    [
      'PUT /api/queues/:queueName/:jobId/clean',
      async (request) => {
        const state = await (await jobOf(request)).getState()
        if (state === 'completed' || state === 'failed') return undefined
        throw new SmsError('ACTION_DISABLED', 'Only finished jobs may be removed')
      },
    ],
  ])
}

/** One of many: what cannot be replayed is left out, what went wrong ends it. */
const mayReplay = async (act: () => Promise<ReplayVerdict>): Promise<boolean> => {
  try {
    return (await act()).verdict === 'REPLAYED'
  } catch (error) {
    if (error instanceof SmsError) return false
    throw error
  }
}

/** In its own shape, which its pages show, and in ours. */
const errorBody = (error: Error) => {
  const isFault = 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500
  const code: ErrorCode = isFault && !(error instanceof SmsError) ? 'INVALID_INPUT' : codeOf(error)
  // Ours are written for the person who pressed the button.
  const message = code === 'NOT_REPLAYABLE' ? error.message : FRENCH[code]
  return {
    status: (STATUS[code] ?? 400) as 400,
    body: { error: { key: 'ERRORS.FORBIDDEN' }, message, code, data: null, errors: [{ message, extensions: { code } }] },
  }
}

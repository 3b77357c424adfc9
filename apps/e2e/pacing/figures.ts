import type { Postgres } from '@sms/devstack'
import { type AccountFigure, measureAccounts } from './accounts.ts'
import { type ExpressFigure, measureExpress } from './express.ts'
import { type FairnessFigure, measureFairness } from './fairness.ts'
import { measureMoments, type MomentFigure } from './moments.ts'
import { measurePace, type PaceFigure } from './pace.ts'
import { measureTokens, type TokenFigure } from './tokens.ts'

/** All that the report shows. What was not measured yet is missing from it. */
export type Figures = {
  pace: PaceFigure[]
  moments: MomentFigure[]
  accounts: AccountFigure[]
  tokens: TokenFigure[]
  fairness: FairnessFigure[]
  express: ExpressFigure[]
}

export const PARTS = ['pace5', 'pace50', 'pace500', 'plain', 'moments', 'accounts', 'tokens', 'fairness', 'express'] as const
export type Part = (typeof PARTS)[number]

type Context = { postgres: Postgres; isQuick: boolean; say: (line: string) => void }

const WORKERS = [1, 3, 8]
/** What half the rate would take 40 s and 20 s for. */
const FAIRNESS = [
  { ratePerSecond: 5, small: 100 },
  { ratePerSecond: 50, small: 500 },
]

/** One part of the report, measured; takes the place of what was measured of it before. */
export const measurePart = async (part: Part, figures: Figures, context: Context): Promise<void> => {
  const { postgres, isQuick, say } = context
  const backlog = isQuick ? 50_000 : 1_000_000
  switch (part) {
    case 'pace5':
    case 'pace50':
    case 'pace500':
    case 'plain': {
      const isPlain = part === 'plain'
      const rates = isPlain ? [5] : [Number(part.slice('pace'.length))]
      for (const ratePerSecond of rates) {
        for (const workers of WORKERS) {
          const name = isPlain ? 'plain BullMQ limiter' : 'this worker'
          const forMs = isQuick ? 8_000 : ratePerSecond === 5 && !isPlain ? 20_000 : 12_000
          const figure = await measurePace(postgres, { name, ratePerSecond, workers, forMs })
          const isSame = (old: PaceFigure): boolean =>
            old.name === name && old.ratePerSecond === ratePerSecond && old.workers === workers
          figures.pace = [...figures.pace.filter((old) => !isSame(old)), figure]
          const used = (figure.steady.used * 100).toFixed(1)
          say(
            `${name}, ${ratePerSecond}/s, ${workers} processes: at most ${figure.all.peak} in a second, ${used} % of the rate used`,
          )
        }
      }
      return
    }
    case 'moments':
      figures.moments = []
      for (const ratePerSecond of [5, 50, 500])
        for (const workers of WORKERS) {
          const measured = await measureMoments(postgres, { ratePerSecond, workers })
          figures.moments.push(...measured)
          say(measured.map((of) => `${workers} at ${ratePerSecond}/s ${of.moment}: at most ${of.peak}`).join(', '))
        }
      return
    case 'accounts':
      figures.accounts = await measureAccounts(postgres, isQuick ? 8_000 : 20_000)
      return say(figures.accounts.map((of) => `${of.account}: ${of.all.peak} of ${of.ratePerSecond}`).join(', '))
    case 'tokens':
      figures.tokens = []
      for (const kind of ['expired', 'storm'] as const) {
        for (const workers of isQuick ? [1, 3] : WORKERS)
          figures.tokens.push(...(await measureTokens(postgres, { case: kind, workers })))
      }
      return say(figures.tokens.map((of) => `${of.case}/${of.workers}: ${of.calls}`).join(', '))
    case 'fairness':
      figures.fairness = []
      for (const of of FAIRNESS) {
        const small = isQuick ? of.small / 5 : of.small
        figures.fairness.push(await measureFairness(postgres, { backlog, small, ratePerSecond: of.ratePerSecond }))
      }
      return say(figures.fairness.map((of) => `${(of.tookMs / 1_000).toFixed(1)} s of ${of.fairMs / 1_000} s`).join())
    case 'express':
      figures.express = []
      for (const urgentPerSecond of [2, 6]) {
        const forMs = isQuick ? 10_000 : urgentPerSecond === 2 ? 50_000 : 15_000
        figures.express.push(await measureExpress(postgres, { backlog, ratePerSecond: 5, urgentPerSecond, forMs }))
      }
      return say(
        figures.express
          .map((of) => `${of.urgentPerSecond}/s: p99 ${Math.round(of.p99Ms)} ms, bulk ${of.bulkShare.toFixed(2)}`)
          .join(', '),
      )
  }
}

export const noFigures = (): Figures => ({ pace: [], moments: [], accounts: [], tokens: [], fairness: [], express: [] })

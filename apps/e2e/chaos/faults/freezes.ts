import { setTimeout as wait } from 'node:timers/promises'
import { shuffled } from '../random.ts'
import type { Context, Scenario } from '../scenario.ts'
import { type Step, STEPS, strikeAt } from '../steps.ts'
import { SETTINGS } from '../systems.ts'

const STRIKE_WITHIN_MS = 15_000
/** What the bytes of the step wait for, so that they find the process stopped. */
const STOPPED_AFTER_MS = 30

const freeze = async ({ system, observer }: Context, index: number, step: Step): Promise<void> => {
  const worker = system.workers[index]
  if (!worker) return
  const { child, wires } = worker
  const strike = (): void => child.kill('SIGSTOP')
  const hasStruck = await strikeAt({ wires, step, dialect: system.dialect, strike, withinMs: STRIKE_WITHIN_MS })
  if (!hasStruck) return
  const fault = await observer.begin(`worker: ${step}`, child.pid)
  await wait(STOPPED_AFTER_MS)
  // What was held now waits in the stopped process' own sockets: it reads it as if nothing had happened.
  wires.postgres.resume()
  await wait(2 * SETTINGS.leaseMs)
  child.kill('SIGCONT')
  await observer.end(fault)
}

export const freezes: Scenario = {
  id: 'F3',
  title: 'SIGSTOP for 2 × lease',
  does:
    'Two of the three workers at a time, then in one round all of them, are stopped at a step of the pipeline and continued 2 × lease later; what was on its way to ' +
    'them meanwhile waits in their sockets, and their timers all fire at once.',
  kinds: STEPS.map((step) => `worker: ${step}`),
  leastFaults: 6,
  // Slow enough that work is left after three rounds, with a third of the workers or none at it.
  ratePerSecond: 30,
  run: async (context) => {
    const steps = [...shuffled(context.random, STEPS), ...shuffled(context.random, STEPS)]
    for (const [round, size] of [2, 3, 2].entries()) {
      if (!(await context.progress(0.05 + 0.3 * round))) return
      const first = Math.floor(context.random() * SETTINGS.workerCount)
      const frozen = Array.from({ length: size }, (_, i) => ({
        index: (first + i) % SETTINGS.workerCount,
        step: steps.shift() as Step,
      }))
      await Promise.all(frozen.map(({ index, step }) => freeze(context, index, step)))
    }
  },
}

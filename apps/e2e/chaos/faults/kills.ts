import { shuffled } from '../random.ts'
import type { Context, Scenario } from '../scenario.ts'
import { API_STEPS, type ApiStep, type Step, STEPS, strikeApiAt, strikeAt } from '../steps.ts'

const STRIKE_WITHIN_MS = 15_000
const API_LIST_SIZE = 50
const API_STRIKE_WITHIN_MS = 3_000
const API_TURNS = 4

const killWorker = async ({ system, observer, random }: Context, step: Step): Promise<void> => {
  const index = Math.floor(random() * system.workers.length)
  const worker = system.workers[index]
  if (!worker) return
  const { child, wires } = worker
  const hasStruck = await strikeAt({
    wires,
    step,
    dialect: system.dialect,
    strike: () => child.kill('SIGKILL'),
    withinMs: STRIKE_WITHIN_MS,
  })
  if (!hasStruck) return
  await child.exited
  await observer.struck(`worker: ${step}`, child.pid)
  await system.replaceWorker(index)
}

/** Its caller gets no answer, waits until it is back, and asks again with the same key. */
const killApi = async ({ system, observer, newRecipients, expect }: Context, step: ApiStep): Promise<void> => {
  const { api } = system
  if (api === null) return
  for (let turn = 1; turn <= API_TURNS; turn += 1) {
    const { child, wires } = api.process()
    const to = newRecipients(API_LIST_SIZE)
    const key = `list ${turn} of ${step}`
    const struck = strikeApiAt({ wires, step, strike: () => child.kill('SIGKILL'), withinMs: API_STRIKE_WITHIN_MS })
    const answered = api.sendWithKey(to, key).catch(() => null)
    expect(to)
    const hasStruck = await struck
    await answered
    // A worker's own loop was quicker to dispatch it: once more.
    if (!hasStruck) continue
    await child.exited
    await observer.struck(`API: ${step}`, child.pid)
    await api.replace()
    await api.sendWithKey(to, key)
    return
  }
}

const WORKER_KINDS = STEPS.map((step) => `worker: ${step}`)
const API_KINDS = API_STEPS.map((step) => `API: ${step}`)

export const kills: Scenario = {
  id: 'F2',
  title: 'SIGKILL at each step',
  does:
    'A worker is killed at the moment at which its bytes show a step of the pipeline, each step at least once: before the claim (the claim ' +
    'is held back), claim committed (its answer is held back), request written (it goes on to the provider), answer received (the settle is ' +
    'held back), settle committed (its answer is held back), job finished (it goes on to Redis). The API is killed between the commit of ' +
    'a list and its answer, and between the dispatch and the adding of its jobs; its caller asks again with the same key. Each is replaced by ' +
    'a new process at once.',
  kinds: [...WORKER_KINDS, ...API_KINDS],
  leastFaults: 8,
  // A kill takes two or three seconds with its replacement: work must be left for the last one.
  ratePerSecond: 30,
  // While the window has room, so that the API's own dispatch has something to add.
  before: (context) => killApi(context, 'jobs not yet added'),
  run: async (context) => {
    // A kill of every step, and three steps once more.
    const steps = [...shuffled(context.random, STEPS), ...shuffled(context.random, STEPS).slice(0, 3)]
    const acts = steps.map((step) => () => killWorker(context, step))
    acts.splice(3, 0, () => killApi(context, 'batch committed'))
    for (const [index, act] of acts.entries()) {
      if (!(await context.progress(0.03 + (0.8 * index) / acts.length))) return
      await act()
    }
  },
}

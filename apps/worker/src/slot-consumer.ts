import type { Slot } from '@sms/queue'
import { createRecentPeak } from './recent-peak.ts'

/** A slot and when this process got it: a hold that became known since makes it worthless. */
export type TakenSlot = { slot: Slot; takenAt: number }

export type SlotConsumer = {
  /** Resolves when it was stopped and what it had in hand has ended. */
  run(): Promise<void>
  stop(): void
  setConcurrency(concurrency: number): void
  concurrency(): number
  /** Until when it sleeps because no slot is near; performance.now(). */
  restsUntil(): number
}

export type SlotConsumerDeps<Job> = {
  take(count: number, leadMs: number): Promise<{ slots: Slot[]; inMs: number }>
  giveBack(slot: Slot): void
  /** The next job, which is this worker's from then on; undefined: there is none. */
  fetch(): Promise<Job | undefined>
  /** A look that takes nothing. */
  hasJobs(): Promise<boolean>
  /** Resolves when there may be a job, or after a while. */
  waitForJob(): Promise<void>
  /** Never rejects. May hand over the job that comes next, where `mayFetchNext` said so at its end. */
  work(job: Job, taken: TakenSlot, mayFetchNext: () => boolean): Promise<Job | undefined>
  /** A token and a connection, before a slot is taken that would pass meanwhile; what is the matter is found out by the run of a job. */
  warmUp(): Promise<unknown>
  isHeldSince(takenAt: number): boolean
  /** What a run needs before its slot, without the fetch. */
  claimLeadMs(): number
  onError(error: Error): void
}

const AFTER_FAILURE_MS = 1_000

/** Then it looks again: where Redis' clock was set back, the next slot seems far away, even beyond what a timer can count (24 days). */
const LONGEST_REST_MS = 60_000

/** A job is fetched this much before its claim: twice what fetches took lately, within these bounds. */
const SHORTEST_FETCH_LEAD_MS = 4
const LONGEST_FETCH_LEAD_MS = 200
const FETCHES = { firstMs: 0, halfLifeMs: 500 }

/** So much of the rate is asked for at once: workers that ask in the same moment all get some. */
const ASKED_AT_ONCE_MS = 20

/**
 * Takes a slot first, and a job only when the slot is near: no job is fetched that would have to go back, none is held by a worker
 * while an urgent one arrives, and a worker without a slot sleeps until there is one. A slot is given back where no job was left for it.
 */
export const createSlotConsumer = <Job>(
  deps: SlotConsumerDeps<Job>,
  options: { concurrency: number; ratePerSecond: number; isUnpaced: boolean },
): SlotConsumer => {
  const atOnce = options.isUnpaced ? Infinity : Math.max(1, Math.ceil((options.ratePerSecond * ASKED_AT_ONCE_MS) / 1_000))
  let { concurrency } = options
  // Until a look says otherwise.
  let isDrained = true
  let isStopping = false
  let restsUntil = 0
  const fetches = createRecentPeak(FETCHES)
  let wake: () => void = () => undefined
  let tellStopped: () => void = () => undefined
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve
  })
  const serving = new Set<Promise<void>>()

  /** Until time is up, a hand comes free, or the end. */
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const fetchLeadMs = (): number => Math.min(LONGEST_FETCH_LEAD_MS, Math.max(SHORTEST_FETCH_LEAD_MS, 2 * fetches.ms()))

  const fetch = async (takenAt: number): Promise<Job | undefined> => {
    if (isStopping || isDrained || deps.isHeldSince(takenAt)) return undefined
    const askedAt = performance.now()
    const job = await deps.fetch()
    fetches.took(performance.now() - askedAt)
    if (job === undefined) isDrained = true
    return job
  }

  const serve = async (slot: Slot): Promise<void> => {
    const taken = { slot, takenAt: performance.now() }
    await until(slot.at - deps.claimLeadMs() - fetchLeadMs())
    let job = await fetch(taken.takenAt).catch((error: unknown) => {
      deps.onError(error as Error)
      return undefined
    })
    if (job === undefined) deps.giveBack(slot)
    const mayFetchNext = (): boolean =>
      options.isUnpaced && !isStopping && serving.size <= concurrency && !deps.isHeldSince(taken.takenAt)
    while (job !== undefined) {
      job = await deps.work(job, taken, mayFetchNext)
      taken.takenAt = performance.now()
    }
  }

  const begin = (slot: Slot): void => {
    const served = serve(slot).finally(() => {
      serving.delete(served)
      // One that sleeps because no slot is near gains nothing from another free hand.
      if (performance.now() >= restsUntil) wake()
    })
    serving.add(served)
  }

  const step = async (): Promise<void> => {
    const hands = concurrency - serving.size
    if (hands <= 0) return pause(Infinity)
    if (isDrained) {
      isDrained = !(await deps.hasJobs())
      if (isDrained) await Promise.race([deps.waitForJob(), stopped])
      return
    }
    await Promise.race([deps.warmUp(), stopped])
    if (isStopping) return
    const { slots, inMs } = await deps.take(Math.min(hands, atOnce), deps.claimLeadMs() + fetchLeadMs())
    slots.forEach(begin)
    if (slots.length > 0 || isStopping) return
    const restMs = Math.min(inMs, LONGEST_REST_MS)
    restsUntil = performance.now() + restMs
    await pause(restMs)
    restsUntil = 0
  }

  return {
    run: async () => {
      while (!isStopping) {
        await step().catch(async (error: unknown) => {
          if (isStopping) return
          deps.onError(error as Error)
          await pause(AFTER_FAILURE_MS)
        })
      }
      await Promise.all(serving)
    },
    stop: () => {
      isStopping = true
      tellStopped()
      wake()
    },
    setConcurrency: (changed) => {
      concurrency = changed
      wake()
    },
    concurrency: () => concurrency,
    restsUntil: () => restsUntil,
  }
}

const until = async (at: number): Promise<void> => {
  const leftMs = at - performance.now()
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
}

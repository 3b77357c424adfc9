import type { OpenFault } from './observer.ts'
import { shuffled } from './random.ts'
import type { Context } from './scenario.ts'

/** From the begin of a fault to its end. */
export type Act = (context: Context, fault: OpenFault) => Promise<void>

const WORKS_AGAIN_WITHIN_MS = 40_000

/** All of them, in an order that the seed decides, spread over the work. */
export const injectAll = async (
  context: Context,
  acts: Record<string, Act>,
  times: Record<string, number> = {},
): Promise<void> => {
  const kinds = Object.keys(acts).flatMap((kind) => Array.from({ length: times[kind] ?? 1 }, () => kind))
  for (const [index, kind] of shuffled(context.random, kinds).entries()) {
    if (!(await context.progress(0.08 + (0.8 * index) / kinds.length))) return
    const fault = await context.observer.begin(kind)
    await acts[kind]?.(context, fault)
    await context.observer.end(fault)
    // The next one is to meet a system that works.
    const accepted = context.observer.looks.at(-1)?.accepted ?? 0
    await context.observer.until((look) => look.accepted > accepted || look.open === 0, WORKS_AGAIN_WITHIN_MS)
  }
}

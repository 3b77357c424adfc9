import { setTimeout as wait } from 'node:timers/promises'
import type { Context, Scenario } from '../scenario.ts'
import { randomRules } from './provider.ts'

/** The last digit of a number decides which receipts its SMS gets. */
export const RECEIPTS_BY_ENDING: Record<string, { kind: string; statuses: string[]; ends: string | null }> = {
  '1': { kind: 'duplicated', statuses: ['DeliveredToTerminal', 'DeliveredToTerminal'], ends: 'DELIVERED' },
  '2': { kind: 'shuffled', statuses: ['DeliveredToTerminal', 'MessageWaiting', 'DeliveredToNetwork'], ends: 'DELIVERED' },
  '3': { kind: 'never', statuses: [], ends: null },
}

export const RECEIPT_CHANCES = {
  'accept-then-reset': 0.05,
  'accept-then-hang': 0.04,
  'accept-then-502': 0.02,
  'reset-before-accept': 0.01,
  'accept-unreadable-201': 0.05,
}

const plan = {
  random: randomRules(RECEIPT_CHANCES),
  receipts: Object.fromEntries(Object.entries(RECEIPTS_BY_ENDING).map(([ending, { statuses }]) => [ending, statuses])),
}

const STRANGERS = 20

/** Receipts of SMS that this system never sent, in every shape Orange has been seen to use, and some it should not. */
const postUnknown = async ({ system }: Context): Promise<void> => {
  const url = system.api?.receiptsUrl
  if (url === undefined) return
  const post = (to: string, body: unknown): Promise<unknown> =>
    fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    })
  const notification = (index: number, deliveryStatus: string): unknown => ({
    deliveryInfoNotification: {
      callbackData: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      deliveryInfo: { address: `tel:+22505${String(index).padStart(8, '0')}`, deliveryStatus },
    },
  })
  for (let index = 0; index < STRANGERS; index += 1) await post(url, notification(index, 'DeliveredToTerminal'))
  await post(url, notification(STRANGERS, 'SomethingNobodyHasSeen'))
  await post(url, '{"not": ')
  await post(`${url}x`, notification(STRANGERS + 1, 'DeliveredToTerminal'))
}

/** While this is there, receipts are posted before the send itself is answered. */
const earlyFor = async ({ system: { ground } }: Context, ms: number): Promise<void> => {
  await ground.simulator.control('config', { receiptDelayMs: 0 })
  await wait(ms)
  await ground.simulator.control('config', { receiptDelayMs: 800 })
}

export const receipts: Scenario = {
  id: 'F7',
  title: 'receipts',
  does:
    'Receipts that come before the answer to their send, twice, backwards, of SMS that nobody sent, malformed, with a wrong token, and never ' +
    '(each tenth SMS), while 11 % of the sends are accepted and the answer is lost, 5 % are accepted with a 201 that cannot be read, and 1 % are ' +
    'reset before acceptance.',
  kinds: ['early', 'unknown', 'duplicated', 'shuffled', 'never', ...Object.keys(RECEIPT_CHANCES)],
  leastFaults: 6,
  simulatorEnv: { SIMULATOR_FAULTS: JSON.stringify(plan), SIMULATOR_RECEIPT_DELAY_MS: '800' },
  run: async (context) => {
    const { observer, progress } = context
    for (const share of [0.1, 0.35, 0.6]) {
      if (!(await progress(share))) return
      const early = await observer.begin('early')
      await earlyFor(context, 1_500)
      await observer.end(early)
      if (context.system.api === null) continue
      const unknown = await observer.begin('unknown')
      await postUnknown(context)
      await observer.end(unknown)
    }
  },
}

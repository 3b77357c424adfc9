import type { Scenario } from '../scenario.ts'

/** What the simulator does by chance, with its seed. */
export const PROVIDER_FAULTS = {
  'accept-then-reset': 0.05,
  'accept-then-hang': 0.05,
  'accept-then-502': 0.025,
  'accept-then-500': 0.025,
  'reset-before-accept': 0.03,
  '503-code-5': 0.03,
  '503': 0.01,
  'accept-unreadable-201': 0.03,
}

/** The request was written, and the answer says nothing about the SMS: UNKNOWN is the truth. */
export const AMBIGUOUS = new Set([
  'accept-then-reset',
  'accept-then-hang',
  'accept-then-502',
  'accept-then-500',
  'accept-then-504',
  'reset-before-accept',
  'hang-before-accept',
  '500',
  '502',
  '503',
])

export const randomRules = (chances: Record<string, number>): { fault: string; probability: number }[] => {
  let left = 1
  // The rules are tried in order, each on what the former ones left over.
  return Object.entries(chances).map(([fault, chance]) => {
    const probability = chance / left
    left -= chance
    return { fault, probability }
  })
}

export const provider: Scenario = {
  id: 'F1',
  title: 'the provider',
  does:
    'By chance, on each send: 5 % accepted and the connection reset, 5 % accepted and never answered, 5 % accepted and answered 502 or 500, ' +
    '3 % reset before acceptance, 3 % 503 code 5, 1 % 503 of a gateway, 3 % accepted with a 201 that cannot be read.',
  kinds: Object.keys(PROVIDER_FAULTS),
  leastFaults: 6,
  simulatorEnv: { SIMULATOR_FAULTS: JSON.stringify({ random: randomRules(PROVIDER_FAULTS) }) },
  run: () => Promise.resolve(),
}

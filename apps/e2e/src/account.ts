export type Counts = {
  total: number
  pending: number
  processing: number
  sent: number
  failed: number
  cancelled: number
  unknown: number
}

export type SimulatorSummary = {
  accepted: number
  distinct: number
  duplicates: number
  tokenCalls: number
  rateLimited: number
  peakAcceptedPerSecond: number
  unitsSpent: number
}

export const readSimulator = async (url: string): Promise<SimulatorSummary> => {
  const response = await fetch(`${url}/_simulator/summary`, { signal: AbortSignal.timeout(10_000) })
  if (response.status !== 200) throw new Error(`the simulator answered ${response.status}`)
  return (await response.json()) as SimulatorSummary
}

export const sumOf = (counts: Counts): number =>
  counts.pending + counts.processing + counts.sent + counts.failed + counts.cancelled + counts.unknown

export const addCounts = (all: Counts[]): Counts => {
  const sum = { total: 0, pending: 0, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 }
  for (const counts of all) for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key]
  return sum
}

/** What is wrong with a finished account, one sentence each; empty when it balances. */
export const imbalances = (input: { recipients: number; counts: Counts; simulator: SimulatorSummary }): string[] => {
  const { recipients, counts, simulator } = input
  const problems: string[] = []
  if (counts.total !== recipients) problems.push(`${counts.total} SMS for ${recipients} recipients`)
  if (sumOf(counts) !== counts.total) problems.push(`the states sum to ${sumOf(counts)}, not to ${counts.total}`)
  if (counts.sent !== counts.total) problems.push(`${counts.total - counts.sent} of ${counts.total} SMS are not SENT`)
  if (simulator.accepted !== counts.sent) problems.push(`the simulator accepted ${simulator.accepted}, SENT are ${counts.sent}`)
  if (simulator.duplicates !== 0) problems.push(`${simulator.duplicates} duplicates at the simulator`)
  return problems
}

/**
 * Places of one process among its accounts: half of them equally, so that a slow answer to one account never stops another, and
 * half by their rates. Nobody gets less than one, so with more accounts than places the sum is above the total.
 */
export const shareConcurrency = (total: number, ratesPerSecond: readonly number[]): number[] => {
  const sum = ratesPerSecond.reduce((all, rate) => all + rate, 0)
  return ratesPerSecond.map((rate) => Math.max(1, Math.round(total / 2 / ratesPerSecond.length + (total / 2) * (rate / sum))))
}

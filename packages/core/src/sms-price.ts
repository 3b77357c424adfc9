/** What the account pays Orange for one part. */
export type SmsPrice = { unitPrice: number; currency: string }

export type MoneyAtStake = SmsPrice & { smsCount: number; parts: number; amount: number }

/** Of a sum of prices with up to 6 decimals: what binary fractions add to it is cut off. */
const DECIMALS = 6

/** Orange bills each part of each SMS. */
export const moneyAtStake = (price: SmsPrice, { smsCount, parts }: { smsCount: number; parts: number }): MoneyAtStake => ({
  unitPrice: price.unitPrice,
  currency: price.currency,
  smsCount,
  parts,
  amount: Number((parts * price.unitPrice).toFixed(DECIMALS)),
})

import { type DeliveryReceipt, phoneNumberOfAddress } from '@sms/core'
import { z } from 'zod'

/** What a column of text can hold: no NUL, no half of a character. */
const storable = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((value) => !value.includes('\0') && value.isWellFormed())

/** Orange sends one; to read a body full of nonsense must not hold up everybody else. */
const MOST_ITEMS = 1_000

const info = z.object({ address: z.unknown().optional(), deliveryStatus: storable(64) })
const notification = z.object({
  deliveryInfoNotification: z.object({
    callbackData: storable(255),
    // An object in Orange's documents, a list in the standard that they follow.
    deliveryInfo: z.union([z.array(info).min(1).max(MOST_ITEMS), info.transform((one) => [one])]),
  }),
})

export type ReadReceipts = { receipts: DeliveryReceipt[]; malformedCount: number }

/** One notification or a list of them. What is well-formed is taken whatever stands beside it; unknown fields are Orange's business. */
export const readReceipts = (body: string): ReadReceipts => {
  const value = parseJson(body)
  const items: unknown[] = Array.isArray(value) ? value : [value]
  if (items.length > MOST_ITEMS) return { receipts: [], malformedCount: items.length }
  const read = items.map((item) => notification.safeParse(item))
  return {
    receipts: read.flatMap(({ data }) => {
      if (data === undefined) return []
      const { callbackData: messageId, deliveryInfo } = data.deliveryInfoNotification
      return deliveryInfo.map(({ address, deliveryStatus: status }) => ({ messageId, phoneNumber: numberOf(address), status }))
    }),
    // Nothing at all is no receipt either.
    malformedCount: items.length === 0 ? 1 : read.filter(({ success }) => !success).length,
  }
}

/** The id is what counts: a number that cannot be read is left out. */
const numberOf = (address: unknown): string | null => (typeof address === 'string' ? phoneNumberOfAddress(address) : null)

const parseJson = (body: string): unknown => {
  try {
    // A byte order mark is no part of JSON, and some write one.
    return JSON.parse(body.replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

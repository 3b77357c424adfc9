import { SmsError } from '@sms/core'

/** Each upload holds a connection to PostgreSQL while it lasts: so many at once, of one user and of all. */
export const createUploadPlaces = ({ ofOne, ofAll }: { ofOne: number; ofAll: number }) => {
  const taken = new Map<string, number>()
  let total = 0

  return {
    /** Throws RATE_LIMITED. */
    take: (key: string): { release: () => void } => {
      const own = taken.get(key) ?? 0
      if (own >= ofOne || total >= ofAll) throw new SmsError('RATE_LIMITED', 'Too many uploads at once')
      taken.set(key, own + 1)
      total += 1
      return {
        release: () => {
          total -= 1
          const left = (taken.get(key) ?? 1) - 1
          if (left === 0) taken.delete(key)
          else taken.set(key, left)
        },
      }
    },
  }
}

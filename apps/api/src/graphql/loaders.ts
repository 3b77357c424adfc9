import type { MercuriusLoaders } from 'mercurius'
import { type PresentedBatch, type PresentedSms, remainingOf, timelineOf } from './present.ts'
import type { GraphqlService } from './service.ts'

type Asked<Parent> = readonly { obj: Parent }[]

/** Fields that need another look at the database: one query for all parents of an answer. */
export const createLoaders = (service: GraphqlService): MercuriusLoaders => ({
  Sms: {
    timeline: async (asked: Asked<PresentedSms>) => {
      const events = await service.sms.findEvents(asked.map(({ obj }) => BigInt(obj.id)))
      const bySms = Map.groupBy(events, ({ smsId }) => String(smsId))
      return asked.map(({ obj }) => timelineOf(obj, bySms.get(obj.id) ?? []))
    },
  },
  SmsBatch: {
    segment: async (asked: Asked<PresentedBatch>) => {
      const ids = new Set(asked.flatMap(({ obj }) => (obj.segmentId === null ? [] : [Number(obj.segmentId)])))
      const segments = ids.size === 0 ? [] : await service.contacts.findSegmentsById([...ids])
      const byId = new Map(segments.map(({ id, name }) => [String(id), { id: String(id), name }]))
      return asked.map(({ obj }) => byId.get(obj.segmentId ?? '') ?? null)
    },

    etaSeconds: async (asked: Asked<PresentedBatch>) => {
      const accounts = await service.accounts.findAll()
      const sending = new Set(accounts.filter(({ pausedReason }) => pausedReason === null).map(({ id }) => id))
      return asked.map(({ obj }) => {
        const runs = obj.status === 'ACTIVE' || obj.status === 'EXPANDING'
        const remaining = remainingOf(obj)
        return runs && remaining > 0 && sending.has(obj.accountId) ? Math.ceil(remaining / service.ratePerSecond) : null
      })
    },
  },
})

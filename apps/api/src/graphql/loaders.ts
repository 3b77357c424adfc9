import { moneyAtStake } from '@sms/core'
import type { MercuriusLoaders } from 'mercurius'
import type { GraphqlContext } from './context.ts'
import { etaSecondsOf } from './present-accounts.ts'
import type { PresentedBulkResult, PresentedSmsResult } from './present-sends.ts'
import { batchWarnings, smsWarnings } from './send-warnings.ts'
import { type PresentedBatch, type PresentedSms, remainingOf, timelineOf } from './present.ts'
import type { GraphqlService } from './service.ts'

type Asked<Parent> = readonly { obj: Parent }[]

/** Fields that need another look at the database: one query for all parents of an answer. */
export const createLoaders = (service: GraphqlService): MercuriusLoaders => ({
  Sms: {
    // Mercurius' own type of the context does not know what plugins/graphql.ts puts into it.
    timeline: async (asked: Asked<PresentedSms>, context: unknown) => {
      const { caller } = context as GraphqlContext
      const events = await service.sms.findEvents(asked.map(({ obj }) => BigInt(obj.id)))
      const bySms = Map.groupBy(events, ({ smsId }) => String(smsId))
      return asked.map(({ obj }) => timelineOf(obj, bySms.get(obj.id) ?? [], caller))
    },
  },
  SMSResult: {
    warnings: (asked: Asked<PresentedSmsResult>) => Promise.all(asked.map(({ obj }) => smsWarnings(service, obj))),
  },
  BulkSMSResult: {
    warnings: (asked: Asked<PresentedBulkResult>) =>
      batchWarnings(
        service,
        asked.map(({ obj }) => obj.batch),
      ),
  },
  SegmentSMSResult: {
    warnings: (asked: Asked<PresentedBulkResult>) =>
      batchWarnings(
        service,
        asked.map(({ obj }) => obj.batch),
      ),
  },
  SmsBatch: {
    cancellation: async (asked: Asked<PresentedBatch>) => {
      const ids = asked.flatMap(({ obj }) => (obj.status === 'CANCELLED' ? [BigInt(obj.id)] : []))
      const receipts = ids.length === 0 ? [] : await service.control.control.findReceipts(ids)
      const byId = new Map(receipts.map((receipt) => [String(receipt.batchId), receipt]))
      return asked.map(({ obj }) => byId.get(obj.id) ?? null)
    },

    warnings: (asked: Asked<PresentedBatch>) =>
      batchWarnings(
        service,
        asked.map(({ obj }) => obj),
      ),

    segment: async (asked: Asked<PresentedBatch>) => {
      const ids = new Set(asked.flatMap(({ obj }) => (obj.segmentId === null ? [] : [Number(obj.segmentId)])))
      const segments = ids.size === 0 ? [] : await service.contacts.findSegmentsById([...ids])
      const byId = new Map(segments.map(({ id, name }) => [String(id), { id: String(id), name }]))
      return asked.map(({ obj }) => byId.get(obj.segmentId ?? '') ?? null)
    },

    // From its own counters: nothing more is read.
    unknownAtStake: async (asked: Asked<PresentedBatch>) =>
      asked.map(({ obj: { counts, parts } }) =>
        counts.unknown === 0
          ? null
          : moneyAtStake(service.resolve.price, { smsCount: counts.unknown, parts: counts.unknown * parts }),
      ),

    etaSeconds: async (asked: Asked<PresentedBatch>) => {
      const accounts = await service.accounts.findAll()
      return asked.map(({ obj }) => {
        const runs = obj.status === 'ACTIVE' || obj.status === 'EXPANDING'
        // Several accounts send at once: together they need at least so long.
        const theirs = accounts.filter(({ id }) => id === obj.accountId || obj.otherAccountIds.includes(id))
        return runs ? etaSecondsOf(remainingOf(obj), theirs, service.defaultAccount) : null
      })
    },
  },
})

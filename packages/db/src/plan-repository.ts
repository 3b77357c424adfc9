import { NUMBERS_PER_CHUNK, type PlanDirectory, type PlannedGroup, type PlanReader, type SendFingerprint } from '@sms/core'
import type { Database } from './client.ts'
import { audienceSql } from './sql/accept.ts'
import {
  audienceGroupsSql,
  audienceOptedOutSql,
  type Chosen,
  listGroupsSql,
  optedOutSql,
  SUPPRESSIONS_LOOKED_AT,
} from './sql/plan.ts'
import { type Route, routesSql } from './sql/route.ts'

export const createPlanRepository = (db: Database): PlanReader & PlanDirectory => {
  const choose = async (route: { userId: number; accountId: number; isAccountNamed: boolean }): Promise<Chosen> => ({
    userId: route.userId,
    accountId: route.accountId,
    routes: route.isAccountNamed ? [] : await db.$queryRaw<Route[]>(routesSql()),
  })
  return {
    readList: async (route, numbers) => {
      const chosen = await choose(route)
      const optedOut: number[] = []
      const groups: PlannedGroup[] = []
      for (const [turn, chunk] of numbers.chunks.entries()) {
        const places = await db.$queryRaw<{ place: number }[]>(optedOutSql(route.userId, chunk))
        for (const { place } of places) optedOut.push(turn * NUMBERS_PER_CHUNK + place)
        groups.push(...(await db.$queryRaw<PlannedGroup[]>(listGroupsSql(chosen, chunk))))
      }
      return { optedOut, groups }
    },

    readAudience: async (route, audience) => {
      const chosen = await choose(route)
      const [found] = await db.$queryRaw<{ announced: number; bound: bigint | null }[]>(
        audienceSql({ segmentId: audience.segmentId, userId: audience.ownerId }),
      )
      const [out] = await db.$queryRaw<{ lookedAt: number; optedOut: number }[]>(audienceOptedOutSql(route.userId, audience))
      const groups = await db.$queryRaw<PlannedGroup[]>(audienceGroupsSql(chosen, audience))
      return {
        announced: found?.announced ?? 0,
        bound: found?.bound ?? null,
        optedOutCount: out?.optedOut ?? 0,
        isOptedOutExact: (out?.lookedAt ?? 0) <= SUPPRESSIONS_LOOKED_AT,
        groups,
      }
    },

    // Written by `savePlan` alone, so of its form.
    findPlan: async (userId, planId) => {
      const row = await db.sendPlan.findFirst({ where: { id: planId, userId }, select: { fingerprint: true, expiresAt: true } })
      return row && { fingerprint: row.fingerprint as unknown as SendFingerprint, expiresAt: row.expiresAt }
    },

    savePlan: async ({ id, userId, fingerprint, expiresAt }) => {
      await db.sendPlan.create({ data: { id, userId, fingerprint, expiresAt }, select: { id: true } })
    },
  }
}

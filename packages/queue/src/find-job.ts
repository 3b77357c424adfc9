import type { SmsJob } from '@sms/core'
import { jobIdOf } from './job-catalog.ts'
import type { Window } from './window.ts'

/** A job as BullMQ has it. Null: it has none, or no more. */
export type JobFound = {
  id: string
  state: string
  addedAt: Date
  startedAt: Date | null
  endedAt: Date | null
  failure: string | null
}

export const findJob = async (window: Pick<Window, 'queueOf'>, accountId: number, job: SmsJob): Promise<JobFound | null> => {
  const found = await window.queueOf(accountId).getJob(jobIdOf(job))
  if (!found) return null
  return {
    id: jobIdOf(job),
    state: await found.getState(),
    addedAt: new Date(found.timestamp),
    startedAt: found.processedOn === undefined ? null : new Date(found.processedOn),
    endedAt: found.finishedOn === undefined ? null : new Date(found.finishedOn),
    // A code: errors thrown to BullMQ carry nothing else.
    failure: found.failedReason ?? null,
  }
}

import type { Caller, ReplayOperation } from '@sms/core'
import type { OperatorActRecord, SendingPause } from '@sms/db'

const idOrNull = (id: bigint | null): string | null => (id === null ? null : String(id))

export const presentOperation = (operation: ReplayOperation) => ({
  ...operation,
  id: String(operation.id),
  userId: String(operation.userId),
})

export const presentAct = (act: OperatorActRecord) => ({
  ...act,
  id: String(act.id),
  userId: String(act.userId),
  batchId: idOrNull(act.batchId),
  smsId: idOrNull(act.smsId),
})

/** That everything stands is for everybody who waits; who did it and why is for administrators. */
export const presentPause = (pause: SendingPause | null, { isAdmin }: Caller) =>
  pause && {
    pausedAt: pause.pausedAt,
    reason: isAdmin ? pause.reason : null,
    userId: isAdmin ? String(pause.userId) : null,
  }

import { type Caller, type SendInput, SmsError } from '@sms/core'
import { z } from 'zod'
import { intIdOf, NO_ID } from '../graphql/ids.ts'

const date = z.iso.datetime({ offset: true }).transform((value) => new Date(value))

/** The fields of the form, which stand before the file. Empty is absent. */
const fieldsSchema = z.strictObject({
  message: z.string().default(''),
  userId: z.string().optional(),
  senderName: z.string().optional(),
  account: z.string().optional(),
  scheduledAt: date.optional(),
  validUntil: date.optional(),
  priority: z
    .string()
    .regex(/^\d{1,2}$/)
    .transform(Number)
    .optional(),
  kind: z.enum(['PROMOTIONAL', 'TRANSACTIONAL']).optional(),
  template: z.enum(['true', 'false']).optional(),
  idempotencyKey: z.string().optional(),
  planId: z.string().optional(),
  /** Nothing is sent: the answer is the plan. */
  plan: z.enum(['true', 'false']).optional(),
})

/** Throws INVALID_INPUT with the field that is wrong. `idempotencyKey`: of the header, which wins over the field. */
export const readUploadFields = (
  given: ReadonlyMap<string, string>,
  { caller, idempotencyKey }: { caller: Caller; idempotencyKey: string | undefined },
): SendInput & { isPlan: boolean } => {
  const present = Object.fromEntries([...given].filter(([, value]) => value !== ''))
  const { success, data, error } = fieldsSchema.safeParse(present)
  if (!success) {
    // Of an unknown field not even the name: it may be a number that was put in the wrong place.
    const field = error.issues[0]?.path[0]
    throw new SmsError('INVALID_INPUT', 'A field of the form is malformed or unknown', {
      details: { field: field === undefined ? 'unknown' : String(field) },
    })
  }
  return {
    isPlan: data.plan === 'true',
    caller,
    userId: data.userId === undefined ? null : (intIdOf(data.userId) ?? NO_ID),
    message: data.message,
    idempotencyKey: idempotencyKey ?? data.idempotencyKey ?? null,
    options: {
      priority: data.priority ?? null,
      senderName: data.senderName ?? null,
      senderAccount: data.account ?? null,
      scheduledAt: data.scheduledAt ?? null,
      validUntil: data.validUntil ?? null,
      kind: data.kind ?? null,
      template: data.template !== 'false',
      planId: data.planId ?? null,
    },
  }
}

import { apiConfigSchema } from '@sms/runtime'
import { z } from 'zod'

/** The service's shared configuration, and what only this process needs; all of that has a default. */
export const configSchema = apiConfigSchema.safeExtend({
  SMS_SYNC_WAIT_MS: z
    .string()
    .trim()
    .regex(/^\d{1,6}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().max(60_000, 'is more than 60000'))
    .default(10_000)
    .meta({ description: 'milliseconds that sendSms waits for its outcome, 0 to 60000 (default 10000)', isShown: true }),
  GRAPHQL_INTROSPECTION: z
    .enum(['on', 'off'], 'is neither on nor off')
    .optional()
    .meta({ description: 'on or off (default off in production)', isShown: true }),
})

export type Config = z.output<typeof configSchema>

import { type ApiConfig, apiConfigSchema } from '@sms/runtime'

/** What this process reads of its environment. */
export const configSchema = apiConfigSchema
export type Config = ApiConfig

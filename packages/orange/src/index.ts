export { createOrangeProvider, type OrangeProvider, type OrangeProviderOptions } from './orange-provider.ts'
export type { SharedContracts } from './contracts-cache.ts'

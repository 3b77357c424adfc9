import { freezes } from './faults/freezes.ts'
import { kills } from './faults/kills.ts'
import { postgres } from './faults/postgres.ts'
import { provider } from './faults/provider.ts'
import { receipts } from './faults/receipts.ts'
import { redis } from './faults/redis.ts'
import { token } from './faults/token.ts'
import type { FaultId, Scenario } from './scenario.ts'

export const SCENARIOS: Record<FaultId, Scenario> = {
  F1: provider,
  F2: kills,
  F3: freezes,
  F4: redis,
  F5: postgres,
  F6: token,
  F7: receipts,
}

import type { Observer } from './observer.ts'
import type { Random } from './random.ts'
import type { System } from './systems.ts'

export type FaultId = 'F1' | 'F2' | 'F3' | 'F4' | 'F5' | 'F6' | 'F7'

export type Context = {
  system: System
  observer: Observer
  random: Random
  /** Waits until this share of the SMS was accepted; false: nothing moves any more. */
  progress: (share: number) => Promise<boolean>
  /** So many recipients that nobody has written to in this run. */
  newRecipients: (count: number) => string[]
  /** The API took these too. */
  expect: (phoneNumbers: string[]) => void
}

export type Scenario = {
  id: FaultId
  title: string
  /** For the report: what is done, in words. */
  does: string
  /** Every one must happen in the product's column. */
  kinds: string[]
  leastFaults: number
  /** What the system waits by design after a fault of this kind before it tries again, whatever the lease. */
  restsMs?: Record<string, number>
  /** Default: the settings' own. */
  ratePerSecond?: number
  simulatorEnv?: Record<string, string>
  /** Before the lists are sent: the system is idle. */
  before?: (context: Context) => Promise<void>
  run: (context: Context) => Promise<void>
}

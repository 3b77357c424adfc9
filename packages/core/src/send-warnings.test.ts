import { describe, expect, it } from 'vitest'
import { warningsOf } from './send-warnings.ts'

describe('a send that needs more units than are left', () => {
  it.each([
    [{ unitsLeft: 100, unitsWaiting: 0 }, 100, null],
    [{ unitsLeft: 100, unitsWaiting: 0 }, 101, 1],
    [{ unitsLeft: 100, unitsWaiting: 60 }, 60, 20],
    // What was promised already is not missing for this send twice.
    [{ unitsLeft: 100, unitsWaiting: 500 }, 60, 60],
    [{ unitsLeft: 0, unitsWaiting: 0 }, 1, 1],
    [{ unitsLeft: 10, unitsWaiting: -5 }, 11, 1],
    [null, 1_000_000, null],
    [{ unitsLeft: 0, unitsWaiting: 0 }, 0, null],
  ])('%j, %i needed: %s missing', (outlook, unitsNeeded, unitsMissing) => {
    expect(warningsOf(outlook, unitsNeeded)).toEqual(
      unitsMissing === null ? [] : [{ code: 'NOT_ENOUGH_UNITS', unitsNeeded, unitsMissing }],
    )
  })
})

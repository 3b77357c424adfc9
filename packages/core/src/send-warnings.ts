/** What a sender should know before an accepted send is carried out; nothing is refused for it. */
export type SendWarning = {
  code: 'NOT_ENOUGH_UNITS'
  /** Units that this send needs: recipients times parts. */
  unitsNeeded: number
  /** Units that are missing for it beside everything else that was accepted. */
  unitsMissing: number
}

/** `unitsLeft`: in the contracts, when they were last read. `unitsWaiting`: what is accepted still needs, this send left out. */
export type UnitsOutlook = { unitsLeft: number; unitsWaiting: number }

/** Null outlook: nobody has read the contracts yet, and nothing is known. */
export const warningsOf = (outlook: UnitsOutlook | null, unitsNeeded: number): SendWarning[] => {
  if (outlook === null || unitsNeeded <= 0) return []
  const unitsFree = Math.max(0, outlook.unitsLeft - Math.max(0, outlook.unitsWaiting))
  return unitsFree >= unitsNeeded ? [] : [{ code: 'NOT_ENOUGH_UNITS', unitsNeeded, unitsMissing: unitsNeeded - unitsFree }]
}

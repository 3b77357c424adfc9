/** Orange's SMS countries by the code that their numbers begin with; in contracts they stand in three letters. */
const COUNTRIES: readonly (readonly [dial: string, country: string])[] = [
  ['20', 'EGY'],
  ['216', 'TUN'],
  ['221', 'SEN'],
  ['223', 'MLI'],
  ['224', 'GIN'],
  ['225', 'CIV'],
  ['226', 'BFA'],
  ['227', 'NER'],
  ['231', 'LBR'],
  ['235', 'TCD'],
  ['236', 'CAF'],
  ['237', 'CMR'],
  ['243', 'COD'],
  ['245', 'GNB'],
  ['261', 'MDG'],
  ['267', 'BWA'],
  ['962', 'JOR'],
]

/** The country whose contracts an account sends under, from `tel:+2250000`; null when it is none of Orange's. */
export const contractCountryOf = (senderAddress: string): string | null =>
  COUNTRIES.find(([dial]) => senderAddress.startsWith(`tel:+${dial}`))?.[1] ?? null

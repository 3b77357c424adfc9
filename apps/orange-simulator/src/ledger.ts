/** One request as the simulator saw it. `atMs` is its own monotonic clock, from its start. */
export type LedgerEntry = {
  sequence: number
  atMs: number
  kind: 'send' | 'token' | 'contracts'
  /** The SMS was taken and billed, whatever the caller was told. */
  accepted: boolean
  /** What was answered; null when the caller got no status line. */
  status: number | null
  /** `accepted`, `rate-limited`, the fault's name, or Orange's error code. */
  outcome: string
  address: string | null
  message: string | null
  messageId: string | null
  tokenId: string | null
  /** Whose token it was; null: nobody's, or no valid one. */
  clientId: string | null
}

type Stored = Omit<LedgerEntry, 'sequence' | 'message'> & { text: number }

export type ClientSummary = {
  accepted: number
  tokenCalls: number
  rateLimited: number
  peakRequestsPerSecond: number
  firstAcceptedAtMs: number | null
  lastAcceptedAtMs: number | null
}

export type LedgerSummary = {
  requests: number
  accepted: number
  /** Different pairs of recipient and text among the accepted. */
  distinct: number
  /** Accepts beyond the first of their pair. */
  duplicates: number
  recipients: number
  tokenCalls: number
  rateLimited: number
  /** Send requests whose path held the sender address unescaped. */
  unescapedSenders: number
  unitsSpent: number
  peakAcceptedPerSecond: number
  peakRequestsPerSecond: number
  firstAcceptedAtMs: number | null
  lastAcceptedAtMs: number | null
  receipts: { delivered: number; refused: number; waiting: number }
  statuses: Record<string, number>
  outcomes: Record<string, number>
  /** By client id. */
  clients: Record<string, ClientSummary>
}

/** The most that ever fell into one sliding second; the window's tail only moves forward, so it is constant time. */
const createPeak = () => {
  const times: number[] = []
  let tail = 0
  let peak = 0
  return {
    add(atMs: number) {
      times.push(atMs)
      while ((times[tail] ?? atMs) <= atMs - 1000) tail += 1
      peak = Math.max(peak, times.length - tail)
    },
    value: () => peak,
    first: () => times[0] ?? null,
    last: () => times.at(-1) ?? null,
  }
}

const createClientAccount = () => {
  const requests = createPeak()
  const accepts = createPeak()
  const counts = { accepted: 0, tokenCalls: 0, rateLimited: 0 }
  return {
    add({ kind, accepted, outcome, atMs }: Pick<LedgerEntry, 'kind' | 'accepted' | 'outcome' | 'atMs'>) {
      if (kind === 'token') counts.tokenCalls += 1
      if (kind === 'send') requests.add(atMs)
      if (outcome === 'rate-limited') counts.rateLimited += 1
      if (!accepted) return
      counts.accepted += 1
      accepts.add(atMs)
    },
    summary: (): ClientSummary => ({
      ...counts,
      peakRequestsPerSecond: requests.value(),
      firstAcceptedAtMs: accepts.first(),
      lastAcceptedAtMs: accepts.last(),
    }),
  }
}

const countUp = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

/** Everything the simulator was asked and did, append-only; each entry costs the same however many there are. */
export const createLedger = () => {
  let entries: Stored[] = []
  let texts: string[] = []
  let textIndex = new Map<string, number>()
  let pairs = new Set<string>()
  let recipients = new Set<string>()
  let statuses = new Map<string, number>()
  let outcomes = new Map<string, number>()
  let clients = new Map<string, ReturnType<typeof createClientAccount>>()
  let requestPeak = createPeak()
  let acceptPeak = createPeak()
  let counts = { accepted: 0, duplicates: 0, tokenCalls: 0, rateLimited: 0, unescapedSenders: 0, unitsSpent: 0 }
  let receipts = { delivered: 0, refused: 0, waiting: 0 }

  /** A batch sends one text a million times: it is kept once. */
  const indexOfText = (text: string): number => {
    const known = textIndex.get(text)
    if (known !== undefined) return known
    texts.push(text)
    textIndex.set(text, texts.length - 1)
    return texts.length - 1
  }

  const clientOf = (clientId: string) => {
    const known = clients.get(clientId) ?? createClientAccount()
    clients.set(clientId, known)
    return known
  }

  const noteAccept = (address: string, text: number, atMs: number) => {
    counts.accepted += 1
    acceptPeak.add(atMs)
    recipients.add(address)
    const pair = `${text}/${address}`
    if (pairs.has(pair)) counts.duplicates += 1
    else pairs.add(pair)
  }

  return {
    add(entry: Omit<LedgerEntry, 'sequence'>) {
      const { message, ...rest } = entry
      const text = message === null ? -1 : indexOfText(message)
      entries.push({ ...rest, text })
      countUp(statuses, entry.status === null ? 'none' : String(entry.status))
      countUp(outcomes, entry.outcome)
      if (entry.kind === 'token') counts.tokenCalls += 1
      if (entry.kind === 'send') requestPeak.add(entry.atMs)
      if (entry.outcome === 'rate-limited') counts.rateLimited += 1
      if (entry.clientId !== null) clientOf(entry.clientId).add(entry)
      if (entry.accepted && entry.address !== null) noteAccept(entry.address, text, entry.atMs)
    },
    noteUnits(units: number) {
      counts.unitsSpent += units
    },
    noteUnescapedSender() {
      counts.unescapedSenders += 1
    },
    noteReceipt(change: Partial<typeof receipts>) {
      receipts.delivered += change.delivered ?? 0
      receipts.refused += change.refused ?? 0
      receipts.waiting += change.waiting ?? 0
    },
    /** Entries from sequence `since` on, at most `limit` of them. */
    read({ since = 0, limit = 100_000, acceptedOnly = false } = {}): { entries: LedgerEntry[]; next: number } {
      const found: LedgerEntry[] = []
      let sequence = Math.max(0, since)
      for (; sequence < entries.length && found.length < limit; sequence += 1) {
        const entry = entries[sequence]
        if (!entry || (acceptedOnly && !entry.accepted)) continue
        const { text, ...rest } = entry
        found.push({ sequence, ...rest, message: texts[text] ?? null })
      }
      return { entries: found, next: sequence }
    },
    summary(): LedgerSummary {
      return {
        requests: entries.length,
        ...counts,
        distinct: pairs.size,
        recipients: recipients.size,
        peakAcceptedPerSecond: acceptPeak.value(),
        peakRequestsPerSecond: requestPeak.value(),
        firstAcceptedAtMs: acceptPeak.first(),
        lastAcceptedAtMs: acceptPeak.last(),
        receipts: { ...receipts },
        statuses: Object.fromEntries(statuses),
        outcomes: Object.fromEntries(outcomes),
        clients: Object.fromEntries([...clients].map(([clientId, client]) => [clientId, client.summary()])),
      }
    },
    clear() {
      entries = []
      texts = []
      textIndex = new Map()
      pairs = new Set()
      recipients = new Set()
      statuses = new Map()
      outcomes = new Map()
      clients = new Map()
      requestPeak = createPeak()
      acceptPeak = createPeak()
      counts = { accepted: 0, duplicates: 0, tokenCalls: 0, rateLimited: 0, unescapedSenders: 0, unitsSpent: 0 }
      // Receipts on their way still arrive and are still counted down.
      receipts = { delivered: 0, refused: 0, waiting: receipts.waiting }
    },
  }
}
export type Ledger = ReturnType<typeof createLedger>

import {
  type BatchStatus,
  canMove,
  type ClaimRequest,
  type ClaimVerdict,
  isProof,
  lateMeaningOf,
  type Settlement,
  type SettleResult,
  type SmsCounts,
  type SmsJob,
  type SmsStatus,
  statusesBefore,
  type TransitionCause,
  type UnknownDecision,
} from '@sms/core'
import { MAX_ATTEMPTS, type SeenEvent, type SeenSms, type System } from './system.ts'

type Row = SeenSms & {
  isDue: boolean
  isLeaseOver: boolean
  /** Ten minutes since its claim. */
  hasRested: boolean
  isExpired: boolean
  /** By each decision of an operator, in their order. */
  supersededClaimIds: (string | null)[]
  lateClaimIds: string[]
  /** Of attempts that were given up, as receipts told. */
  inferredIds: string[]
  /** When its last attempt began, and the last one that an operator gave up while one of them may own an id that nobody knows. */
  beganAt: number
  givenUpAt: number | null
  /** Claims of which proof came, and with it the id under which they were accepted, if they were. */
  identifiedClaimIds: string[]
}

/** Of one message id, from its first word on. */
type Reported = { messageId: string; phoneNumber: string | null; firstAt: number }

type Candidate = { row: Row; kind: 'UNKNOWN' | 'SENT' | 'SUPERSEDED'; at: number }
type Batch = { id: bigint; status: BatchStatus; announced: number; counts: SmsCounts; isSwept: boolean; wasPaused: boolean }

const keyOf = (status: SmsStatus): keyof SmsCounts => status.toLowerCase() as keyof SmsCounts

/**
 * The model: what the statements of `packages/db` have to do, in the simplest way to say it. Each call is one step. It moves an SMS
 * only as the table in `packages/core` allows, and throws where it would not.
 */
export const createMemorySystem = (ids = { sms: counter(), batch: counter() }): System => {
  const rows = new Map<bigint, Row>()
  const batches = new Map<bigint, Batch>()
  const optedOut = new Set<string>()
  const account = { isBlocked: false, probeSmsId: null as bigint | null, isProbeDue: false }

  const reported = new Map<string, Reported>()
  const knownIds = new Set<string>()
  let lastTick = 0
  const tick = (): number => (lastTick += 1)

  const all = (): Row[] => [...rows.values()]
  const batchOf = (row: Row): Batch | undefined => (row.batchId === null ? undefined : batches.get(row.batchId))

  const move = (row: Row, cause: TransitionCause, to: SmsStatus): void => {
    if (!canMove(cause, row.status, to)) throw new Error(`${cause} moved SMS ${row.id} from ${row.status} to ${to}`)
    const batch = batchOf(row)
    if (batch) {
      // A cancelled batch has counted its waiting SMS as cancelled already.
      const counted = (status: SmsStatus) => keyOf(batch.status === 'CANCELLED' && status === 'PENDING' ? 'CANCELLED' : status)
      batch.counts[counted(row.status)] -= 1
      batch.counts[counted(to)] += 1
    }
    row.status = to
    row.inWindow &&= to === 'PROCESSING'
    if (to === 'SENT' || to === 'PENDING') row.errorCode = null
    row.isLeaseOver = false
    row.hasRested &&= to !== 'PROCESSING'
  }

  const completeOrReopen = (batch: Batch | undefined): void => {
    if (!batch || batch.status === 'CANCELLED') return
    const isDone = batch.counts.pending === 0 && batch.counts.processing === 0
    if (isDone) batch.status = 'COMPLETED'
    else if (batch.status === 'COMPLETED') batch.status = batch.wasPaused ? 'PAUSED' : 'ACTIVE'
  }

  const add = (phoneNumber: string, batchId: bigint | null): void => {
    const id = ids.sms()
    rows.set(id, {
      ...NEW,
      events: [],
      supersededClaimIds: [],
      lateClaimIds: [],
      inferredIds: [],
      identifiedClaimIds: [],
      id,
      batchId,
      phoneNumber,
    })
  }

  const isBusy = (row: Row, group: readonly Row[]): boolean =>
    group.some((other) => other.phoneNumber === row.phoneNumber && other.id < row.id) ||
    all().some((other) => other.phoneNumber === row.phoneNumber && other.status === 'PROCESSING')

  type Judged = {
    row: Row
    claimId: string
    verdict: 'HELD' | 'CLAIMED' | 'BATCH_CANCELLED' | 'EXPIRED' | 'OPTED_OUT' | 'PAUSED' | 'BUSY'
  }

  const judge = (row: Row, group: readonly Row[]): Judged['verdict'] => {
    const batch = batchOf(row)
    if (row.status === 'PROCESSING') return 'HELD'
    if (batch?.status === 'CANCELLED') return 'BATCH_CANCELLED'
    if (row.isExpired) return 'EXPIRED'
    if (optedOut.has(row.phoneNumber)) return 'OPTED_OUT'
    if (batch && batch.status !== 'ACTIVE') return 'PAUSED'
    if (account.isBlocked && account.probeSmsId !== row.id) return 'PAUSED'
    return isBusy(row, group) ? 'BUSY' : 'CLAIMED'
  }

  const carryOut = ({ row, claimId, verdict }: Judged): void => {
    switch (verdict) {
      case 'HELD':
        return
      case 'CLAIMED':
        move(row, 'claim', 'PROCESSING')
        row.attempts += 1
        row.claimId = claimId
        row.beganAt = tick()
        return
      case 'PAUSED':
      case 'BUSY':
        row.inWindow = false
        if (verdict === 'BUSY') row.isDue = false
        return
      case 'BATCH_CANCELLED':
      case 'EXPIRED':
      case 'OPTED_OUT':
        move(row, 'stop', 'CANCELLED')
        row.errorCode = verdict
    }
  }

  const claim = (requests: readonly ClaimRequest[]): ClaimVerdict[] => {
    const distinct = new Map(requests.toReversed().map((request) => [request.smsId, request]))
    const found = [...distinct.values()].flatMap(({ smsId, dispatch, claimId }) => {
      const row = rows.get(smsId)
      const isTheirs =
        row &&
        ((statusesBefore('claim', 'PROCESSING').includes(row.status) && row.dispatch === dispatch && row.inWindow) ||
          (row.status === 'PROCESSING' && row.claimId === claimId))
      return isTheirs ? [{ row, claimId }] : []
    })
    const group = found.map(({ row }) => row)
    const judged = found.map(({ row, claimId }) => ({ row, claimId, verdict: judge(row, group) }))
    judged.forEach(carryOut)
    judged.forEach(({ row }) => completeOrReopen(batchOf(row)))
    return requests.map(({ smsId, claimId }) =>
      verdictOf(
        smsId,
        judged.find((one) => one.claimId === claimId),
      ),
    )
  }

  const verdictOf = (smsId: bigint, judged: Judged | undefined): ClaimVerdict => {
    if (!judged) return { kind: 'stale', smsId }
    const { row, claimId, verdict } = judged
    const { batchId, phoneNumber, maxAttempts, attempts: attempt } = row
    if (verdict === 'PAUSED' || verdict === 'BUSY') return { kind: 'deferred', smsId, batchId, reason: verdict }
    if (verdict !== 'CLAIMED' && verdict !== 'HELD') return { kind: 'stopped', smsId, batchId, code: verdict }
    const content = { phoneNumber, message: 'Bonjour', senderName: null }
    return {
      kind: 'claimed',
      smsId,
      batchId,
      accountId: 1,
      claimId,
      attempt,
      maxAttempts,
      ...content,
      isProbe: account.isBlocked,
    }
  }

  const settleOne = (settlement: Settlement): SettleResult => {
    const { smsId, claimId, outcome, givesAttemptBack, keepsJob, delayMs } = settlement
    const row = rows.get(smsId)
    if (!row) return { smsId, landed: 'refused', status: 'CANCELLED', batchId: null }
    const { batchId } = row
    if (row.claimId !== claimId) return { smsId, landed: 'refused', status: row.status, batchId }
    const to = settlement.to === 'PENDING' && batchOf(row)?.status === 'CANCELLED' ? 'CANCELLED' : settlement.to
    const cause = (['settle', 'late-proof'] as const).find((one) => statusesBefore(one, to).includes(row.status))
    if (cause === 'settle' || (cause === 'late-proof' && isProof(outcome))) {
      move(row, cause, to)
      row.attempts -= givesAttemptBack ? 1 : 0
      row.inWindow = to === 'PENDING' && keepsJob && cause === 'settle'
      row.isDue = delayMs === 0
      if (outcome.kind === 'accepted') setMessageId(row, outcome.messageId)
      else {
        row.errorCode = to === 'CANCELLED' ? 'BATCH_CANCELLED' : outcome.code
        row.events.push({ kind: outcome.kind, code: outcome.code })
      }
      completeOrReopen(batchOf(row))
    } else if (row.status === 'UNKNOWN' && outcome.kind === 'unknown' && row.errorCode === 'LEASE_EXPIRED') {
      if (outcome.code !== 'LEASE_EXPIRED') row.events.push({ kind: outcome.kind, code: outcome.code })
      row.errorCode = outcome.code
    }
    return { smsId, landed: contradicts(row, settlement) ? 'refused' : 'applied', status: row.status, batchId }
  }

  /** A receipt had spoken for it, and its worker knows better. */
  const contradicts = ({ status, messageId }: Row, { outcome }: Settlement): boolean =>
    status === 'SENT' &&
    isProof(outcome) &&
    (outcome.kind !== 'accepted' || (messageId !== null && outcome.messageId !== null && messageId !== outcome.messageId))

  const replayOne = (row: Row, includeUnknown: boolean): void => {
    const isUnknown = row.status === 'UNKNOWN'
    if (!isUnknown && row.status !== 'FAILED') return
    if (!isUnknown || includeUnknown) sendAgain(row)
  }

  const sendAgain = (row: Row): void => {
    const isUnproved = row.status === 'UNKNOWN' || row.errorCode === 'ASSUMED_NOT_SENT'
    if ((isUnproved && !row.hasRested) || batchOf(row)?.status === 'CANCELLED' || row.isExpired) return
    decide(row, row.status === 'UNKNOWN' ? 'operator' : 'replay', 'PENDING', 'REPLAYED')
    Object.assign(row, { maxAttempts: row.attempts + MAX_ATTEMPTS, isDue: true })
    const batch = batchOf(row)
    // A pause under which it completed is over for whoever sends it again.
    if (batch?.status === 'COMPLETED') batch.wasPaused = false
    completeOrReopen(batch)
  }

  const decide = (row: Row, cause: TransitionCause, to: SmsStatus, kind: string): void => {
    row.events.push({ kind, code: row.errorCode })
    if (row.status === 'UNKNOWN' && to !== 'SENT') row.givenUpAt = row.beganAt
    // Its refusal is evidence already.
    if (row.status === 'FAILED' && row.claimId !== null) row.lateClaimIds.push(row.claimId)
    move(row, cause, to)
    row.supersededClaimIds.push(row.claimId)
    row.claimId = null
  }

  const resolve = (row: Row, decision: UnknownDecision): void => {
    if (row.status !== 'UNKNOWN') return
    if (decision === 'SEND_AGAIN') return sendAgain(row)
    if (decision === 'ASSUME_SENT') return decide(row, 'operator', 'SENT', 'ASSUMED_SENT')
    decide(row, 'operator', 'FAILED', 'ASSUMED_NOT_SENT')
    row.errorCode = 'ASSUMED_NOT_SENT'
  }

  /** What is known to be accepted must not be sent once more. */
  const recordLate = (settlement: Settlement): void => {
    const row = rows.get(settlement.smsId)
    if (!row) return
    const superseded = row.supersededClaimIds
    const story = { supersededClaimId: superseded.at(-1) ?? null, wasSuperseded: superseded.includes(settlement.claimId) }
    const meaning = lateMeaningOf({ ...row, ...story }, settlement)
    if (meaning === 'REPEATED' || meaning === 'STRAY' || row.lateClaimIds.includes(settlement.claimId)) return
    row.lateClaimIds.push(settlement.claimId)
    // Accepted without an id, it still owns the id that a receipt may bring.
    const isIdentified =
      isProof(settlement.outcome) && !(settlement.outcome.kind === 'accepted' && settlement.outcome.messageId === null)
    if (isIdentified) row.identifiedClaimIds.push(settlement.claimId)
    if (givenUpCount(row) === 0) row.givenUpAt = null
    if (settlement.outcome.kind !== 'accepted') return
    const { messageId } = settlement.outcome
    if (meaning === 'CONFIRMED') confirm(row, messageId)
    else closeAccepted(row)
    if (messageId !== null) knownIds.add(messageId)
  }

  const givenUpCount = ({ supersededClaimIds, identifiedClaimIds }: Row): number =>
    supersededClaimIds.filter((claimId) => claimId !== null && !identifiedClaimIds.includes(claimId)).length

  /** Who was given this id, another SMS or an attempt of this one that was given up, takes the other one in exchange. */
  const confirm = (row: Row, messageId: string | null): void => {
    if (messageId === null) return
    const had = row.messageId
    const other = all().find((one) => one !== row && one.messageId === messageId)
    const ofItself = row.inferredIds.indexOf(messageId)
    if (other) other.messageId = had
    else if (ofItself >= 0 && had !== null) row.inferredIds[ofItself] = had
    else if (had !== null) knownIds.delete(had)
    setMessageId(row, messageId)
  }

  const setMessageId = (row: Row, messageId: string | null): void => {
    row.messageId = messageId
    if (messageId !== null) knownIds.add(messageId)
  }

  const closeAccepted = (row: Row): void => {
    if (row.status === 'SENT' || row.status === 'CANCELLED') return
    row.isExpired = true
    if (row.status === 'FAILED') row.errorCode = 'ACCEPTED_LATE'
  }

  /** By elimination: as many ids as attempts of one kind that may own them, each begun before, and nothing on the wire. */
  const concludeAbout = (phoneNumber: string): void => {
    const theirs = all().filter((row) => row.phoneNumber === phoneNumber)
    const unknownIds = [...reported.values()].filter((one) => one.phoneNumber === phoneNumber && !knownIds.has(one.messageId))
    const lastAt = Math.max(...unknownIds.map(({ firstAt }) => firstAt))
    const candidates = theirs
      .flatMap((row): Candidate[] => [
        ...((row.status === 'UNKNOWN' || row.status === 'SENT') && row.messageId === null && row.beganAt < lastAt
          ? [{ row, kind: row.status, at: row.beganAt }]
          : []),
        // The last that was given up stands for all of them, also for those that began before the receipt.
        ...(row.givenUpAt === null ? [] : [{ row, kind: 'SUPERSEDED' as const, at: row.givenUpAt }]),
      ])
      .toSorted((a, b) => a.at - b.at)
    const orphans = unknownIds.filter(({ firstAt }) => firstAt > (candidates[0]?.at ?? 0))
    const mayOwnSeveral = candidates.some(({ row, kind }) => kind === 'SUPERSEDED' && givenUpCount(row) > 1)
    const isClear =
      (candidates.length === 1 || !mayOwnSeveral) &&
      candidates.length === orphans.length &&
      // Of one kind, or the attempts of one SMS.
      (new Set(candidates.map(({ kind }) => kind)).size === 1 || new Set(candidates.map(({ row }) => row)).size === 1) &&
      !theirs.some(({ status }) => status === 'PROCESSING')
    const pairs = orphans
      .toSorted((a, b) => a.firstAt - b.firstAt)
      .map((orphan, place) => ({ orphan, candidate: candidates[place] }))
    if (!isClear || pairs.some(({ orphan, candidate }) => !candidate || orphan.firstAt < candidate.at)) return
    for (const { orphan, candidate } of pairs) {
      const isTwice = candidates.filter(({ row }) => row === candidate?.row).length > 1
      if (candidate) prove(candidate, orphan.messageId, isTwice)
    }
  }

  /** `isTwice`: the last attempt of its SMS is proved with it. */
  const prove = ({ row, kind }: Candidate, messageId: string, isTwice: boolean): void => {
    if (kind === 'SUPERSEDED') {
      row.events.push({ kind: row.status === 'SENT' || isTwice ? 'DUPLICATE_ACCEPTED' : 'ACCEPTED_LATE', code: row.errorCode })
      if (givenUpCount(row) <= 1) row.givenUpAt = null
      if (!isTwice) closeAccepted(row)
      row.inferredIds.push(messageId)
      knownIds.add(messageId)
      return
    }
    row.events.push({ kind: kind === 'UNKNOWN' ? 'RECEIPT_PROOF' : 'CONFIRMED', code: row.errorCode })
    if (kind === 'UNKNOWN') move(row, 'late-proof', 'SENT')
    setMessageId(row, messageId)
  }

  const take = (row: Row): SmsJob => {
    row.dispatch += 1
    row.inWindow = true
    return { smsId: row.id, dispatch: row.dispatch }
  }
  const waiting = (): Row[] =>
    all().filter((row) => {
      const batch = batchOf(row)
      return row.status === 'PENDING' && !row.inWindow && row.isDue && (!batch || batch.status === 'ACTIVE')
    })

  const sweepBatch = (batch: Batch): void => {
    for (const row of all()) {
      if (row.batchId !== batch.id || row.status !== 'PENDING') continue
      move(row, 'stop', 'CANCELLED')
      row.errorCode = 'BATCH_CANCELLED'
    }
    batch.isSwept = batch.counts.processing === 0
  }

  const setStatus = (id: bigint, from: readonly BatchStatus[], to: BatchStatus): Batch | null => {
    const batch = batches.get(id)
    if (!batch || !from.includes(batch.status)) return null
    batch.status = to
    batch.wasPaused = to === 'PAUSED'
    return batch
  }

  /** Each call is one step: nothing is awaited within. */
  const step =
    <Input extends unknown[], Output>(act: (...input: Input) => Output) =>
    (...input: Input): Promise<Output> =>
      new Promise((resolve) => {
        resolve(act(...input))
      })

  return {
    acceptList: step((phoneNumbers) => {
      const wanted = phoneNumbers.filter((phoneNumber) => !optedOut.has(phoneNumber))
      if (wanted.length === 0) return
      const id = ids.batch()
      const counts = { pending: wanted.length, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 }
      batches.set(id, { id, status: 'ACTIVE', announced: wanted.length, counts, isSwept: false, wasPaused: false })
      wanted.forEach((phoneNumber) => add(phoneNumber, id))
    }),
    acceptSingle: step((phoneNumber) => {
      const isOpen = ({ status }: Row) => status === 'PENDING' || status === 'PROCESSING' || status === 'UNKNOWN'
      const isRepeated = all().some((row) => row.batchId === null && row.phoneNumber === phoneNumber && isOpen(row))
      if (!isRepeated && !optedOut.has(phoneNumber)) add(phoneNumber, null)
    }),
    cancel: step((id) => {
      const batch = setStatus(id, ['ACTIVE', 'PAUSED'], 'CANCELLED')
      if (!batch) return
      batch.counts.cancelled += batch.counts.pending
      batch.counts.pending = 0
    }),
    pause: step((id) => void setStatus(id, ['ACTIVE'], 'PAUSED')),
    resume: step((id) => completeOrReopen(setStatus(id, ['PAUSED'], 'ACTIVE') ?? undefined)),
    optOut: step((phoneNumber) => void optedOut.add(phoneNumber)),
    block: step(() => {
      if (!account.isBlocked) Object.assign(account, { isBlocked: true, probeSmsId: null, isProbeDue: false })
    }),
    unblock: step(() => void Object.assign(account, { isBlocked: false, probeSmsId: null })),
    dispatch: step(() => (account.isBlocked ? [] : waiting().map(take))),
    probe: step(() => {
      const [candidate] = waiting()
      if (!account.isBlocked || !account.isProbeDue || !candidate) return []
      Object.assign(account, { probeSmsId: candidate.id, isProbeDue: false })
      return [take(candidate)]
    }),
    undispatch: step((jobs) => {
      for (const { smsId, dispatch } of jobs) {
        const row = rows.get(smsId)
        if (row?.status === 'PENDING' && row.dispatch === dispatch) row.inWindow = false
      }
    }),
    emptyRedis: step(() => all().forEach((row) => (row.inWindow &&= row.status !== 'PENDING'))),
    claim: step(claim),
    settle: step((settlements) => settlements.map(settleOne)),
    recordLate: step(recordLate),
    findExpired: step(() =>
      all()
        .filter((row) => row.status === 'PROCESSING' && row.isLeaseOver)
        .map(({ id, claimId, attempts }) => ({ smsId: id, claimId: claimId ?? '', attempt: attempts })),
    ),
    sweep: step(() => [...batches.values()].filter((one) => one.status === 'CANCELLED' && !one.isSwept).forEach(sweepBatch)),
    replay: step((includeUnknown) => all().forEach((row) => replayOne(row, includeUnknown))),
    replayJob: step(({ smsId, dispatch }) => {
      const row = rows.get(smsId)
      if (row?.dispatch === dispatch) replayOne(row, false)
    }),
    resolveUnknown: step((decision) => all().forEach((row) => resolve(row, decision))),
    storeReceipt: step(({ messageId, phoneNumber }) => {
      if (!reported.has(messageId)) reported.set(messageId, { messageId, phoneNumber, firstAt: tick() })
    }),
    matchReceipts: step(() => new Set(all().map(({ phoneNumber }) => phoneNumber)).forEach(concludeAbout)),
    endLease: step((claimId) => {
      for (const row of all()) if (row.status === 'PROCESSING' && row.claimId === claimId) row.isLeaseOver = true
    }),
    passTime: step(() => {
      for (const row of all()) Object.assign(row, { isDue: true, hasRested: true, isLeaseOver: row.status === 'PROCESSING' })
      account.isProbeDue = account.isBlocked
    }),
    expire: step((id) => void Object.assign(rows.get(id) ?? {}, { isExpired: true })),
    observe: step(() => ({
      sms: all().map(seenOf),
      batches: [...batches.values()].map(({ id, status, announced, isSwept, counts }) => ({
        id,
        status,
        announced,
        isSwept,
        counts: { ...counts },
      })),
      account: { isBlocked: account.isBlocked, probeSmsId: account.probeSmsId },
    })),
  }
}

const seenOf = (row: Row): SeenSms => {
  const { id, batchId, phoneNumber, status, attempts, maxAttempts, dispatch, inWindow, claimId, errorCode, messageId } = row
  const events = row.events.map((event): SeenEvent => ({ ...event }))
  return { id, batchId, phoneNumber, status, attempts, maxAttempts, dispatch, inWindow, claimId, errorCode, messageId, events }
}

export const counter = (): (() => bigint) => {
  let last = 0n
  return () => (last += 1n)
}

const NEW = {
  status: 'PENDING',
  attempts: 0,
  maxAttempts: MAX_ATTEMPTS,
  dispatch: 0,
  inWindow: false,
  claimId: null,
  errorCode: null,
  messageId: null,
  isDue: true,
  isLeaseOver: false,
  hasRested: false,
  isExpired: false,
  beganAt: 0,
  givenUpAt: null,
} as const satisfies Partial<Row>

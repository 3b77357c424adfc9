import { closeAccepted, givenUpCount, type MemoryState, type Row } from './memory-state.ts'

type Candidate = { row: Row; kind: 'UNKNOWN' | 'SENT' | 'SUPERSEDED'; at: number }

/** What follows from receipts, in the model. */
export const createMemoryReceipts = ({ all, reported, knownIds, move, setMessageId }: MemoryState) => {
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

  return { concludeAbout }
}

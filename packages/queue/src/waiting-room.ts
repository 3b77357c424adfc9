/**
 * Where requests for a slot meet. All that ask in the same turn of the event loop ask together; of those whose slot is too far, a
 * few may wait here for the next one instead of sending their job back to the queue. At high rates that is what keeps a worker
 * busy: to bring a job back takes as long as dozens of slots. At low ones nobody waits here, so that an urgent job finds a place.
 */
export type WaitingRoom<Request> = {
  ask(accountId: number, request: Request): void
  /** False: there is no place, or it would take too long. */
  enter(accountId: number, request: Request, inMs: number): boolean
}

/** As many wait as this time has slots. */
const PLACES_MS = 50

const LONGEST_WAIT_MS = 250

export const createWaitingRoom = <Request>(
  ratePerSecond: number,
  askFor: (accountId: number, requests: readonly Request[]) => void,
): WaitingRoom<Request> => {
  const places = Math.floor((ratePerSecond * PLACES_MS) / 1_000)
  const asking = new Map<number, Request[]>()
  let waitingCount = 0

  const ask = (accountId: number, request: Request): void => {
    const group = asking.get(accountId)
    if (group) {
      group.push(request)
      return
    }
    const started = [request]
    asking.set(accountId, started)
    setImmediate(() => {
      asking.delete(accountId)
      askFor(accountId, started)
    })
  }

  return {
    ask,
    enter: (accountId, request, inMs) => {
      if (inMs > LONGEST_WAIT_MS || waitingCount >= places) return false
      waitingCount += 1
      setTimeout(() => {
        waitingCount -= 1
        ask(accountId, request)
      }, inMs)
      return true
    },
  }
}

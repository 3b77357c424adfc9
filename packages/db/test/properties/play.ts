import type { Command, Sequence } from './command.ts'
import { checkBalance, checkRound } from './promises.ts'
import type { SmsJob } from '@sms/core'
import type { Observation, System } from './system.ts'
import { createWorld, type World } from './world.ts'

/** Enough for every attempt of three numbers that are on the wire one after the other. */
const MOST_DRAINS = 12

/**
 * Plays a sequence: the commands of a round at once, then a look at everything. At last whatever is left must be able to end.
 * `sequenceNumber` keeps its claim ids apart from others in the same database.
 */
export const play = async (system: System, sequence: Sequence, sequenceNumber: number): Promise<void> => {
  const world = createWorld(system, sequenceNumber)
  for (const round of sequence.rounds) await playRound(world, round)
  if (sequence.workersSurvive && world.holds.length > 0)
    await playRound(world, [{ do: 'settle', holds: world.holds.map((_, place) => place) }])
  if (sequence.reportsArrive) await report(world)
  await drain(world)
}

const playRound = async (world: World, round: World['issued']): Promise<void> => {
  world.round += 1
  world.issued = round
  const atOnce = round.filter((command) => command.do !== 'passTime')
  const ends = await Promise.allSettled([...atOnce.map((command) => world.run(command)), world.observe().then(checkBalance)])
  // All have come to an end before anything is said: a failure leaves nothing under way behind it.
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  // No statement takes a quarter of an hour.
  if (atOnce.length < round.length) await world.run({ do: 'passTime' })
  await look(world)
}

const look = async (world: World): Promise<void> => {
  const now = await world.observe()
  checkRound(world, now)
  world.seen = now
}

/** The provider reports on all whose acceptance nobody read; what it proves needs no operator. */
const report = async (world: World): Promise<void> => {
  world.round += 1
  world.issued = []
  for (const [hold, { settlement }] of world.holds
    .filter(({ isAccepted }) => isAccepted)
    .toReversed()
    .entries())
    if (settlement?.outcome.kind !== 'accepted' || settlement.outcome.messageId === null)
      await playNext(world, { do: 'report', hold, word: 'DeliveredToTerminal' })
  await playNext(world, { do: 'passTime' })
  await playNext(world, { do: 'recover' })
  await playNext(world, { do: 'matchReceipts' })
  await look(world)
}

/** Every crash is over, every pause is lifted, the provider accepts: all must end. */
const drain = async (world: World): Promise<void> => {
  for (let turn = 0; turn < MOST_DRAINS; turn += 1) {
    if (turn > 0 && hasEnded(world.seen)) return
    world.round += 1
    world.issued = []
    const { batches } = world.seen
    const paused = batches.flatMap(({ status }, place) => (status === 'PAUSED' ? [batches.length - 1 - place] : []))
    for (const batch of paused) await playNext(world, { do: 'resume', batch })
    await playNext(world, { do: 'unblock' })
    await playNext(world, { do: 'passTime' })
    await playNext(world, { do: 'recover' })
    await playNext(world, { do: 'sweep' })
    await playNext(world, { do: 'replay', includeUnknown: true })
    await world.system.undispatch(jobsInWindow(world.seen))
    const known = world.jobs.length
    await playNext(world, { do: 'dispatch' })
    const jobs = world.jobs.slice(known).map((_, place) => place)
    await playNext(world, { do: 'work', jobs, answer: 'accepted', jitter: 0 })
    await look(world)
  }
  throw new Error('Everything can end: it did not')
}

const playNext = async (world: World, command: Command): Promise<void> => {
  world.issued = [...world.issued, command]
  await world.run(command)
}

const jobsInWindow = ({ sms }: Observation): SmsJob[] =>
  sms.filter(({ inWindow, status }) => inWindow && status === 'PENDING').map(({ id, dispatch }) => ({ smsId: id, dispatch }))

/** What may have been accepted stays UNKNOWN where an operator may not send it any more. */
const hasEnded = ({ sms, batches }: Observation): boolean =>
  sms.every(({ status }) => status !== 'PENDING' && status !== 'PROCESSING') &&
  batches.every(({ status, isSwept }) => status === 'COMPLETED' || (status === 'CANCELLED' && isSwept))

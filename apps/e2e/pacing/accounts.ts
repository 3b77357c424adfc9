import { type Postgres, spawnChild } from '@sms/devstack'
import { createCredentialsSealer } from '@sms/runtime'
import { CLIENT, file } from '../bench/load.ts'
import { APP_SECRET, openScene, rest, type Seen, sendsOf, type Scene } from './scene.ts'
import { type Pace, paceOf } from './starts.ts'

export type AccountFigure = { account: string; ratePerSecond: number; all: Pace; steady: Pace; refused: number }

const DEFAULT_RATE = 5
const OTHER_RATES = [20, 50]
const SETTLING_MS = 7_000

/** Three accounts at once in the same three workers, each with a rate, credentials and a simulator of its own. */
export const measureAccounts = async (postgres: Postgres, forMs: number): Promise<AccountFigure[]> => {
  const scene = await openScene(postgres, { SIMULATOR_TPS: String(DEFAULT_RATE) })
  try {
    const sizeOf = (rate: number): number => Math.ceil((rate * (forMs + SETTLING_MS + 20_000)) / 1_000)
    await scene.givenBatch({ size: sizeOf(DEFAULT_RATE) })
    const accounts = [{ name: 'default', ratePerSecond: DEFAULT_RATE, url: scene.simulatorUrl }]
    for (const [index, ratePerSecond] of OTHER_RATES.entries()) {
      const name = `account-${index + 2}`
      const url = await openSimulator(scene, ratePerSecond)
      const accountId = await givenAccount(scene, { name, ratePerSecond, url })
      await scene.givenBatch({ size: sizeOf(ratePerSecond), accountId, firstNumber: (index + 1) * 10_000_000 })
      accounts.push({ name, ratePerSecond, url })
    }
    await scene.startWorkers(3, { ORANGE_TPS: String(DEFAULT_RATE) })
    await rest(SETTLING_MS)
    const before = await Promise.all(accounts.map(({ url }) => sendsOf(url)))
    await rest(forMs)
    const after = await Promise.all(accounts.map(({ url }) => sendsOf(url)))
    const times = (entries: Seen[]): number[] => entries.map(({ atMs }) => atMs)
    return accounts.map(({ name, ratePerSecond }, index) => {
      const seen = after[index] ?? []
      return {
        account: name,
        ratePerSecond,
        all: paceOf(times(seen), ratePerSecond),
        steady: paceOf(times(seen.slice(before[index]?.length ?? 0)), ratePerSecond),
        refused: seen.filter(({ outcome }) => outcome === 'rate-limited').length,
      }
    })
  } finally {
    await scene.releases.release()
  }
}

const openSimulator = async (scene: Scene, ratePerSecond: number): Promise<string> => {
  const simulator = spawnChild({
    main: file('apps/orange-simulator/src/main.ts'),
    keepsTime: true,
    env: {
      PORT: '0',
      SIMULATOR_CLIENT_ID: CLIENT.id,
      SIMULATOR_CLIENT_SECRET: CLIENT.secret,
      SIMULATOR_TPS: String(ratePerSecond),
    },
  })
  scene.releases.push(() => simulator.release())
  return (JSON.parse(await simulator.waitForLine(/"listening"/)) as { listening: string }).listening
}

const givenAccount = async (scene: Scene, account: { name: string; ratePerSecond: number; url: string }): Promise<number> => {
  const { id } = await scene.db.senderAccount.create({
    data: { name: account.name, apiUrl: account.url, senderAddress: 'tel:+2250000', ratePerSecond: account.ratePerSecond },
  })
  const sealer = createCredentialsSealer({ secret: APP_SECRET })
  const sealedCredentials = sealer.seal(id, { clientId: CLIENT.id, clientSecret: CLIENT.secret })
  await scene.db.senderAccount.update({ where: { id }, data: { sealedCredentials, version: 1 } })
  return id
}

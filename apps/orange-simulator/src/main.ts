import { z } from 'zod'
import { simulatorOptionsFrom, type SimulatorOptions } from './config.ts'
import { openSimulator } from './server.ts'

/** Exit code for a configuration that cannot work (EX_CONFIG). */
const BAD_CONFIGURATION = 78

const readOptions = (): SimulatorOptions => {
  try {
    return simulatorOptionsFrom(process.env)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    for (const issue of error.issues) process.stderr.write(`${issue.path.join('.') || 'environment'}: ${issue.message}\n`)
    process.exit(BAD_CONFIGURATION)
  }
}

const simulator = await openSimulator(readOptions())
process.stdout.write(`${JSON.stringify({ listening: simulator.url })}\n`)

let isStopping = false
const stop = () => {
  if (isStopping) return
  isStopping = true
  void simulator.release().then(() => process.exit(0))
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

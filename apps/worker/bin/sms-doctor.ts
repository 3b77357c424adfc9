import { ConfigError, parseConfig, runCommand, workerConfigSchema } from '@sms/runtime'
import { DOCTOR_HELP, readDoctorArguments } from '../src/doctor-command/arguments.ts'
import { runDoctor, tellBadConfig } from '../src/doctor-command/run-doctor.ts'

// Looks at everything a worker needs, and says how to mend what is wrong.
const exit = await runCommand({
  name: 'sms:doctor',
  help: DOCTOR_HELP,
  read: readDoctorArguments,
  run: async (given) => {
    try {
      return await runDoctor(parseConfig(workerConfigSchema, process.env), given)
    } catch (error) {
      if (error instanceof ConfigError) return tellBadConfig(given, error.lines)
      throw error
    }
  },
})
// Prisma's engine leaves a timer behind that nobody can clear.
process.exit(exit)

import { readArguments, type Help, type Wrong } from '@sms/runtime'

export type DoctorArguments = { kind: 'doctor'; withoutOrange: boolean; asJson: boolean }

export const DOCTOR_HELP = `pnpm sms:doctor [--without-orange] [--json]
node apps/worker/bin/sms-doctor.ts …   where there is no pnpm

Looks at the configuration, Redis, PostgreSQL, the clocks, the limits of this process and the Orange accounts, and prints what it found with
how to mend it. Changes nothing; asks Orange for a token (unless one is shared already) and for the contracts, and sends nothing.

  --without-orange  does not ask Orange
  --json            the findings as JSON
  --help

Run it where the worker runs, with the worker's environment.
Exit: 0 nothing that must be mended, 2 something must, 64 wrong arguments, 78 the configuration is wrong (each problem is a finding).`

const OPTIONS = {
  'without-orange': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export const readDoctorArguments = (args: readonly string[]): DoctorArguments | Help | Wrong => {
  const read = readArguments(args, OPTIONS)
  if (read.kind === 'wrong') return read
  if (read.values.help) return { kind: 'help' }
  return { kind: 'doctor', withoutOrange: read.values['without-orange'], asJson: read.values.json }
}

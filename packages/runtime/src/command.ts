import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** What the exit code of a command says; the numbers are those of sysexits.h where it has one. The README's table is held to it. */
export const COMMAND_EXITS = {
  0: 'Done; for `sms:doctor`: nothing that must be mended.',
  1: 'It failed: a service did not answer, or something unexpected.',
  2: '`sms:doctor` found something that must be mended.',
  64: 'The arguments are wrong; nothing was done.',
  66: '`sms:inspect`: there is no such SMS or batch.',
  75: '`worker:drain --exclusive`: another one holds the lock, or took it over.',
  78: 'The configuration is wrong; nothing was done.',
} as const

export type CommandExit = keyof typeof COMMAND_EXITS

export type Wrong = { kind: 'wrong'; problem: string }
export type Help = { kind: 'help' }

export const wrong = (problem: string): Wrong => ({ kind: 'wrong', problem })

/** The values of a command line; `--help` is always known. Positionals are refused unless allowed. */
export const readArguments = <const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  rules: { allowPositionals?: boolean } = {},
) => {
  const { allowPositionals = false } = rules
  // pnpm hands a "--" of its caller on.
  const given = args[0] === '--' ? args.slice(1) : [...args]
  try {
    const parsed = parseArgs({ args: given, options, allowPositionals })
    return { kind: 'read' as const, values: parsed.values, positionals: parsed.positionals }
  } catch (error) {
    return wrong(error instanceof Error ? error.message : 'Wrong arguments')
  }
}

/** A whole number of an argument, or what is wrong with it. */
export const wholeArgument = (name: string, text: string, bounds: { min: number; max: number }): number | Wrong => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  const isWithin = value >= bounds.min && value <= bounds.max
  return isWithin ? value : wrong(`--${name} is not a whole number from ${bounds.min} to ${bounds.max}`)
}

export type CommandPort = {
  args: readonly string[]
  write: (line: string) => unknown
  writeError: (line: string) => unknown
}

const processPort = (): CommandPort => ({ args: process.argv.slice(2), write: console.log, writeError: console.error })

/**
 * A command from its arguments to its exit code. Nothing of an error is shown but its code and whether PostgreSQL is away: the message of a database error can quote
 * the row at fault.
 */
export const runCommand = async <Given extends { kind: string }>(
  command: {
    name: string
    help: string
    read: (args: readonly string[]) => Given | Help | Wrong
    run: (given: Exclude<Given, Help | Wrong>) => Promise<{ output: string; exit?: CommandExit }>
    /** Whether that is what this error means. */
    isDatabaseAway?: (error: unknown) => boolean
  },
  port: CommandPort = processPort(),
): Promise<CommandExit> => {
  const given = command.read(port.args)
  if (isHelp(given)) {
    port.write(command.help)
    return 0
  }
  if (isWrong(given)) {
    port.writeError(`${given.problem}\n\n${command.help}`)
    return 64
  }
  try {
    const { output, exit = 0 } = await command.run(given as Exclude<Given, Help | Wrong>)
    port.write(output)
    return exit
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL'
    const why = command.isDatabaseAway?.(error) === true ? ': PostgreSQL does not answer (DATABASE_URL)' : ''
    port.writeError(`${command.name} failed: ${/^\w{1,64}$/.test(code) ? code : 'INTERNAL'}${why}`)
    return 1
  }
}

const isHelp = (given: { kind: string }): given is Help => given.kind === 'help'
const isWrong = (given: { kind: string }): given is Wrong => given.kind === 'wrong'

/** Made for people and programs: ids are decimal strings, as in GraphQL. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part))

import { readArguments, wholeArgument } from '@sms/runtime'
import type { ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** Nothing was done; the message says which argument it is. */
export class WrongArguments extends Error {}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Options }>>['values'] & {
  help?: boolean
}

/**
 * A demo, a benchmark or a fault run, from its arguments to its exit code: 0 after `--help`, 64 with the problem and the help for wrong
 * arguments, which `run` may find too, else what `run` gives.
 */
export const commandLine =
  <const Options extends ParseArgsOptionsConfig>(command: {
    help: string
    options: Options
    run: (values: Values<Options>) => Promise<number>
  }) =>
  async (args: readonly string[]): Promise<number> => {
    const read = readArguments(args, { ...command.options, help: { type: 'boolean', short: 'h' } })
    try {
      if (read.kind === 'wrong') throw new WrongArguments(read.problem)
      const values = read.values as Values<Options>
      if (values.help !== true) return await command.run(values)
    } catch (error) {
      if (!(error instanceof WrongArguments)) throw error
      process.stderr.write(`${error.message}\n\n${command.help}`)
      return 64
    }
    process.stdout.write(command.help)
    return 0
  }

/** Throws WrongArguments. */
export const wholeNumber = (name: string, text: string, bounds: { min: number; max: number }): number => {
  const value = wholeArgument(name, text, bounds)
  if (typeof value !== 'number') throw new WrongArguments(value.problem)
  return value
}

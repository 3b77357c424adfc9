import type { z } from 'zod'

/** Variables as the process got them. Read `process.env` in `main.ts` only and pass it in. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `lines`: one for each problem, fit to print; none holds a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}

/** A problem's value is shown only for variables that say so: all others may hold a password or a phone number. */
export type VariableMeta = { description: string; isShown?: boolean }

type ConfigSchema = z.ZodObject<z.ZodRawShape>

/** EX_CONFIG of sysexits.h: the process manager need not try again before somebody changes something. */
export const BAD_CONFIG_EXIT_CODE = 78

const withoutEmpty = (env: Environment, names: string[]): Record<string, string> => {
  const present: Record<string, string> = {}
  for (const name of names) {
    const value = env[name]
    // Compose files and CI hand down an unset variable as an empty one.
    if (value !== undefined && value.trim() !== '') present[name] = value
  }
  return present
}

const metaOf = (schema: ConfigSchema, name: string): VariableMeta | undefined => {
  const field = schema.shape[name] as z.ZodType | undefined
  return field?.meta() as VariableMeta | undefined
}

const describeProblem = (schema: ConfigSchema, present: Record<string, string>, issue: z.core.$ZodIssue): string => {
  const name = String(issue.path[0] ?? 'configuration')
  const meta = metaOf(schema, name)
  const value = present[name]
  const expected = meta === undefined ? '' : `; expected ${meta.description}`
  if (value === undefined && issue.code !== 'custom') return `${name}: is missing${expected}`
  const shown = meta?.isShown === true && value !== undefined ? ` (it is ${JSON.stringify(value.slice(0, 60))})` : ''
  return `${name}: ${issue.message}${shown}${expected}`
}

/** Reads a configuration, or throws a ConfigError that names every problem at once. */
export const parseConfig = <S extends ConfigSchema>(schema: S, env: Environment): z.output<S> => {
  const present = withoutEmpty(env, Object.keys(schema.shape))
  const result = schema.safeParse(present)
  if (result.success) return result.data
  const lines = new Map<string, string>()
  for (const issue of result.error.issues) {
    // The first problem of a variable is the telling one; the rest follow from it.
    const name = String(issue.path[0])
    if (!lines.has(name)) lines.set(name, describeProblem(schema, present, issue))
  }
  throw new ConfigError([...lines.values()])
}

export type ExitPort = { write: (line: string) => unknown; exit: (code: number) => never }

const processExit: ExitPort = {
  write: (line) => process.stderr.write(line),
  exit: (code) => process.exit(code),
}

/** For `main.ts`, before anything is opened: the configuration, or every problem on a line of stderr and exit 78. */
export const exitOnBadConfig = <S extends ConfigSchema>(
  schema: S,
  env: Environment,
  port: ExitPort = processExit,
): z.output<S> => {
  try {
    return parseConfig(schema, env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const line of error.lines) port.write(`${line}\n`)
    return port.exit(BAD_CONFIG_EXIT_CODE)
  }
}

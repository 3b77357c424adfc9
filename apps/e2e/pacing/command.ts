import { readFile, writeFile } from 'node:fs/promises'
import { commandLine, WrongArguments } from '../src/command-line.ts'
import { type Figures, measurePart, noFigures, type Part, PARTS } from './figures.ts'
import { reportOf } from './report.ts'
import { openServer } from './scene.ts'

const HELP = `pnpm bench pacing [--quick] [--parts A,B] [--figures FILE] [--write FILE] [--json] [--help]

Measures at the simulator's clock how the workers keep the pace of a sender account, on servers of its own:
starts in each sliding second and the share of the rate that is used, BullMQ's own limiter beside it, several accounts
at once, calls for a token, how a small batch fares behind a huge one, and how long a single SMS waits.

  --parts A,B      only these: ${PARTS.join(', ')}
  --quick          shorter runs and a backlog of 50,000 instead of 1,000,000
  --figures FILE   figures measured before; those of this run take their place in it
  --write FILE     writes the report as Markdown: docs/pacing.md
  --json           prints the figures as JSON instead of the tables
`

const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name)

const readFigures = async (file: string): Promise<Figures> => {
  try {
    return { ...noFigures(), ...(JSON.parse(await readFile(file, 'utf8')) as Partial<Figures>) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return noFigures()
    throw error
  }
}

/** The exit code. */
export const runPacing = commandLine({
  help: HELP,
  options: {
    quick: { type: 'boolean', default: false },
    parts: { type: 'string', default: PARTS.join(',') },
    figures: { type: 'string' },
    write: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async (values) => {
    const parts = values.parts.split(',').filter((name) => name !== '')
    const unknown = parts.filter((name) => !isPart(name))
    if (unknown.length > 0) throw new WrongArguments(`--parts: there is no ${unknown.join(', ')}`)
    const figures = values.figures === undefined ? noFigures() : await readFigures(values.figures)
    const say = (line: string): void => void process.stderr.write(`${line}\n`)
    const postgres = await openServer()
    try {
      for (const part of parts.filter(isPart)) await measurePart(part, figures, { postgres, isQuick: values.quick, say })
    } finally {
      await postgres.release()
    }
    if (values.figures !== undefined) await writeFile(values.figures, `${JSON.stringify(figures)}\n`)
    if (values.write !== undefined) await writeFile(values.write, reportOf(figures))
    process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : reportOf(figures))
    return 0
  },
})

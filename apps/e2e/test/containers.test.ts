import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { apiConfigSchema, parseConfig, workerConfigSchema } from '@sms/runtime'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readDockerfile, type Stage } from './dockerfile.ts'

/** Where no engine is at hand, what a build or a start would trip over is read from the files. */
const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const read = (path: string): string => readFileSync(pathOf(path), 'utf8')

type Manifest = { dependencies?: Record<string, string> }
type Service = {
  image: string
  build?: { context: string; dockerfile: string; target?: string }
  command?: string[]
  environment: Record<string, string | number>
  depends_on?: Record<string, { condition: string }>
  volumes?: string[]
  ports?: string[]
  profiles?: string[]
  stop_grace_period?: string
  [setting: string]: unknown
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }
const serviceOf = (name: string): Service => compose.services[name] as Service

/** Which image is which stage of which file, and the folder whose production dependencies it needs. */
const IMAGES = [
  { name: 'api', dockerfile: 'apps/api/Dockerfile', stage: 'api', folder: 'apps/api', port: 3000 },
  { name: 'migrate', dockerfile: 'apps/api/Dockerfile', stage: 'migrate', folder: 'packages/db', port: null },
  { name: 'worker', dockerfile: 'apps/worker/Dockerfile', stage: 'worker', folder: 'apps/worker', port: 3001 },
  {
    name: 'orange-simulator',
    dockerfile: 'apps/orange-simulator/Dockerfile',
    stage: 'orange-simulator',
    folder: 'apps/orange-simulator',
    port: 3900,
  },
]
const APPS = IMAGES.filter(({ port }) => port !== null)

/** Folders of the packages that run with it, itself included. */
const madeOf = (folder: string): string[] => {
  const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as Manifest
  const own = Object.keys(dependencies).filter((name) => dependencies[name]?.startsWith('workspace:'))
  return [...new Set([folder, ...own.flatMap((name) => madeOf(name.replace('@sms/', 'packages/')))])].toSorted()
}

const patternOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]*').replaceAll('[^/]*[^/]*/', '(?:.*/)?')}$`)

/** As Docker reads it: the last pattern that matches a path or a folder above it decides. */
const reachesBuild = (path: string): boolean => {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const parts = path.split('/')
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  const last = patterns.findLast((pattern) => prefixes.some((prefix) => patternOf(pattern.replace('!', '')).test(prefix)))
  return last === undefined || last.startsWith('!')
}

const copiesOf = (stages: Stage[]) => stages.flatMap(({ copies }) => copies)

describe.each(IMAGES)('the image $name', ({ dockerfile, stage, folder }) => {
  const file = readDockerfile(read(dockerfile))
  const image = file.lineage(stage)

  it('copies nothing that is not there', () => {
    const sources = copiesOf(file.stages).filter(({ from }) => from === null)
    expect(sources.length).toBeGreaterThan(0)
    for (const { source } of sources) {
      expect(existsSync(pathOf(source)), source).toBe(true)
      expect(reachesBuild(source), `${source} is let in by .dockerignore`).toBe(true)
    }
    const names = file.stages.map(({ name }) => name)
    for (const [index, { copies }] of file.stages.entries()) {
      for (const { from } of copies) expect(from === null || names.slice(0, index).includes(from), String(from)).toBe(true)
    }
  })

  it('carries the sources of every package that runs in it, and the client that was generated for them', () => {
    const carried = new Set(copiesOf(image).map(({ target }) => target))
    for (const part of madeOf(folder)) {
      expect(carried, part).toContain(`${part}/src`)
      if (part === 'packages/db') expect(carried).toContain('packages/db/src/generated')
    }
    const script = image.findLast(({ command }) => command !== null)?.command?.at(-1) ?? ''
    expect(existsSync(pathOf(script)), script).toBe(true)
    expect([...carried].some((target) => script === target || script.startsWith(`${target}/`))).toBe(true)
  })

  it('ends as somebody who is not root, on a slim Node 24 in which nothing was installed', () => {
    expect(image[0]?.from).toMatch(/^node:24(\.\d+)*(-\w+)?-slim$/)
    const user = image.findLast((part) => part.user !== null)?.user
    expect(user).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/)
    expect(image.flatMap(({ runs }) => runs).filter((run) => !run.startsWith('rm -rf '))).toEqual([])
  })
})

describe.each(APPS)('the image $name', ({ dockerfile, stage, folder, port }) => {
  const file = readDockerfile(read(dockerfile))

  it('installs the production dependencies of exactly the packages it is made of', () => {
    const install = file.stages.find(({ runs }) => runs.some((run) => run.includes('pnpm install --prod')))
    const run = install?.runs.find((line) => line.includes('pnpm install'))
    expect(run).toContain(`--frozen-lockfile --ignore-scripts`)
    expect(run).toMatch(new RegExp(`--filter '@sms/${folder.replace('apps/', '')}\\.\\.\\.'`))
    const manifests = (install?.copies ?? []).map(({ source }) => source.replace('/package.json', ''))
    expect(manifests.toSorted()).toEqual(madeOf(folder))
    expect(copiesOf(file.lineage(stage))).toContainEqual({ from: install?.name, source: '/app', target: '.' })
  })

  it('is asked for its health by Node itself, on the port it exposes', () => {
    const last = file.lineage(stage).at(-1)
    expect(last?.health?.slice(0, 2)).toEqual(['node', '-e'])
    expect(last?.health?.[2]).toMatch(new RegExp(`^fetch\\(.+ \\|\\| ${port}\\}/`))
    expect(last?.ports).toEqual([String(port)])
  })

  it('is built by the pnpm that wrote the lock file', () => {
    const runs = file.stages.flatMap((part) => part.runs).filter((run) => run.startsWith('npm install'))
    expect(runs).toEqual([expect.stringContaining('packageManager')])
  })
})

/** The commands of the README, by the image that has their environment. */
const COMMANDS = [
  { name: 'api', commands: ['sms-cleanup', 'sms-inspect', 'sms-replay', 'sms-stats'] },
  { name: 'worker', commands: ['sms-doctor', 'worker-drain'] },
]

describe.each(COMMANDS)('the image $name', ({ name, commands }) => {
  const copied = copiesOf(readDockerfile(read(`apps/${name}/Dockerfile`)).lineage(name)).map(({ target }) => target)

  it('carries its commands and what they read, and no other tool', () => {
    const files = commands.map((command) => `apps/${name}/bin/${command}.ts`)
    expect(copied.filter((target) => target.startsWith(`apps/${name}/bin`)).toSorted()).toEqual(files)
    for (const file of files) {
      const imported = [...read(file).matchAll(/from '\.\.\/([^']+)'/g)].map(([, path]) => `apps/${name}/${path}`)
      expect(imported.length, file).toBeGreaterThan(0)
      for (const path of imported)
        expect(
          copied.some((target) => path.startsWith(`${target}/`)),
          path,
        ).toBe(true)
    }
  })
})

describe('the image worker', () => {
  it('carries the schema and the migrations with which the doctor compares the database', () => {
    const copied = copiesOf(readDockerfile(read('apps/worker/Dockerfile')).lineage('worker')).map(({ target }) => target)
    expect(copied).toEqual(expect.arrayContaining(['prisma/schema.prisma', 'prisma/migrations']))
    expect(read('apps/worker/src/doctor-command/run-doctor.ts')).toContain("'../../../../prisma/'")
  })
})

describe('.dockerignore', () => {
  it.each(['.env', 'apps/api/.env.local', '.git/config', 'dump.sql', 'node_modules/pg/index.js', 'apps/api/node_modules/x.js'])(
    'keeps %s out of a build',
    (path) => expect(reachesBuild(path)).toBe(false),
  )

  it('keeps what the image makes for itself and the tests out of a build', () => {
    expect(reachesBuild('packages/db/src/generated/client.ts')).toBe(false)
    expect(reachesBuild('packages/core/src/message.test.ts')).toBe(false)
    expect(reachesBuild('apps/worker/test/sends.test.ts')).toBe(false)
    expect(reachesBuild('apps/api/src/graphql/resolver-types.generated.ts')).toBe(true)
  })
})

/** What Compose itself decides: the addresses of the containers, and production. */
const DECIDED = {
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  PORT: 3000,
  WORKER_PORT: 3001,
  REDIS_URL: 'redis://redis:6379/0',
}
/** Variables of one process alone stand in its config.ts. */
const ownNames = (path: string): string[] => [...read(path).matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => String(name))

const SERVICES = [
  { name: 'api', schema: apiConfigSchema, own: ownNames('apps/api/src/config.ts') },
  { name: 'worker', schema: workerConfigSchema, own: [] },
]

describe.each(SERVICES)('the service $name of docker-compose.yml', ({ name, schema, own }) => {
  const { environment } = serviceOf(name)
  const required = new Set(schema.safeParse({}).error?.issues.map(({ path }) => String(path[0])))

  it('is given every variable that it reads, and no other', () => {
    expect(Object.keys(environment).toSorted()).toEqual([...Object.keys(schema.shape), ...own].toSorted())
  })

  it('takes each of them from outside, by its name; one without a default must be there', () => {
    for (const [variable, value] of Object.entries(environment)) {
      if (variable in DECIDED) expect(value, variable).toBe(DECIDED[variable as keyof typeof DECIDED])
      else if (variable === 'DATABASE_URL')
        expect(value).toMatch(/^postgresql:\/\/sms:\$\{POSTGRES_PASSWORD:\?[^}]+\}@postgres:5432\/sms$/)
      else expect(value, variable).toMatch(new RegExp(`^\\$\\{${variable}${required.has(variable) ? ':\\?[^}]+' : ':-'}\\}$`))
    }
  })

  it('starts with its own defaults when no more than the required ones are set', () => {
    const given = Object.fromEntries([...required].map((variable) => [variable, 'x'.repeat(32)]))
    const filledIn = Object.fromEntries(
      Object.entries(environment).map(([variable, value]) => [
        variable,
        String(value).replaceAll(/\$\{(\w+):[?-][^}]*\}/g, (_, from: string) =>
          from === 'POSTGRES_PASSWORD' ? 'pw' : (given[from] ?? ''),
        ),
      ]),
    )
    const { DATABASE_URL, REDIS_URL, ...rest } = parseConfig(schema, filledIn)
    expect([DATABASE_URL, REDIS_URL]).toEqual(['postgresql://sms:pw@postgres:5432/sms', 'redis://redis:6379/0'])
    expect({ ...rest, DATABASE_URL, REDIS_URL }).toEqual(parseConfig(schema, { ...given, DATABASE_URL, REDIS_URL }))
  })

  it('starts after the migration, which waits for PostgreSQL', () => {
    expect(serviceOf(name).depends_on).toMatchObject({
      redis: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    })
    expect(serviceOf('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
    expect(serviceOf('migrate').environment).toEqual({ DATABASE_URL: environment['DATABASE_URL'] })
  })
})

describe('docker-compose.yml', () => {
  it.each(IMAGES)('builds $name from a stage that exists and runs it without privileges', ({ name, dockerfile, stage }) => {
    const { build } = serviceOf(name)
    expect(build).toMatchObject({ context: '.', dockerfile })
    expect(build?.target ?? readDockerfile(read(dockerfile)).stages.at(-1)?.name).toBe(stage)
    expect(serviceOf(name)).toMatchObject({
      init: true,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: name === 'migrate' ? 'no' : 'unless-stopped',
    })
    expect(serviceOf(name)['user']).toBeUndefined()
  })

  it('lets a service end by itself before it is killed', () => {
    const timeoutMs = workerConfigSchema.shape.ORANGE_TIMEOUT_MS.parse(undefined)
    const seconds = (name: string): number => Number(/(\d+)s\}?$/.exec(serviceOf(name).stop_grace_period ?? '')?.[1])
    expect(seconds('worker') * 1_000).toBeGreaterThan(timeoutMs + 10_000)
    const graceMs = Number(/GRACE_MS = ([\d_]+)/.exec(read('apps/api/src/main.ts'))?.[1]?.replaceAll('_', ''))
    expect(seconds('api') * 1_000).toBeGreaterThan(graceMs)
  })

  it('can run any number of workers side by side', () => {
    expect(serviceOf('worker').ports).toBeUndefined()
    expect(serviceOf('worker')['container_name']).toBeUndefined()
  })

  it('keeps Redis as the queue needs it, and PostgreSQL where its version looks', () => {
    const command = serviceOf('redis').command?.join(' ')
    for (const setting of [
      'appendonly yes',
      'appendfsync everysec',
      'maxmemory-policy noeviction',
      'hash-max-listpack-value 1024',
    ]) {
      expect(command).toContain(`--${setting}`)
    }
    expect(serviceOf('redis').volumes).toEqual(['redis-data:/data'])
    const major = Number(/^postgres:(\d+)/.exec(serviceOf('postgres').image)?.[1])
    expect(serviceOf('postgres').volumes).toEqual([`postgres-data:/var/lib/postgresql${major >= 18 ? '' : '/data'}`])
  })

  it('starts the simulator for development alone, with variables that it reads', () => {
    expect(serviceOf('orange-simulator').profiles).toEqual(['dev'])
    const known = new Set([...read('apps/orange-simulator/src/config.ts').matchAll(/env\['(\w+)'\]/g)].map(([, name]) => name))
    for (const name of Object.keys(serviceOf('orange-simulator').environment)) expect(known, name).toContain(name)
  })
})

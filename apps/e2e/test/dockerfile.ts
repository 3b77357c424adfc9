/** `from` null: the build's context. `target` is relative to the working folder, a file's name included. */
export type Copy = { from: string | null; source: string; target: string }

export type Stage = {
  name: string
  /** An earlier stage or an image. */
  from: string
  copies: Copy[]
  /** Commands, without their mounts. */
  runs: string[]
  user: string | null
  ports: string[]
  health: string[] | null
  command: string[] | null
}

const instructionsOf = (text: string): { keyword: string; rest: string }[] => {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
  return lines.flatMap((line) => {
    const [, keyword, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    if (line.trim() !== '' && rest === undefined) throw new Error(`no instruction: ${line}`)
    return keyword === undefined || rest === undefined ? [] : [{ keyword, rest }]
  })
}

const copiesOf = (rest: string): Copy[] => {
  const words = rest.split(' ')
  const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1] ?? null
  const sources = words.slice(from === null ? 0 : 1, -1)
  const target = words.at(-1) ?? ''
  return sources.map((source) => {
    const path = target.endsWith('/') && target !== './' ? target + source.slice(source.lastIndexOf('/') + 1) : target
    return { from, source, target: path.replace(/\/$/, '') }
  })
}

const apply = (stage: Stage, keyword: string, rest: string): void => {
  if (keyword === 'COPY') stage.copies.push(...copiesOf(rest))
  else if (keyword === 'RUN') stage.runs.push(rest.replaceAll(/--mount=\S+ +/g, ''))
  else if (keyword === 'USER') stage.user = rest
  else if (keyword === 'EXPOSE') stage.ports.push(rest)
  else if (keyword === 'HEALTHCHECK') stage.health = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4)) as string[]
  else if (keyword === 'CMD') stage.command = JSON.parse(rest) as string[]
  else if (keyword !== 'ENV' && keyword !== 'WORKDIR') throw new Error(`${keyword} is not read here`)
}

/** The part of the language that the project's files use; anything else throws, so that nothing is overlooked. */
export const readDockerfile = (text: string): { stages: Stage[]; lineage(name: string): Stage[] } => {
  const stages: Stage[] = []
  for (const { keyword, rest } of instructionsOf(text)) {
    if (keyword === 'FROM') {
      const [, from, name] = /^(\S+) AS (\S+)$/.exec(rest) ?? []
      if (from === undefined || name === undefined) throw new Error(`FROM ${rest} names no stage`)
      stages.push({ name, from, copies: [], runs: [], user: null, ports: [], health: null, command: null })
    } else apply(stages.at(-1) as Stage, keyword, rest)
  }
  /** The stage and those it begins as, the first one first: what the image holds. */
  const lineage = (name: string): Stage[] => {
    const stage = stages.find((one) => one.name === name)
    return stage === undefined ? [] : [...lineage(stage.from), stage]
  }
  return { stages, lineage }
}

export type ReadinessCheck = () => Promise<void>
export type Readiness = {
  ok: boolean
  /** Names of the checks that threw or took too long, as they were given. */ failing: string[]
}

/** Checks side by side, each with the same time limit; never throws. */
export const createReadiness = ({
  checks,
  limitMs,
}: {
  checks: Readonly<Record<string, ReadinessCheck>>
  limitMs: number
}): (() => Promise<Readiness>) => {
  // A check that hangs is not started again by every probe: they would pile up on whatever it hangs on.
  const running = new Map<string, Promise<boolean>>()

  const run = (name: string, check: ReadinessCheck): Promise<boolean> => {
    const current = running.get(name)
    if (current !== undefined) return current
    const started = Promise.try(check)
      .then(
        () => true,
        () => false,
      )
      .finally(() => running.delete(name))
    running.set(name, started)
    return started
  }

  const runLimited = async (name: string, check: ReadinessCheck): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs)
    })
    try {
      return await Promise.race([run(name, check), limit])
    } finally {
      clearTimeout(timer)
    }
  }

  return async () => {
    const names = Object.keys(checks)
    const passed = await Promise.all(Object.entries(checks).map(([name, check]) => runLimited(name, check)))
    const failing = names.filter((_, index) => passed[index] !== true)
    return { ok: failing.length === 0, failing }
  }
}

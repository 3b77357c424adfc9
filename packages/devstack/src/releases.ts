/** Something open. `release` may be called more than once. */
export type Releasable = { release: () => Promise<void> }

export type Releases = Releasable & { push: (release: () => Promise<void> | void) => void }

/** Releases run one after the other, last opened first, each even when another fails. */
export const createReleases = (): Releases => {
  const open: (() => Promise<void> | void)[] = []
  return {
    push: (release) => {
      open.push(release)
    },
    release: async () => {
      const errors: unknown[] = []
      for (let release = open.pop(); release !== undefined; release = open.pop()) {
        try {
          await release()
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length === 1) throw errors[0]
      if (errors.length > 1) throw new AggregateError(errors, 'several releases failed')
    },
  }
}

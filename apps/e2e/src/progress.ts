const WIDTH = 40

export type Progress = {
  show: (input: { done: number; total: number; note: string }) => void
  /** Leaves the last state standing. */
  end: () => void
}

/** A bar that redraws itself on a terminal; elsewhere a line every tenth. */
export const createProgress = (output: { isTTY?: boolean; write: (text: string) => unknown }): Progress => {
  let tenth = -1
  const line = ({ done, total, note }: { done: number; total: number; note: string }): string => {
    const share = total === 0 ? 0 : Math.min(1, done / total)
    const filled = Math.round(share * WIDTH)
    const percent = `${Math.floor(share * 100)}`.padStart(3)
    return `  [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${percent} %  ${done}/${total}  ${note}`
  }
  return {
    show: (state) => {
      if (output.isTTY === true) {
        output.write(`\r\u001B[K${line(state)}`)
        return
      }
      const now = state.total === 0 ? 0 : Math.floor((state.done / state.total) * 10)
      if (now > tenth) output.write(`${line(state)}\n`)
      tenth = Math.max(tenth, now)
    },
    end: () => {
      if (output.isTTY === true) output.write('\n')
    },
  }
}

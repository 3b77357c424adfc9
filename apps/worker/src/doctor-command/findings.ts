/** `wrong` must be mended; `doubtful` may be meant so. */
export type Level = 'ok' | 'doubtful' | 'wrong'

/** `fix`: what to do; null where nothing is to be done. Neither holds a secret, a number or a text. */
export type Finding = { check: string; level: Level; says: string; fix: string | null }

export const ok = (check: string, says: string): Finding => ({ check, level: 'ok', says, fix: null })
export const doubtful = (check: string, says: string, fix: string): Finding => ({ check, level: 'doubtful', says, fix })
export const broken = (check: string, says: string, fix: string): Finding => ({ check, level: 'wrong', says, fix })

const SIGNS: Record<Level, string> = { ok: 'ok       ', doubtful: 'doubtful ', wrong: 'WRONG    ' }

export const tellFindings = (findings: readonly Finding[]): string => {
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length
  return [
    ...findings.flatMap(({ check, level, says, fix }) => [
      `${SIGNS[level]} ${check}: ${says}`,
      ...(fix === null ? [] : [`          → ${fix}`]),
    ]),
    `${count('wrong')} wrong, ${count('doubtful')} doubtful, ${count('ok')} ok`,
  ].join('\n')
}

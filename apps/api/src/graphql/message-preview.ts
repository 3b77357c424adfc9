import { analyzeMessage, cheaperSpelling, type ForcingCharacter, type MessageAnalysis } from '@sms/core'

export type PresentedPreview = Omit<MessageAnalysis, 'forcing'> & {
  maxParts: number
  forcingCharacters: ForcingCharacter[]
  /** Null when it would save nothing. */
  cheaperMessage: string | null
  cheaperParts: number | null
}

/** How a text would travel. Its length must have been judged before. */
export const presentPreview = (message: string, maxParts: number): PresentedPreview => {
  const { forcing, ...analysis } = analyzeMessage(message)
  const cheaperMessage = cheaperSpelling(message)
  const cheaperParts = analyzeMessage(cheaperMessage).parts
  const isCheaper = cheaperParts < analysis.parts
  return {
    ...analysis,
    maxParts,
    forcingCharacters: forcing,
    cheaperMessage: isCheaper ? cheaperMessage : null,
    cheaperParts: isCheaper ? cheaperParts : null,
  }
}

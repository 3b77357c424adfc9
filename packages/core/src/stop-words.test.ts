import { describe, expect, it } from 'vitest'
import { isStopReply } from './stop-words.ts'

const WORDS = ['STOP', 'ARRÊT', 'NE PLUS']

describe('a reply', () => {
  it.each(['STOP', 'stop', ' Stop! ', '"stop".', 'Arret', 'arrêt', 'ARRE\u0302T', 'ne  plus'])('asks to stop: %s', (reply) =>
    expect(isStopReply(reply, WORDS)).toBe(true),
  )

  it.each(['', '!', 'stop by tomorrow', 'nonstop', 'merci', 'x'.repeat(2_000)])('does not ask to stop: %s', (reply) =>
    expect(isStopReply(reply, WORDS)).toBe(false),
  )
})

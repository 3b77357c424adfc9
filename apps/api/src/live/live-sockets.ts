import type { Known } from '../plugins/auth.ts'

/** What a socket can be told; `WebSocket` of ws is one. */
export type SocketEnd = { close(code: number, reason: string): void; terminate(): void }

export type LiveSocket = SocketEnd & {
  /** Whose it is; null until a key has come. */
  known: Known | null
  /** Asks again whether its key or session is good: null when it is not. */
  recheck: (() => Promise<Known | null>) | null
  subscriptionCount: () => number
}

/** 4401 tells clients to give up; after 1012 and 1013 they come back by themselves. */
export const CLOSE = { unauthorized: 4401, restart: 1012, tryLater: 1013, tooManyMessages: 4429 } as const

export type SocketLimits = { sockets: number; socketsPerKey: number; subscriptionsPerKey: number }

/** The open sockets of this process. */
export const createLiveSockets = (limits: SocketLimits) => {
  const open = new Set<LiveSocket>()
  const ofKey = (rateKey: string): LiveSocket[] => [...open].filter(({ known }) => known?.rateKey === rateKey)
  let isClosing = false

  return {
    open,

    /** False: there are enough. */
    add: (socket: LiveSocket): boolean => {
      if (isClosing || open.size >= limits.sockets) return false
      open.add(socket)
      return true
    },

    mayConnect: (rateKey: string): boolean => ofKey(rateKey).length < limits.socketsPerKey,

    /** The one that is asked for is counted already. */
    maySubscribe: (rateKey: string): boolean =>
      ofKey(rateKey).reduce((sum, { subscriptionCount }) => sum + subscriptionCount(), 0) <= limits.subscriptionsPerKey,

    subscriptionCount: (): number => [...open].reduce((sum, { subscriptionCount }) => sum + subscriptionCount(), 0),

    /** Ends the sockets whose key or session is no longer good, or has other rights. Each key is asked about once. */
    recheck: async (): Promise<void> => {
      for (const [rateKey, sockets] of Map.groupBy(open, ({ known }) => known?.rateKey)) {
        if (rateKey === undefined) continue
        for (const socket of rateKey.startsWith('user ') ? sockets : sockets.slice(0, 1)) {
          // Who cannot be asked about is not put out: nothing new can be read for them either.
          const now = await socket.recheck?.().catch(() => socket.known)
          const isSame = now?.userId === socket.known?.userId && now?.isAdmin === socket.known?.isAdmin
          if (isSame) continue
          const ended = rateKey.startsWith('user ') ? [socket] : sockets
          for (const one of ended) one.close(CLOSE.unauthorized, 'The key or session is no longer valid')
        }
      }
    },

    closeAll: (): void => {
      isClosing = true
      for (const socket of open) socket.close(CLOSE.restart, 'Service restart')
    },

    terminateAll: (): void => {
      for (const socket of open) socket.terminate()
    },
  }
}

export type LiveSockets = ReturnType<typeof createLiveSockets>

// This player's right to mute the others, asked of the page's own server: the first one in a room has it.

const PATH = 'moderation'
const ASK_MS = 5000

export interface Moderator {
  /** Whether this player may mute. */
  readonly is: boolean
  /** Whether this slot is muted, as far as this page did it. */
  isMuted(slot: number): boolean
  /** Resolves with a sentence for people. */
  mute(slot: number, muted: boolean, name: string): Promise<string>
  /** Somebody else has the slot from now on. */
  forget(slot: number): void
  dispose(): void
}

/** Null `room`: there is nobody to ask, as in a duel, or between tabs. */
export function createModerator(room: string | null): Moderator {
  const secret = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  const muted = new Set<number>()
  let is = false

  const ask = async (mute?: { slot: number; muted: boolean }): Promise<boolean> => {
    const response = await fetch(PATH, { method: 'POST', body: JSON.stringify({ room, secret, mute }) })
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    const answer = (await response.json()) as { moderator: boolean; done: boolean }
    is = answer.moderator
    return answer.done
  }
  // Without a server that knows the question nobody mutes, and nothing else is missing.
  const askQuietly = (): void => void ask().catch(() => (is = false))
  let timer = 0
  if (room !== null) {
    askQuietly()
    timer = window.setInterval(askQuietly, ASK_MS)
  }

  return {
    get is() {
      return is
    },
    isMuted: slot => muted.has(slot),
    async mute(slot, value, name) {
      let done = false
      try {
        done = await ask({ slot, muted: value })
      } catch (error) {
        return `The server could not be asked: ${error instanceof Error ? error.message : String(error)}.`
      }
      if (!done) return is ? `${name} does not play just now.` : 'Only the first player of a room may mute.'
      if (value) muted.add(slot)
      else muted.delete(slot)
      return value ? `${name} is muted.` : `${name} may talk again.`
    },
    forget: slot => void muted.delete(slot),
    dispose: () => clearInterval(timer),
  }
}

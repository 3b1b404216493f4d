// What a duel is made of in the worker: its line, for whose direct path the page is asked, and its session. Loaded when a duel is
// played, and not before.

import { DuelSession } from '../session/duel/duel-session.ts'
import type { Session } from '../session/session.ts'
import { bridgedPath, channelPath } from '../transport/channel-path.ts'
import type { Clock } from '../transport/clock.ts'
import type { WebRtcDescription } from '../transport/description.ts'
import { DuelLine, type LineId } from '../transport/duel-line.ts'
import { connectWebSocket } from '../transport/websocket.ts'
import type { Terms } from '../wire/messages.ts'
import type { DirectMessage, OpenOptions, ToPage } from './port-messages.ts'

export interface DuelPartsOptions {
  open: OpenOptions
  description: WebRtcDescription
  /** The game's name. */
  game: string
  clock: Clock
  tell: (message: Extract<ToPage, { type: 'meet' | 'path' }>) => void
}

export class DuelParts {
  readonly line: DuelLine
  readonly #options: DuelPartsOptions
  readonly #id = randomId()

  constructor(options: DuelPartsOptions) {
    this.#options = options
    const { description, open, clock, tell } = options
    const { relay, strategy, direct } = description
    const inPublic = direct && strategy !== 'relay'
    const pipe = relay === null ? '' : pipeAddress(relay, open.room, nameOf(randomId()))
    this.line = new DuelLine({
      clock,
      id: this.#id,
      relayed: relay === null ? null : () => connectWebSocket(pipe, open.room, { clock }),
      direct: inPublic,
      onPath: path => tell({ type: 'path', path }),
      onOther: other => {
        // At the relay both meet once they know each other, where nobody else comes by.
        if (direct && !inPublic) this.#meet(`${open.room}/${namesOf(this.#id, other)}`)
      },
      onOver: () => {
        if (direct) tell({ type: 'meet', meeting: null })
      },
    })
    if (inPublic) this.#meet(open.room)
  }

  session(terms: Terms): Session {
    const { name, profile, inputDelay } = this.#options.open
    return new DuelSession({ terms, name, profile, nonce: randomId(), inputDelay })
  }

  /** The page has found a direct path, or knows that there is none. */
  onPage(message: DirectMessage): void {
    switch (message.type) {
      case 'direct':
        this.line.addDirect(
          message.channel instanceof MessagePort ? bridgedPath(message.channel) : channelPath(message.channel),
        )
        break
      case 'noDirect':
        this.line.noDirect(message.reason)
        break
    }
  }

  #meet(place: string): void {
    const { description, game, tell } = this.#options
    tell({ type: 'meet', meeting: { description, game, place } })
  }
}

/** `…?pipe=room&as=secret` at the relay's address, relative or not. By the secret one comes back to one's own end of the pipe. */
export function pipeAddress(relay: string, room: string, secret: string): string {
  return `${relay}${relay.includes('?') ? '&' : '?'}pipe=${encodeURIComponent(room)}&as=${secret}`
}

/** The same on both sides. */
function namesOf(...ids: LineId[]): string {
  return ids.map(nameOf).toSorted().join('-')
}

function nameOf({ hi, lo }: LineId): string {
  return hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0')
}

/** Never zero, and not to be guessed. */
function randomId(): LineId {
  const [hi, lo] = crypto.getRandomValues(new Uint32Array(2))
  return { hi, lo: (lo | 1) >>> 0 }
}

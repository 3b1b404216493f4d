// Puts a roster together. A full room takes several packets, sent in one burst; when one of them is lost, the
// version stays unconfirmed, and all of them come again.

import { ROSTER_CAUGHT, ROSTER_HOSTS, ROSTER_PLAYING, ROSTER_READY, type Roster } from '../wire/messages.ts'
import type { PeerInfo } from './fact.ts'

export interface RosterPeer extends PeerInfo {
  /** xxHash32 of its ticket. */
  readonly key: number
  /** The host runs on its machine. */
  readonly hosts: boolean
}

export class RosterParts {
  /** The version that is complete; 0: none yet. */
  version = 0
  #coming = 0
  #peers: RosterPeer[] = []

  /** The whole roster when this part completes a new one, else null. */
  add(part: Roster): RosterPeer[] | null {
    if (part.index === 0) {
      this.#peers = []
      this.#coming = part.version
    }
    if (part.version !== this.#coming || part.index !== this.#peers.length) return null
    for (const { slot, flags, key, name, profile } of part.entries) {
      const ready = (flags & ROSTER_READY) !== 0
      const playing = (flags & ROSTER_PLAYING) !== 0
      const hosts = (flags & ROSTER_HOSTS) !== 0
      const caught = (flags & ROSTER_CAUGHT) !== 0
      this.#peers.push({ slot, name, profile, ready, playing, caught, key, hosts })
    }
    if (this.#peers.length !== part.count || part.version === this.version) return null
    this.version = part.version
    return this.#peers
  }
}

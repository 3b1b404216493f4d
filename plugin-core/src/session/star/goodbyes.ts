// Lets peers go: tells them why, and keeps whose connections are to be closed once that is out.

import type { Code } from '../../wire/packet.ts'
import type { HostOutbox } from './host-outbox.ts'
import type { HostPeer } from './host-peer.ts'

export class Goodbyes {
  readonly #outbox: HostOutbox
  readonly #departures: number[] = []
  #taken = false

  constructor(outbox: HostOutbox) {
    this.#outbox = outbox
  }

  /** BYE to one who was in the room; nothing that it still sends counts. */
  dismiss(p: HostPeer, code: number, reason: string, tick: number): void {
    if (p.gone) return
    this.#outbox.bye(p, code, reason, tick)
    p.gone = true
    this.depart(p.peer)
  }

  /** REFUSED to one who may not come in. */
  refuse(p: HostPeer, code: Code, reason: string): void {
    this.#outbox.refused(p, code, reason)
    p.gone = true
    this.depart(p.peer)
  }

  /** It knows why. */
  depart(peer: number): void {
    if (this.#taken) {
      this.#taken = false
      this.#departures.length = 0
    }
    this.#departures.push(peer)
  }

  /** Who has departed since the last time; valid until the next one does. */
  take(): readonly number[] {
    if (this.#taken) return NOBODY
    this.#taken = true
    return this.#departures
  }
}

const NOBODY: readonly number[] = []

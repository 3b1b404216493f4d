// What the rules emit to themselves waits here for the next tick: in the world's memory, so that it rolls back with it, and comes along
// when the state is handed to another machine.

import { decodeEvent } from '../event/event-codec.ts'
import type { SimEvent } from './game.ts'
import type { World } from './world.ts'

/** In front of each event: its length, and its slot + 1. */
const HEAD_BYTES = 4
const USED_BYTES = 4
const NO_EVENTS: readonly SimEvent[] = []

export class LocalEvents {
  readonly #view: DataView
  readonly #bytes: Uint8Array

  constructor({ bytes, layout }: World) {
    this.#bytes = bytes.subarray(layout.emitOffset, layout.emitOffset + layout.emitBytes)
    this.#view = new DataView(bytes.buffer, layout.emitOffset, layout.emitBytes)
  }

  /** False when there is no room for it. */
  push(event: Uint8Array, slot: number): boolean {
    const room = this.#bytes.length
    if (room < USED_BYTES) return false
    const used = this.#view.getUint32(0, true)
    const at = USED_BYTES + used
    if (at + HEAD_BYTES + event.length > room) return false
    this.#view.setUint16(at, event.length, true)
    this.#view.setUint16(at + 2, slot + 1, true)
    this.#bytes.set(event, at + HEAD_BYTES)
    this.#view.setUint32(0, used + HEAD_BYTES + event.length, true)
    return true
  }

  /** Those of the tick before, in order; there are none any more. */
  take(): readonly SimEvent[] {
    if (this.#bytes.length < USED_BYTES || this.#view.getUint32(0, true) === 0) return NO_EVENTS
    const events: SimEvent[] = []
    // A state that came from elsewhere may say anything.
    const end = Math.min(this.#bytes.length, USED_BYTES + this.#view.getUint32(0, true))
    for (let at = USED_BYTES; at + HEAD_BYTES <= end;) {
      const length = this.#view.getUint16(at, true)
      const event = decodeEvent(this.#bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length))
      const slot = this.#view.getUint16(at + 2, true) - 1
      if (event !== null) events.push({ slot, kind: event.kind, payload: event.payload })
      at += HEAD_BYTES + length
    }
    this.#bytes.fill(0)
    return events
  }
}

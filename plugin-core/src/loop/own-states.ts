// What this machine had at its last checksums. A state that another machine hands it because its own was not the others' is one of these
// ticks', and so it can say what was different.

import { sizedBytes, type SizedBytes } from '../bytes/sized-bytes.ts'

export interface OwnState {
  readonly tick: number
  readonly world: Uint8Array
  readonly image: SizedBytes
}

/** A state that comes in place of one's own is on its way for a second or so: checksums are two a second. */
const STATES = 3

export class OwnStates {
  readonly #states: { tick: number; world: Uint8Array; image: SizedBytes }[] = []

  /** Copies the state after a tick. */
  keep(tick: number, world: Uint8Array, image: SizedBytes): void {
    const state =
      this.#states.length < STATES
        ? { tick, world: new Uint8Array(world.length), image: sizedBytes() }
        : this.#states.shift()!
    this.#states.push(state)
    state.tick = tick
    state.world.set(world)
    const { bytes, sizeBytes } = image
    // Room to grow: an image is seldom as large as the one before.
    if (state.image.bytes.length < sizeBytes) state.image.bytes = new Uint8Array(sizeBytes + (sizeBytes >> 2))
    state.image.bytes.set(bytes.subarray(0, sizeBytes))
    state.image.sizeBytes = sizeBytes
  }

  /** The state after a tick, for good; null: it is not here any more, or never was. */
  take(tick: number): OwnState | null {
    const at = this.#states.findIndex(state => state.tick === tick)
    return at < 0 ? null : this.#states.splice(at, 1)[0]
  }
}

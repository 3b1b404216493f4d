// What has been delivered is not delivered again: any (chronos, id) at or below its sender's last. A hash that is known
// needs no look-up of its own: it covers slot, chronos and id, so its envelope is at or below that last one.

import type { EventEnvelope } from './envelope.ts'

/** u32 a slot: chronos and id of the last one. No tick is 0, so zeros are none. */
export const DEDUP_WORDS = 2

export class EnvelopeDedup {
  readonly #last: Uint32Array

  /** `last`: memory to lie in, of `DEDUP_WORDS` a slot. */
  constructor(last: Uint32Array) {
    this.#last = last
  }

  isRepeat({ slot, chronos, id }: EventEnvelope): boolean {
    const last = this.#last[DEDUP_WORDS * slot]
    return chronos < last || (chronos === last && (last === 0 || id <= this.#last[DEDUP_WORDS * slot + 1]))
  }

  /** Takes note of one that is no repeat. */
  add({ slot, chronos, id }: EventEnvelope): void {
    this.#last[DEDUP_WORDS * slot] = chronos
    this.#last[DEDUP_WORDS * slot + 1] = id
  }

  /** Another player has the slot, and counts anew. */
  clear(slot: number): void {
    this.#last.fill(0, DEDUP_WORDS * slot, DEDUP_WORDS * (slot + 1))
  }
}

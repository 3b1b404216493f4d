// What has been delivered is not delivered again: any (chronos, id) at or below its sender's last, and any known hash.
// The first of these follows from the facts alone, so every machine drops the same; it is what a late joiner is given.

import type { EventEnvelope } from './envelope.ts'
import { hashKey } from './hash.ts'

/** Hashes that are remembered: those of the last seconds. The senders' last ticks drop what is older. */
export const KNOWN_HASHES = 1024

export class EnvelopeDedup {
  /** By slot: chronos and id of the last one; -1: none yet. */
  readonly #last: Float64Array
  readonly #known = new Set<string>()

  constructor(slots: number) {
    this.#last = new Float64Array(2 * slots).fill(-1)
  }

  isRepeat({ slot, chronos, id, envelopeHash }: EventEnvelope): boolean {
    const last = this.#last[2 * slot]
    if (chronos < last || (chronos === last && id <= this.#last[2 * slot + 1])) return true
    return this.#known.size > 0 && this.#known.has(hashKey(envelopeHash))
  }

  /** Takes note of one that is no repeat. */
  add({ slot, chronos, id, envelopeHash }: EventEnvelope): void {
    this.#last[2 * slot] = chronos
    this.#last[2 * slot + 1] = id
    // Sets keep the order of insertion: the first one is the oldest.
    if (this.#known.size === KNOWN_HASHES) this.#known.delete(this.#known.values().next().value!)
    this.#known.add(hashKey(envelopeHash))
  }

  /** For a late joiner. */
  save(): readonly number[] {
    return [...this.#last]
  }

  load(last: readonly number[]): boolean {
    if (last.length !== this.#last.length) return false
    this.#last.set(last)
    this.#known.clear()
    return true
  }
}

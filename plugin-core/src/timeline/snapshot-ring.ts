// The newest snapshots: whole states, each in a place of its own. Saving is one copy in, loading
// one copy out; nothing is allocated after start, and beside scripts nothing more once their images have found their size.

import { sizedBytes, type SizedBytes } from '../bytes/sized-bytes.ts'
import { TickRing } from '../bytes/tick-ring.ts'

export class SnapshotRing extends TickRing {
  readonly #images: SizedBytes[] = []

  /** Room for every tick that may still be rolled back to, and a few to hash and to show. */
  constructor(predictionWindow: number, stateBytes: number) {
    super(predictionWindow + 6, stateBytes)
    for (let place = 0; place < this.capacity; place++) this.#images.push(sizedBytes())
  }

  /** Of a tick that is there, or claimed: the image of its scripts, whose size changes. The place is the same one each time. */
  image(tick: number): SizedBytes {
    return this.#images[this.place(tick)]
  }
}

// Messages of which only the newest counts (`specs/domn.md`, Channels): one that comes late or again says nothing new.
// Nothing is kept of a message but its sequence.

import { nearestSequence, sequenceSteps } from './sequence.ts'

export class Unreliable {
  // As signed numbers: a field that holds one above 2^31 is new memory each time.
  #next: number
  #newest: number

  /** `firstSeq`: sequence of the first message in either direction. */
  constructor(firstSeq = 0) {
    this.#next = firstSeq | 0
    this.#newest = (firstSeq - 1) | 0
  }

  /** Sequence of the newest message that was accepted; of the one before the first, when none was. */
  get newest(): number {
    return this.#newest >>> 0
  }

  /** Sequence of the next message to send. */
  takeSeq(): number {
    const seq = this.#next
    this.#next = (seq + 1) | 0
    return seq >>> 0
  }

  /** False: it is old or repeated, and to be dropped. Of two sequences the later is that which fewer steps forward reach. */
  accept(seq: number): boolean {
    if (sequenceSteps(this.#newest, seq) <= 0) return false
    this.#newest = seq | 0
    return true
  }

  /** As `accept`, of a packet in the short form: these 16 bits stand for the nearest sequence that ends in them. */
  acceptLow(low16: number): boolean {
    return this.accept(nearestSequence(low16, this.#newest))
  }
}

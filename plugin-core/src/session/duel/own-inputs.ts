// This side's inputs, and what of them the next datagram repeats: everything that the other side has not acknowledged.

import { copyRange } from '../../bytes/equal.ts'
import { RBN1_MAX_BYTES, RBN1_MAX_COUNT, type Rbn1Datagram } from '../../wire/rbn1.ts'
import { LocalInputs } from '../local-inputs.ts'

/** Header and every block of a datagram but those that grow with its inputs. */
const BLOCKS_BYTES = 15 + 8 + 6 + 4 + 1

export class OwnInputs {
  /** Newest tick that has an input; fixed for ever. */
  newest = 0
  /** Newest tick whose input has gone out: some are held back (`changes.ts`). */
  sent = 0
  /** Newest tick up to which the other side has them all. */
  acked = 0
  readonly #local: LocalInputs
  readonly #size: number
  /** Inputs that fit one datagram. */
  readonly #most: number
  #turn = false

  constructor(inputBytes: number) {
    this.#local = new LocalInputs(inputBytes)
    this.#size = inputBytes
    this.#most = Math.min(RBN1_MAX_COUNT, Math.floor((RBN1_MAX_BYTES - BLOCKS_BYTES) / (inputBytes + 1)))
  }

  /** As many are unacknowledged as one datagram may repeat: no more ticks are closed until that changes. */
  get stalled(): boolean {
    return this.newest - this.acked >= RBN1_MAX_COUNT
  }

  queueEvent(bytes: Uint8Array): boolean {
    return this.#local.queueEvent(bytes)
  }

  set(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null {
    const events = this.#local.set(tick, bytes)
    this.newest = tick
    return events
  }

  copy(tick: number, into: Uint8Array, at: number): void {
    copyRange(this.#local.ring.inputs.view(tick), 0, into, at, this.#size)
  }

  events(tick: number): readonly Uint8Array[] | null {
    return this.#local.ring.events(tick)
  }

  /**
   * Fills in the inputs of the next datagram, none above `upTo`; with nothing new the newest once more. False: there is none yet.
   * More than fit travel by turns, the oldest and the newest, so that none of them waits for an acknowledgement.
   */
  fill(d: Rbn1Datagram, upTo: number): boolean {
    const last = Math.min(this.newest, upTo)
    if (last < 1) return false
    let first = Math.min(this.acked + 1, last)
    let count = last - first + 1
    if (count > this.#most) {
      this.#turn = !this.#turn
      count = this.#most
      if (this.#turn) first = last - count + 1
    }
    this.sent = Math.max(this.sent, first + count - 1)
    const { ring } = this.#local
    d.startFrame = first
    d.count = count
    d.hasEventCounts = false
    for (let i = 0; i < count; i++) {
      copyRange(ring.inputs.view(first + i), 0, d.inputs, i * this.#size, this.#size)
      const events = ring.events(first + i)
      d.eventCounts[i] = events === null ? 0 : events.length
      if (events !== null) d.hasEventCounts = true
    }
    return true
  }
}

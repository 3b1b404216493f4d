// The other side's inputs and events, in whatever order they come. A tick counts as received only with its events, and with
// every tick before it: that is what datagrams acknowledge.

import { copyRange, equalRange } from '../../bytes/equal.ts'
import { TickRing } from '../../bytes/tick-ring.ts'
import { EVENTS_PER_TICK } from '../../wire/limits.ts'
import type { Rbn1Datagram } from '../../wire/rbn1.ts'

/** From the oldest tick that is not closed to the newest that may come: twice what either side may have unacknowledged. */
export const REMOTE_TICKS = 128

export class RemoteInputs {
  /** Newest tick up to which everything is here. */
  received = 0
  readonly #size: number
  readonly #inputs: TickRing
  /** Events that a tick has, by place. */
  readonly #counts = new Uint8Array(REMOTE_TICKS)
  /** They may come before the inputs of their tick, or after them. */
  readonly #events = new Map<number, readonly Uint8Array[]>()

  constructor(inputBytes: number) {
    this.#size = inputBytes
    this.#inputs = new TickRing(REMOTE_TICKS, inputBytes)
  }

  /**
   * Takes what is new; a repeat is harmless. False: it contradicts what is here (and never replaces it), or reaches beyond
   * `lastTick`, the newest that the other side can have.
   */
  take(d: Rbn1Datagram, lastTick: number): boolean {
    const { startFrame, count, inputs, hasEventCounts, eventCounts } = d
    if (startFrame === 0 || startFrame + count - 1 > lastTick) return false
    if (hasEventCounts) for (let i = 0; i < count; i++) if (eventCounts[i] > EVENTS_PER_TICK) return false
    const ring = this.#inputs
    const size = this.#size
    let same = true
    for (let i = 0; i < count; i++) {
      const tick = startFrame + i
      const events = hasEventCounts ? eventCounts[i] : 0
      const place = ring.place(tick)
      if (ring.has(tick)) {
        if (!equalRange(ring.view(tick), 0, inputs, i * size, size) || this.#counts[place] !== events) same = false
      } else if (tick > this.received) {
        copyRange(inputs, i * size, ring.claim(tick), 0, size)
        this.#counts[place] = events
      }
    }
    this.#advance()
    return same
  }

  /** All events of a tick. False: there can be none at this tick. */
  takeEvents(tick: number, events: readonly Uint8Array[], lastTick: number): boolean {
    if (tick <= this.received || tick > lastTick || events.length === 0 || this.#events.has(tick)) return false
    this.#events.set(tick, events)
    this.#advance()
    return true
  }

  copy(tick: number, into: Uint8Array, at: number): void {
    copyRange(this.#inputs.view(tick), 0, into, at, this.#size)
  }

  /** Those of a tick that is about to be closed; null: none. They are not kept. */
  takenEvents(tick: number): readonly Uint8Array[] | null {
    if (this.#events.size === 0) return null
    const events = this.#events.get(tick)
    this.#events.delete(tick)
    return events ?? null
  }

  #advance(): void {
    while (this.#isWhole(this.received + 1)) this.received++
  }

  #isWhole(tick: number): boolean {
    if (!this.#inputs.has(tick)) return false
    const count = this.#counts[this.#inputs.place(tick)]
    return count === 0 || this.#events.get(tick)?.length === count
  }
}

// This player's own inputs, from sampling until the host has closed their ticks; and the events that wait for one.

import { InputRing } from '../wire/input-message.ts'
import { EVENT_QUEUE, EVENT_TICK_BYTES, EVENTS_PER_TICK, LIMITS } from '../wire/limits.ts'

/** Says when an event may travel: a large one has to be there before its tick names it. */
export interface AheadLine {
  /** Whether it may now; then it belongs to this tick. */
  takes(event: Uint8Array, tick: number): boolean
}

export class LocalInputs {
  readonly ring: InputRing
  /** What the next INPUT carries: everything that is not closed, or the newest input once more. Reused. */
  readonly range = { firstTick: 1, count: 0, applied: 0 }
  /** Oldest input that the host has not closed, and the newest one. */
  #first = 1
  #last = 0
  readonly #queue: Uint8Array[] = []
  readonly #ahead: AheadLine | null

  /** Without a line ahead of them large events travel as others do. */
  constructor(inputBytes: number, ahead: AheadLine | null = null) {
    this.#ahead = ahead
    this.ring = new InputRing(2 * LIMITS.inputBufferTicks, inputBytes)
  }

  /** Nothing before this tick is ever sampled. */
  start(firstTick: number): void {
    this.ring.clear()
    this.#first = firstTick
    this.#last = firstTick - 1
  }

  /** False when too many wait already. */
  queueEvent(bytes: Uint8Array): boolean {
    if (this.#queue.length >= EVENT_QUEUE) return false
    this.#queue.push(bytes)
    return true
  }

  /** Events that had their tick and are in none: they go before those that wait. */
  again(events: readonly Uint8Array[]): void {
    this.#queue.unshift(...events)
  }

  /**
   * Fixes a tick's input; ticks follow one another. Answers the events that travel with it; null: none. `plays` false: it may be
   * too early for this player, and then nobody hears what goes with it.
   */
  set(tick: number, bytes: Uint8Array, plays = true): readonly Uint8Array[] | null {
    if (tick !== this.#last + 1) throw new Error(`input of tick ${tick} after that of tick ${this.#last}`)
    this.#last = tick
    const events = this.#queue.length === 0 || !plays ? null : this.#takeEvents(tick)
    this.ring.set(tick, bytes, events)
    return events
  }

  closed(tick: number): void {
    if (tick >= this.#first) this.#first = tick + 1
  }

  rangeFor(applied: number): { firstTick: number; count: number; applied: number } {
    const { range } = this
    const count = Math.min(this.#last - this.#first + 1, LIMITS.inputBufferTicks)
    if (count > 0) {
      range.firstTick = this.#first
      range.count = count
    } else {
      // Everything is closed: the newest input again, for the acknowledgement that goes with it.
      range.firstTick = Math.max(1, this.#last)
      range.count = this.ring.has(this.#last) ? 1 : 0
    }
    range.applied = applied
    return range
  }

  // As many as fit the tick; the rest waits for the next one. A large one is alone in its tick.
  #takeEvents(tick: number): Uint8Array[] | null {
    const events: Uint8Array[] = []
    let size = 0
    while (this.#queue.length > 0 && events.length < EVENTS_PER_TICK) {
      const event = this.#queue[0]
      size += event.length + 4
      if (size > EVENT_TICK_BYTES && events.length > 0) break
      if (this.#ahead?.takes(event, tick) === false) break
      events.push(event)
      this.#queue.shift()
    }
    return events.length === 0 ? null : events
  }
}

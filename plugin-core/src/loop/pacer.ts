// Calls once a tick on an absolute grid: a late call does not move the next one, so nothing drifts.
// After a gap (a frozen page, a sleeping laptop) it catches up by a few ticks at most and starts a new grid.

import type { Clock } from '../transport/clock.ts'

/** Ticks that one wake-up may run: more would freeze the worker while it catches up. */
const MAX_CATCH_UP_TICKS = 6
/** Behind by more than this the lost time is given up. */
const GIVE_UP_MS = 250

export class Pacer {
  readonly #clock: Clock
  readonly #call: (dueMs: number) => void
  #tickMs: number
  #nextMs = 0
  #cancel: (() => void) | null = null

  constructor(clock: Clock, tickRate: number, call: (dueMs: number) => void) {
    this.#tickMs = 1000 / tickRate
    this.#clock = clock
    this.#call = call
  }

  /** Calls a second, from the next wake-up on. */
  set tickRate(tickRate: number) {
    this.#tickMs = 1000 / tickRate
  }

  /** Answers its stop. */
  start(): () => void {
    this.#nextMs = this.#clock.now()
    this.#wake()
    return () => {
      this.#cancel?.()
      this.#cancel = null
    }
  }

  readonly #wake = (): void => {
    this.#cancel = null
    const now = this.#clock.now()
    if (now - this.#nextMs > GIVE_UP_MS) this.#nextMs = now
    // Scheduled first: a call that throws must not end the grid, and one that stops the pacer must win.
    const due = Math.min(MAX_CATCH_UP_TICKS, Math.floor((now - this.#nextMs) / this.#tickMs) + 1)
    const first = this.#nextMs
    this.#nextMs += due * this.#tickMs
    // Rounded up: timers that fire a little early would otherwise run every tick twice as often as needed.
    this.#cancel = this.#clock.schedule(Math.max(1, Math.ceil(this.#nextMs - now)), this.#wake)
    for (let i = 0; i < due; i++) this.#call(first + i * this.#tickMs)
  }
}

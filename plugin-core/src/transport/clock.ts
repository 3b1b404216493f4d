// Time as an argument. What needs a timer takes a Clock, so a match of many machines runs on a VirtualClock: in one
// process, as fast as it can, and the same way each time. The clock that reads the real time is `loop/clock.ts`.

export interface Clock {
  /** Milliseconds from a start that does not matter; never goes back. */
  now(): number
  /** Calls `run` once, `delayMs` from now or a little later. Answers its cancellation, which may come too late or twice. */
  schedule(delayMs: number, run: () => void): () => void
}

interface Timer {
  dueMs: number
  /** Breaks ties: of two timers for one time the one that was scheduled first runs first. */
  order: number
  run: (() => void) | null
}

/** Most timers that one advance runs: a timer that always schedules another one for now would never end. */
const MAX_TIMERS = 10_000_000

/** A clock that stands still until it is told to advance. */
export class VirtualClock implements Clock {
  #nowMs = 0
  #order = 0
  /** A binary heap, the earliest first. */
  readonly #heap: Timer[] = []

  now(): number {
    return this.#nowMs
  }

  /** Timers that are still to run. */
  get pending(): number {
    return this.#heap.reduce((count, timer) => count + (timer.run === null ? 0 : 1), 0)
  }

  schedule(delayMs: number, run: () => void): () => void {
    if (Number.isNaN(delayMs)) throw new RangeError('a delay is a number of milliseconds, not NaN')
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#push(timer)
    return () => {
      timer.run = null
    }
  }

  /** Lets `ms` pass: runs what is due on the way in the order of its time, and ends exactly `ms` later. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`time goes forward, not by ${ms} ms`)
    this.#runTo(this.#nowMs + ms, null)
  }

  /** Lets time pass until `done` answers true, asked before each timer, or until `limitMs` have passed. Answers `done()`. */
  runUntil(done: () => boolean, limitMs: number): boolean {
    if (!(limitMs >= 0)) throw new RangeError(`time goes forward, not by ${limitMs} ms`)
    return this.#runTo(this.#nowMs + limitMs, done)
  }

  #runTo(endMs: number, done: (() => boolean) | null): boolean {
    for (let count = 0; ; count++) {
      if (done?.() === true) return true
      const next = this.#heap[0]
      if (next === undefined || next.dueMs > endMs) break
      if (count === MAX_TIMERS)
        throw new Error(`${MAX_TIMERS} timers ran until ${this.#nowMs} ms: one schedules itself for ever`)
      this.#pop()
      if (next.run === null) continue
      this.#nowMs = next.dueMs
      const run = next.run
      next.run = null
      run()
    }
    this.#nowMs = endMs
    return done?.() === true
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(timer, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    const size = heap.length
    if (size === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && before(heap[child + 1], heap[child])) child++
      if (!before(heap[child], last)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}

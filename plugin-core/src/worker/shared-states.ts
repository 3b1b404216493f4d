// The memory that a worker and its page share, where the page is cross-origin isolated: a triple buffer. One place is
// the writer's, one is the reader's, and the newest lies between them: either side swaps its own for that one in a single
// atomic step, so neither waits, and neither ever touches what the other is at.

import { STAT_NAMES } from './port-messages.ts'

/** Numbers of a place's header: how many were published so far, which tick this is, when it was due, and `again`'s tick. */
export const SEQUENCE = 0
export const TICK = 1
export const DUE_MS = 2
export const AGAIN_TICK = 3
const NUMBERS = 4

const PLACES = 3
/** States of a place: of the tick before, of the tick, and `again`. */
const STATES = 3
/** The word between them: the place's index, and whether nobody has read it yet. */
const INDEX = 3
const FRESH = 4
/** A cache line of its own: either side's copying must not disturb it. */
const WORD_BYTES = 64

export interface Place {
  readonly header: Float64Array
  /** Numbers of `MatchStats` in the order of `STAT_NAMES`. */
  readonly stats: Float64Array
  /** State of `tick - 1`. */
  readonly before: Uint8Array
  readonly now: Uint8Array
  /** The state that the page shows, as a rollback left it: see SharedPublisher. */
  readonly again: Uint8Array
}

export class SharedWriter {
  readonly memory: SharedArrayBuffer
  readonly #word: Int32Array
  readonly #places: readonly Place[]
  #own = 0

  constructor(sizeBytes: number) {
    const numbers = 8 * (NUMBERS + STAT_NAMES.length)
    this.memory = new SharedArrayBuffer(WORD_BYTES + PLACES * (numbers + STATES * sizeBytes))
    this.#word = new Int32Array(this.memory, 0, 1)
    this.#word[0] = 1
    this.#places = placesOf(this.memory)
  }

  /** The place to fill next, with what it held before. */
  get place(): Place {
    return this.#places[this.#own]
  }

  /** Whether the state published last was read by now. */
  get isRead(): boolean {
    return (Atomics.load(this.#word, 0) & FRESH) === 0
  }

  /** Hands `place` over: it is the newest now. Answers whether the one published before was read. */
  publish(): boolean {
    const met = Atomics.exchange(this.#word, 0, this.#own | FRESH)
    this.#own = met & INDEX
    return (met & FRESH) === 0
  }
}

export class SharedReader {
  readonly #word: Int32Array
  readonly #places: readonly Place[]
  #own = 2

  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory, 0, 1)
    this.#places = placesOf(memory)
  }

  /** The newest place that was published since the last time, or null. It does not change until the next call. */
  take(): Place | null {
    if ((Atomics.load(this.#word, 0) & FRESH) === 0) return null
    this.#own = Atomics.exchange(this.#word, 0, this.#own) & INDEX
    return this.#places[this.#own]
  }
}

/** The views of either side, made once. */
function placesOf(memory: SharedArrayBuffer): Place[] {
  const placeBytes = (memory.byteLength - WORD_BYTES) / PLACES
  const statsAt = 8 * NUMBERS
  const statesAt = statsAt + 8 * STAT_NAMES.length
  const sizeBytes = (placeBytes - statesAt) / STATES
  return Array.from({ length: PLACES }, (_, i) => {
    const at = WORD_BYTES + i * placeBytes
    const state = (k: number): Uint8Array => new Uint8Array(memory, at + statesAt + k * sizeBytes, sizeBytes)
    return {
      header: new Float64Array(memory, at, NUMBERS),
      stats: new Float64Array(memory, at + statsAt, STAT_NAMES.length),
      before: state(0),
      now: state(1),
      again: state(2),
    }
  })
}

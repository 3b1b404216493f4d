// One direction of one line, with faults by seed: late, lost, twice, in another order. The only place where faults
// are decided: the memory network is made of such lines, and real sockets get them by `withFaults`.

import type { Clock } from './clock.ts'
import { NO_FAULTS, checkedConditions, type LineConditions } from './conditions.ts'

/** Counts of whole messages; of one line, or of all that share it. */
export interface LineStats {
  sent: number
  /** Copies are counted too. */
  delivered: number
  lost: number
  /** Of the lost ones: those that the buffer of a narrow line had no room for. */
  overflowed: number
  duplicated: number
  reordered: number
}

export function emptyStats(): LineStats {
  return { sent: 0, delivered: 0, lost: 0, overflowed: 0, duplicated: 0, reordered: 0 }
}

export interface FaultLineOptions {
  clock: Clock
  /** u32. The same seed and the same messages at the same times give the same faults. */
  seed: number
  conditions?: LineConditions
  stats: LineStats
  /** One message has arrived; the bytes are the line's, valid during the call. */
  deliver: (bytes: Uint8Array) => void
  /** Without faults, and with nothing on its way, deliver inside `send`. Otherwise never inside `send`. */
  straight?: boolean
}

/** Messages on their way; a line of 10 s delay at 60 Hz with copies stays below. More are lost, as in a router. */
const MAX_IN_FLIGHT = 2048
/** How far a message is held back so that others overtake it, or its copy comes after it: three ticks at 60 Hz. */
const HOLD_BACK_MS = 50
/** IP and UDP, which a narrow line carries with every message. */
const HEADERS_BYTES = 28

interface Item {
  dueMs: number
  buffer: Uint8Array
  sizeBytes: number
  /** What happens instead of a message: never lost, and after everything that was sent before. */
  run: (() => void) | null
}

export class FaultLine {
  readonly #clock: Clock
  readonly #stats: LineStats
  readonly #deliver: (bytes: Uint8Array) => void
  readonly #straight: boolean
  readonly #random: () => number
  #conditions: Required<LineConditions> = NO_FAULTS
  /** By time; equal times in the order of sending. */
  #queue: Item[] = []
  readonly #pool: Item[] = []
  /** No message in order arrives before this. */
  #lastDueMs = -Infinity
  /** When a narrow line will have carried what it took so far. */
  #carriedMs = -Infinity
  /** In a run of losses. */
  #losing = false
  #cut = false
  #cancel: (() => void) | null = null
  #wakeMs = Infinity

  constructor(options: FaultLineOptions) {
    this.#clock = options.clock
    this.#stats = options.stats
    this.#deliver = options.deliver
    this.#straight = options.straight ?? false
    this.#random = randomOf(options.seed)
    if (options.conditions !== undefined) this.set(options.conditions)
  }

  /** From now on; what is on its way arrives as it would have. */
  set(conditions: LineConditions): void {
    this.#conditions = checkedConditions(conditions)
  }

  /** Sends one whole message; the caller may reuse the bytes. */
  send(bytes: Uint8Array): void {
    this.#stats.sent++
    // The same count of draws for every message, so that one condition does not shift the dice of the others.
    const random = this.#random
    const lossDraw = random()
    const jitterDraw = random()
    const reorderDraw = random()
    const duplicateDraw = random()
    const holdDraw = random()
    const { delayMs, jitterMs, duplicate, reorder } = this.#conditions
    const nowMs = this.#clock.now()
    this.#losing = lossDraw < this.#lossNow()
    const leavesMs = this.#cut ? Infinity : this.#leavesAt(nowMs, bytes.length)
    if (this.#losing || leavesMs === Infinity || this.#queue.length >= MAX_IN_FLIGHT) {
      this.#stats.lost++
      return
    }
    const inOrderMs = Math.max(leavesMs + delayMs + jitterDraw * jitterMs, this.#lastDueMs)
    const late = reorderDraw < reorder
    const twice = duplicateDraw < duplicate
    if (this.#straight && inOrderMs <= nowMs && this.#queue.length === 0 && !late && !twice) {
      this.#stats.delivered++
      this.#deliver(bytes)
      return
    }
    let dueMs = inOrderMs
    if (late) {
      this.#stats.reordered++
      dueMs += holdDraw * HOLD_BACK_MS
    } else this.#lastDueMs = inOrderMs
    this.#enqueue(dueMs, bytes)
    if (twice) {
      this.#stats.duplicated++
      this.#enqueue(dueMs + (1 - holdDraw) * HOLD_BACK_MS, bytes)
    }
    this.#arm()
  }

  /** Runs `run` after everything that was sent before it; it takes the line's delay, and is never lost. */
  after(run: () => void): void {
    const { delayMs } = this.#conditions
    const last = this.#queue.at(-1)?.dueMs ?? -Infinity
    const nowMs = this.#clock.now()
    const dueMs = Math.max(nowMs + delayMs, this.#lastDueMs, last)
    if (this.#straight && dueMs <= nowMs && this.#queue.length === 0) {
      run()
      return
    }
    this.#lastDueMs = dueMs
    this.#insert({ dueMs, buffer: NO_BYTES, sizeBytes: 0, run })
    this.#arm()
  }

  /** From now on nothing arrives, also of what is on its way; what `after` was given waits for `heal`. */
  cut(): void {
    this.#cut = true
    const messages = this.#queue.filter(item => item.run === null)
    this.#queue = this.#queue.filter(item => item.run !== null)
    this.#stats.lost += messages.length
    this.#pool.push(...messages)
  }

  heal(): void {
    this.#cut = false
    this.#arm()
  }

  /** Forgets everything that is on its way. */
  clear(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#wakeMs = Infinity
    this.#carriedMs = -Infinity
    this.#queue.length = 0
    this.#pool.length = 0
  }

  // Of the next message, in a line of two states: runs of `burst` on the average, and `loss` of all messages in them.
  #lossNow(): number {
    const { loss, burst } = this.#conditions
    if (burst * (1 - loss) <= 1) return loss
    return this.#losing ? 1 - 1 / burst : loss / (burst * (1 - loss))
  }

  // When the last bit of a message is on its way. What is lost further on has taken its time here, too.
  #leavesAt(nowMs: number, sizeBytes: number): number {
    const { kbps, queueMs } = this.#conditions
    if (kbps === 0) return nowMs
    const startMs = Math.max(nowMs, this.#carriedMs)
    if (startMs - nowMs > queueMs) {
      this.#stats.overflowed++
      return Infinity
    }
    // A kilobit a second is a bit a millisecond.
    this.#carriedMs = startMs + ((sizeBytes + HEADERS_BYTES) * 8) / kbps
    return this.#carriedMs
  }

  #enqueue(dueMs: number, bytes: Uint8Array): void {
    const item = this.#pool.pop() ?? { dueMs, buffer: NO_BYTES, sizeBytes: 0, run: null }
    if (item.buffer.length < bytes.length) item.buffer = new Uint8Array(Math.max(bytes.length, FIRST_BUFFER_BYTES))
    item.buffer.set(bytes)
    item.sizeBytes = bytes.length
    item.dueMs = dueMs
    this.#insert(item)
  }

  #insert(item: Item): void {
    const queue = this.#queue
    let at = queue.length
    while (at > 0 && queue[at - 1].dueMs > item.dueMs) at--
    if (at === queue.length) queue.push(item)
    else queue.splice(at, 0, item)
  }

  // One timer for the earliest: a timer for each message would be most of what a match of many machines costs.
  #arm(): void {
    if (this.#cut || this.#queue.length === 0) return
    const { dueMs } = this.#queue[0]
    if (this.#cancel !== null) {
      if (this.#wakeMs <= dueMs) return
      this.#cancel()
    }
    this.#wakeMs = dueMs
    this.#cancel = this.#clock.schedule(Math.max(0, dueMs - this.#clock.now()), this.#wake)
  }

  readonly #wake = (): void => {
    this.#cancel = null
    this.#wakeMs = Infinity
    const nowMs = this.#clock.now()
    try {
      // Whoever hears it may send, cut or clear: the queue is looked at anew each time.
      while (!this.#cut && this.#queue.length > 0 && this.#queue[0].dueMs <= nowMs) this.#arrive(this.#queue.shift()!)
    } finally {
      this.#arm()
    }
  }

  #arrive(item: Item): void {
    if (item.run !== null) {
      item.run()
      return
    }
    this.#stats.delivered++
    this.#deliver(item.buffer.subarray(0, item.sizeBytes))
    if (this.#pool.length < MAX_POOLED) this.#pool.push(item)
  }
}

const NO_BYTES = new Uint8Array(0)
/** A small packet with room to grow; most are below 100 bytes. */
const FIRST_BUFFER_BYTES = 256
const MAX_POOLED = 64

/** mulberry32: small, and good enough to throw dice for a network. Rules use the sim's generator, never this one. */
function randomOf(seed: number): () => number {
  let state = mix(seed >>> 0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A seed for one of many lines: neighbours among seeds and lines get nothing in common. */
export function seedOf(seed: number, line: number): number {
  return mix((mix(seed >>> 0) ^ Math.imul(line + 1, 0x9e3779b1)) >>> 0)
}

function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

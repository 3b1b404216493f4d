// Says which chunks of a snapshot go out now. It fills the line without filling the queues in it: inputs travel behind
// chunks, and whoever waits for an input stalls. So it watches how much longer answers take than the fastest one did: that
// is the queue, and beyond a few ticks of it the sender slows down. Loss alone does not slow it: a bad line is not a full one.

/** Chunks in flight at first: what a slow line carries within a tick or two. */
const FIRST_WINDOW = 8
const LEAST_WINDOW = 2
/** 1.5 MB in flight: more than any line needs that a game is played over. */
const MOST_WINDOW = 1024
/** Of one call: the queue of packets holds no more than a few calls of them. */
const MOST_PER_CALL = 64
/** Ticks that answers may take longer than the fastest one. */
const QUEUE_TICKS = 2
/** Answers may overtake one another by this much before a gap means loss. */
const REORDER_TICKS = 3

const WAITING = 0
const IN_FLIGHT = 1
const ARRIVED = 2

export class ChunkSender {
  readonly count: number
  /** Chunks that have arrived. */
  arrived = 0
  #window = FIRST_WINDOW
  /** Doubles every round trip until the line's queue is seen for the first time. */
  #starting = true
  #fastest = Infinity
  #trip = 30
  #slowedAt = -1000
  #call = 0
  /** Every chunk below has been sent at least once. */
  #unsent = 0
  #inFlight = 0
  /** When the newest chunk that has arrived was sent. */
  #newestArrival = -1
  readonly #state: Uint8Array
  readonly #sentAt: Int32Array
  /** Chunks in flight, and lost ones to send again; in order. */
  readonly #flying: number[] = []
  readonly #lost: number[] = []

  constructor(count: number) {
    this.count = count
    this.#state = new Uint8Array(count)
    this.#sentAt = new Int32Array(count)
  }

  get done(): boolean {
    return this.arrived === this.count
  }

  /** What the other side has; false when that makes no sense. */
  acked(next: number, mask: Uint8Array): boolean {
    if (next > this.#unsent || next + mask.length * 8 > this.count + 7) return false
    const before = this.arrived
    let trip = Infinity
    for (const index of this.#flying) {
      const bit = index - next
      const here = bit < 0 || (bit >> 3 < mask.length && ((mask[bit >> 3] >> (bit & 7)) & 1) === 1)
      if (!here || this.#state[index] === ARRIVED) continue
      if (this.#state[index] === IN_FLIGHT) this.#inFlight--
      this.#state[index] = ARRIVED
      this.arrived++
      trip = Math.min(trip, this.#call - this.#sentAt[index])
      this.#newestArrival = Math.max(this.#newestArrival, this.#sentAt[index])
    }
    if (this.arrived > before) this.#adapt(this.arrived - before, trip)
    return true
  }

  /** One call a tick: `send` is called for each chunk that goes out now, of those below `available`. */
  tick(available: number, send: (index: number) => void): void {
    this.#call++
    this.#findLost()
    // Spread over the round trip: a burst would be a queue of its own.
    const spread = Math.max(1, Math.min(this.#trip, 30))
    let budget = Math.min(MOST_PER_CALL, Math.ceil((this.#window * 1.5) / spread))
    while (budget-- > 0 && this.#inFlight < this.#window) {
      const index = this.#nextIndex(available)
      if (index < 0) break
      this.#state[index] = IN_FLIGHT
      this.#sentAt[index] = this.#call
      this.#inFlight++
      send(index)
    }
  }

  #nextIndex(available: number): number {
    while (this.#lost.length > 0) {
      const index = this.#lost.shift()!
      if (this.#state[index] === WAITING) return index
    }
    if (this.#unsent >= Math.min(available, this.count)) return -1
    this.#flying.push(this.#unsent)
    return this.#unsent++
  }

  #adapt(count: number, trip: number): void {
    this.#fastest = Math.min(this.#fastest, trip)
    this.#trip += (trip - this.#trip) / 4
    if (trip - this.#fastest <= QUEUE_TICKS) {
      this.#window += this.#starting ? count : count / this.#window
    } else if (this.#call - this.#slowedAt > trip) {
      // Once a round trip: what is in flight answers for the window before.
      this.#starting = false
      this.#slowedAt = this.#call
      this.#window *= 0.8
    }
    this.#window = Math.max(LEAST_WINDOW, Math.min(MOST_WINDOW, this.#window))
  }

  #findLost(): void {
    const overdue = this.#call - (2 * this.#trip + 12)
    let kept = 0
    for (const index of this.#flying) {
      if (this.#state[index] === ARRIVED) continue
      this.#flying[kept++] = index
      if (this.#state[index] !== IN_FLIGHT) continue
      const sent = this.#sentAt[index]
      if (sent >= this.#newestArrival - REORDER_TICKS && sent >= overdue) continue
      this.#state[index] = WAITING
      this.#inFlight--
      this.#lost.push(index)
    }
    this.#flying.length = kept
  }
}

// Says which chunks of a snapshot go out now. It fills the line without filling the queues in it: inputs travel behind
// chunks, and whoever waits for an input stalls. So it sends at the rate at which chunks arrive, a little more while answers
// come as fast as the fastest one did, less as soon as they take longer: that is the queue. Loss alone does not slow it: a
// bad line is not a full one.

/** Chunks of the first burst, and how many times larger the next one is, until one shows how wide the line is. */
const FIRST_BURST = 6
const NEXT_BURST = 6
const MOST_BURST = 128
const LEAST_PACE = 0.1
/** The queue of packets holds no more than a few calls of so many. */
const MOST_PACE = 64
/** The queue that is aimed at, in ticks: none would leave the line idle. */
const QUEUE_TICKS = 1
/** How much a tick of queue more or less changes the pace, and how far it may go from the rate of arrival. */
const GAIN = 0.15
const SLOWEST = 0.5
const FASTEST = 1.15
/** What is left of the known rate after a call: it is found anew all the time. */
const DECAY = 0.998
const QUEUED_DECAY = 0.95
/** Ticks after which a chunk counts as lost while no answer has ever come. */
const FIRST_TRIP = 24
/** Calls over which arrivals and the fastest answers are counted. */
const WINDOW_CALLS = 8
/** Answers may overtake one another by this much before a gap means loss. */
const REORDER_TICKS = 3

const WAITING = 0
const IN_FLIGHT = 1
const ARRIVED = 2

export class ChunkSender {
  readonly count: number
  /** Chunks that have arrived. */
  arrived = 0
  /** Chunks a tick; 0 while bursts find out what the line carries. */
  #pace = 0
  /** What the line carries in a tick, as far as is known. */
  #rate = 0
  #credit = 0
  #burst = FIRST_BURST
  /** Of the burst that is on its way: when it left, its chunks that are neither here nor lost, and its answers. */
  readonly #probe = { sentAt: 0, sent: 0, left: 0, answers: 0, arrived: 0, first: 0, firstAt: 0, lastAt: 0 }
  /** Ticks of the fastest answer ever, and of a usual one. */
  #fastest = Infinity
  #trip = 0
  #call = 0
  /** Every chunk below has been sent at least once. */
  #unsent = 0
  #inFlight = 0
  /** When the newest chunk that has arrived was sent. */
  #newestArrival = -1
  /** Of the last calls: chunks that arrived or are known as lost, and the fastest answer (0: none came). */
  readonly #settled = new Uint16Array(WINDOW_CALLS)
  readonly #trips = new Uint16Array(WINDOW_CALLS)
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
    const place = this.#call % WINDOW_CALLS
    let ofBurst = 0
    for (const index of this.#flying) {
      const bit = index - next
      const here = bit < 0 || (bit >> 3 < mask.length && ((mask[bit >> 3] >> (bit & 7)) & 1) === 1)
      if (!here || this.#state[index] === ARRIVED) continue
      if (this.#state[index] === IN_FLIGHT) this.#inFlight--
      this.#state[index] = ARRIVED
      this.arrived++
      this.#settled[place]++
      const sentAt = this.#sentAt[index]
      if (sentAt === this.#probe.sentAt) ofBurst++
      const trip = Math.max(1, this.#call - sentAt)
      this.#trips[place] = this.#trips[place] === 0 ? trip : Math.min(this.#trips[place], trip)
      this.#newestArrival = Math.max(this.#newestArrival, sentAt)
      this.#fastest = Math.min(this.#fastest, trip)
    }
    if (this.#pace === 0 && ofBurst > 0) this.#probed(ofBurst)
    return true
  }

  /** One call a tick: `send` is called for each chunk that goes out now, of those below `available`. */
  tick(available: number, send: (index: number) => void): void {
    this.#findLost()
    this.#adapt()
    this.#call++
    this.#settled[this.#call % WINDOW_CALLS] = 0
    this.#trips[this.#call % WINDOW_CALLS] = 0
    let most = Infinity
    if (this.#pace > 0) {
      this.#credit = Math.min(this.#credit + this.#pace, 2 * this.#pace + 1)
      // Without answers nothing more goes out than the line and its queue may hold.
      most = this.#pace * (Math.min(this.#fastest, 30) + 4) + 4
    } else if (this.#probe.left === 0) this.#beginBurst()
    while (this.#credit >= 1 && this.#inFlight < most) {
      const index = this.#nextIndex(available)
      if (index < 0) break
      this.#credit--
      this.#state[index] = IN_FLIGHT
      this.#sentAt[index] = this.#call
      this.#inFlight++
      if (this.#pace === 0) {
        this.#probe.sent++
        this.#probe.left++
      }
      send(index)
    }
    // A burst is what left in one call; what was not there yet is for the next one.
    if (this.#pace === 0) this.#credit = 0
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

  #beginBurst(): void {
    const probe = this.#probe
    this.#credit = this.#burst
    probe.sentAt = this.#call
    probe.sent = 0
    probe.answers = 0
    probe.arrived = 0
  }

  #probed(count: number): void {
    const probe = this.#probe
    if (probe.answers++ === 0) {
      probe.first = count
      probe.firstAt = this.#call
    }
    probe.arrived += count
    probe.lastAt = this.#call
    this.#settleBurst(count)
  }

  // A burst leaves as one and arrives as wide as the line lets it: once it takes several answers, they tell what the line
  // carries in a tick.
  #settleBurst(count: number): void {
    const probe = this.#probe
    probe.left -= count
    if (probe.left > 0) return
    const calls = probe.lastAt - probe.firstAt
    if (probe.answers >= 3 && calls > 0) this.#rate = (probe.arrived - probe.first) / calls
    else if (probe.sent >= MOST_BURST) this.#rate = probe.arrived
    else if (probe.sent === this.#burst)
      this.#burst = Math.min(MOST_BURST, this.#burst * (probe.answers > 1 ? 2 : NEXT_BURST))
    this.#pace = this.#rate
  }

  #adapt(): void {
    // The faster of the last two calls' answers: one late answer is not a queue.
    const trip = earlier(
      this.#trips[this.#call % WINDOW_CALLS],
      this.#trips[(this.#call + WINDOW_CALLS - 1) % WINDOW_CALLS],
    )
    if (trip === 0) return
    this.#trip = this.#trip === 0 ? trip : this.#trip + (trip - this.#trip) / 8
    if (this.#pace === 0) return
    const queue = trip - this.#fastest
    let settled = 0
    for (let i = 0; i < WINDOW_CALLS; i++) settled += this.#settled[i]
    const change = Math.max(SLOWEST, Math.min(FASTEST, 1 + GAIN * (QUEUE_TICKS - queue)))
    // Losses, and calls in which there was nothing to send, are no sign of a narrower line; a queue is.
    this.#rate = Math.max(settled / WINDOW_CALLS, this.#rate * (queue > QUEUE_TICKS ? QUEUED_DECAY : DECAY))
    this.#pace = Math.max(LEAST_PACE, Math.min(MOST_PACE, this.#rate * change))
  }

  #findLost(): void {
    const overdue = this.#call - (this.#trip === 0 ? FIRST_TRIP : 1.5 * this.#trip + 6)
    let kept = 0
    for (const index of this.#flying) {
      if (this.#state[index] === ARRIVED) continue
      this.#flying[kept++] = index
      if (this.#state[index] !== IN_FLIGHT) continue
      const sent = this.#sentAt[index]
      if (sent >= this.#newestArrival - REORDER_TICKS && sent >= overdue) continue
      this.#state[index] = WAITING
      this.#inFlight--
      this.#settled[this.#call % WINDOW_CALLS]++
      if (this.#pace === 0 && sent === this.#probe.sentAt) this.#settleBurst(1)
      this.#lost.push(index)
    }
    this.#flying.length = kept
  }
}

/** 0 stands for none. */
function earlier(a: number, b: number): number {
  return a === 0 || (b !== 0 && b < a) ? b : a
}

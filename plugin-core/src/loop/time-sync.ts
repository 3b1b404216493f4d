// Whoever runs ahead slows down a little, so that no side rolls back for both. The host says how early this
// peer's inputs come, compared with the slowest one's; half of that is given up, a tick now and then.

/** One skipped tick in so many at most: slower is felt, faster is seen. */
const TICKS_BETWEEN_SKIPS = 10
/** One added tick in so many: whoever is late is late now. */
const TICKS_BETWEEN_ADDS = 3
/** Below this lead (in sixteenths of a tick) nothing is done: jitter alone reaches it. */
const TOLERATED_SIXTEENTHS = 12

export class TimeSync {
  skipped = 0
  #toSkip = 0
  #sinceSkip = TICKS_BETWEEN_SKIPS
  #toAdd = 0
  #sinceAdd = 0

  /** The host's newest word on this peer's lead; negative: it could not tell. */
  lead(sixteenths: number): void {
    if (sixteenths < 0) return
    this.#toSkip = sixteenths < TOLERATED_SIXTEENTHS ? 0 : Math.max(1, Math.round(sixteenths / 32))
  }

  /** To run so many ticks further ahead than now, negative: less far; what was still to be done is forgotten. */
  shift(ticks: number): void {
    this.#toSkip = Math.max(0, -ticks)
    this.#toAdd = Math.max(0, ticks)
  }

  /** Once a tick that was run: whether another one follows at once. */
  addsTick(): boolean {
    this.#sinceAdd++
    if (this.#toAdd === 0 || this.#sinceAdd < TICKS_BETWEEN_ADDS) return false
    this.#toAdd--
    this.#sinceAdd = 0
    return true
  }

  /** Once a tick: whether this one is to be given up. */
  skipsThisTick(): boolean {
    this.#sinceSkip++
    if (this.#toSkip === 0 || this.#sinceSkip < TICKS_BETWEEN_SKIPS) return false
    this.#toSkip--
    this.#sinceSkip = 0
    this.skipped++
    return true
  }
}

// What both sides of a duel said of their confirmed states. Whoever speaks second of a tick is compared with the first.

/** Ticks that are kept of each side. Should one fall out before the other side's comes, that comparison is skipped. */
const KEPT = 16

export class ChecksumPair {
  readonly #ticks = [new Float64Array(KEPT).fill(-1), new Float64Array(KEPT).fill(-1)]
  readonly #sums = [new Float64Array(KEPT), new Float64Array(KEPT)]
  readonly #next = [0, 0]

  /** False when the other side said otherwise of this tick. */
  say(slot: number, tick: number, checksum: number): boolean {
    if (this.#ticks[slot].indexOf(tick) < 0) {
      const place = this.#next[slot]++ % KEPT
      this.#ticks[slot][place] = tick
      this.#sums[slot][place] = checksum
    }
    const other = this.#ticks[1 - slot].indexOf(tick)
    return other < 0 || this.#sums[1 - slot][other] === checksum
  }
}

// What peers said of their confirmed states, by tick: the first word stands, and another one is a desync.

/** Grid ticks that are kept: four seconds, longer than anyone may lag. */
const KEPT = 8

export class ChecksumBoard {
  readonly #said = new Map<number, { checksum: number; slot: number }>()

  /** The slot that said otherwise of this tick; null when nobody has. */
  disagrees(tick: number, checksum: number, slot: number): number | null {
    const known = this.#said.get(tick)
    if (known !== undefined) return known.checksum === checksum ? null : known.slot
    this.#said.set(tick, { checksum, slot })
    // A Map keeps the order of insertion: the first key is the oldest.
    if (this.#said.size > KEPT) this.#said.delete(this.#said.keys().next().value!)
    return null
  }

  clear(): void {
    this.#said.clear()
  }
}

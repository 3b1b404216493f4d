// What peers said of their confirmed states, by tick. When the words of everyone who plays are there, they are judged: all
// alike, or most alike and some astray, or nobody to believe.

/** Grid ticks that are kept: four seconds, longer than anyone may lag. */
const KEPT = 8

export interface Verdict {
  /** Slots whose state is not that of the majority; null where there is none: everyone may be wrong. */
  readonly astray: readonly number[] | null
  /** Two slots that differ, for people. */
  readonly differ: readonly [number, number]
}

export class ChecksumBoard {
  readonly #said = new Map<number, Map<number, number>>()

  /** The first word of a slot stands. */
  say(tick: number, slot: number, checksum: number): void {
    let said = this.#said.get(tick)
    if (said === undefined) {
      said = new Map()
      this.#said.set(tick, said)
      // A Map keeps the order of insertion: the first key is the oldest.
      if (this.#said.size > KEPT) this.#said.delete(this.#said.keys().next().value!)
    }
    if (!said.has(slot)) said.set(slot, checksum)
  }

  /**
   * Null while all that was said of a tick agrees, and while it does not but somebody of `slots` who could decide it has not
   * spoken. A tick is judged once.
   */
  judge(tick: number, slots: readonly number[]): Verdict | null {
    const said = this.#said.get(tick)
    if (said === undefined) return null
    const voices = [...said].filter(([slot]) => slots.includes(slot))
    const other = voices.find(([, checksum]) => checksum !== voices[0][1])
    if (other === undefined) return null
    const differ: readonly [number, number] = [voices[0][0], other[0]]
    const most = majority(
      voices.map(([, checksum]) => checksum),
      slots.length,
    )
    if (most === null && voices.length < slots.length) return null
    // Whoever was wrong here was wrong at the ticks after it, too: those words are not judged again.
    this.#said.clear()
    return { astray: most === null ? null : voices.filter(v => v[1] !== most).map(([slot]) => slot), differ }
  }

  /** What somebody else than this slot said of a tick; null when nobody did. */
  other(tick: number, slot: number): number | null {
    for (const [who, checksum] of this.#said.get(tick) ?? []) if (who !== slot) return checksum
    return null
  }

  clear(): void {
    this.#said.clear()
  }
}

/** The checksum that more than half of `voters` said; null when there is none. */
function majority(checksums: readonly number[], voters: number): number | null {
  const counts = new Map<number, number>()
  for (const each of checksums) counts.set(each, (counts.get(each) ?? 0) + 1)
  for (const [checksum, count] of counts) if (2 * count > voters) return checksum
  return null
}

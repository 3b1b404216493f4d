// Inputs of one target that are worth mutating: real ones, and those that reached something new.

import type { Seeded } from '../seeded.ts'

/** More would be picked too seldom. */
const MOST = 2000

export class Corpus {
  readonly items: Uint8Array[]
  readonly #seeds: number

  constructor(seeds: readonly Uint8Array[]) {
    this.items = [...seeds]
    this.#seeds = seeds.length
  }

  add(bytes: Uint8Array): void {
    if (this.items.length < MOST) this.items.push(bytes)
    else this.items[this.#seeds + ((this.items.length * 7919 + bytes.length) % (MOST - this.#seeds))] = bytes
  }

  /** The newest ones oftener: what they reached was reached last. */
  pick(random: Seeded): Uint8Array {
    const { items } = this
    if (items.length === 0) return NOTHING
    const from = random.chance(0.3) ? Math.max(0, items.length - 20) : 0
    return items[from + random.below(items.length - from)]
  }
}

const NOTHING = new Uint8Array(0)

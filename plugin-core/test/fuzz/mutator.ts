// Bytes from bytes: what a mutation changes is small, where it changes something is not left to chance alone. Writes into
// one buffer of its own, so that a hundred thousand mutants a second leave no garbage.

import type { Seeded } from '../seeded.ts'

/** The longest mutant: somewhat more than a packet may have. */
export const MUTANT_BYTES = 2048

const BYTES = [0, 1, 2, 3, 7, 8, 0x0f, 0x10, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff]
const WORDS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 1200, 1400, 1401, 1500, 1501, 0x7fff, 0x8000, 0xfffe, 0xffff]
const LONGS = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
  0xffffffff,
]
/** Spellings of LEB128: edges of each length, too long, never ending, more than 32 bits. */
const LEBS = [
  [0x00],
  [0x7f],
  [0x80, 0x01],
  [0xff, 0x7f],
  [0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x1f],
  [0x80, 0x00],
  [0x80, 0x80, 0x80, 0x80, 0x00],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
]

export interface MutationSource {
  /** Inputs to cut pieces from. */
  readonly items: readonly Uint8Array[]
  /** Numbers that mean something now: ticks, slots, rounds, halves of ids. */
  readonly values: readonly number[]
}

export class Mutator {
  readonly #random: Seeded
  readonly #bytes = new Uint8Array(MUTANT_BYTES)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #spare = new Uint8Array(MUTANT_BYTES)
  #size = 0
  /** Nothing before this changes. */
  #from = 0

  constructor(random: Seeded) {
    this.#random = random
  }

  /** Bytes of the mutant, up to what `mutate` answered. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Mutates a parent; its first `keep` bytes stay as they are. Answers the mutant's size. */
  mutate(parent: Uint8Array, keep: number, source: MutationSource): number {
    const random = this.#random
    this.#size = Math.min(parent.length, MUTANT_BYTES)
    this.#bytes.set(this.#size === parent.length ? parent : parent.subarray(0, this.#size))
    this.#from = Math.min(keep, this.#size)
    // Mostly one or two: more of them seldom leave anything that makes sense.
    let times = 1
    while (times < 8 && random.chance(0.4)) times++
    for (; times > 0; times--) this.#once(source)
    return this.#size
  }

  #once(source: MutationSource): void {
    const random = this.#random
    const room = this.#size - this.#from
    if (room === 0) {
      this.#insert(source)
      return
    }
    const at = this.#from + random.below(room)
    switch (random.below(13)) {
      case 0:
        this.#bytes[at] ^= 1 << random.below(8)
        break
      case 1:
        this.#bytes[at] = BYTES[random.below(BYTES.length)]
        break
      case 2:
        this.#bytes[at] += random.below(2) * 70 - 35 + random.below(36)
        break
      case 3:
        if (at + 2 <= this.#size) this.#view.setUint16(at, WORDS[random.below(WORDS.length)], random.chance(0.95))
        break
      case 4:
        if (at + 4 <= this.#size) this.#view.setUint32(at, this.#long(source), true)
        break
      case 5:
        if (at + 4 <= this.#size) this.#view.setUint32(at, this.#view.getUint32(at, true) + random.below(67) - 33, true)
        break
      case 6:
        this.#leb(at)
        break
      case 7:
        this.#insert(source)
        break
      case 8:
        this.#delete(at)
        break
      case 9:
        this.#duplicate(at)
        break
      case 10:
        this.#crossOver(at, source)
        break
      case 11:
        // Cut short, or grown by nothing.
        this.#size = random.chance(0.8) ? at : Math.min(MUTANT_BYTES, this.#size + 1 + random.below(40))
        break
      case 12:
        for (let i = at; i < Math.min(this.#size, at + 1 + random.below(8)); i++) this.#bytes[i] = random.below(256)
        break
    }
  }

  #long({ values }: MutationSource): number {
    const random = this.#random
    if (values.length === 0 || random.chance(0.4)) return LONGS[random.below(LONGS.length)]
    // Beside what is meant, too: one early, one late, a window's length away.
    const near = [0, 0, 0, 1, -1, 2, 31, 32, 33, -32, 63, 64, 65, 1024]
    return values[random.below(values.length)] + near[random.below(near.length)]
  }

  #leb(at: number): void {
    const spelling = LEBS[this.#random.below(LEBS.length)]
    if (this.#random.chance(0.5))
      for (let i = 0; i < spelling.length && at + i < this.#size; i++) this.#bytes[at + i] = spelling[i]
    else {
      this.#open(at, spelling.length - 1)
      for (let i = 0; i < spelling.length && at + i < this.#size; i++) this.#bytes[at + i] = spelling[i]
    }
  }

  #insert({ items }: MutationSource): void {
    const random = this.#random
    const at = this.#from + random.below(this.#size - this.#from + 1)
    const other = items.length > 0 && random.chance(0.5) ? items[random.below(items.length)] : null
    if (other !== null && other.length > 0) {
      const start = random.below(other.length)
      const count = Math.min(1 + random.below(random.chance(0.1) ? 600 : 40), other.length - start)
      const opened = this.#open(at, count)
      for (let i = 0; i < opened; i++) this.#bytes[at + i] = other[start + i]
      return
    }
    const opened = this.#open(at, 1 + random.below(random.chance(0.05) ? 600 : 16))
    const value = random.chance(0.5) ? BYTES[random.below(BYTES.length)] : -1
    for (let i = 0; i < opened; i++) this.#bytes[at + i] = value < 0 ? random.below(256) : value
  }

  /** Makes room; answers how much there was. */
  #open(at: number, count: number): number {
    const opened = Math.min(count, MUTANT_BYTES - this.#size)
    if (opened <= 0) return 0
    this.#bytes.copyWithin(at + opened, at, this.#size)
    this.#size += opened
    return opened
  }

  #delete(at: number): void {
    const count = Math.min(1 + this.#random.below(this.#random.chance(0.2) ? 64 : 8), this.#size - at)
    this.#bytes.copyWithin(at, at + count, this.#size)
    this.#size -= count
  }

  #duplicate(at: number): void {
    const count = Math.min(1 + this.#random.below(48), this.#size - at)
    this.#spare.set(this.#bytes.subarray(at, at + count))
    const times = this.#random.chance(0.1) ? 1 + this.#random.below(40) : 1
    for (let n = 0; n < times; n++) {
      const opened = this.#open(at, count)
      for (let i = 0; i < opened; i++) this.#bytes[at + i] = this.#spare[i]
    }
  }

  /** The beginning of this, and the end of another. */
  #crossOver(at: number, { items }: MutationSource): void {
    if (items.length === 0) return
    const other = items[this.#random.below(items.length)]
    const from = this.#random.chance(0.6) ? Math.min(at, other.length) : this.#random.below(other.length + 1)
    const count = Math.min(other.length - from, MUTANT_BYTES - at)
    for (let i = 0; i < count; i++) this.#bytes[at + i] = other[from + i]
    this.#size = at + count
  }
}

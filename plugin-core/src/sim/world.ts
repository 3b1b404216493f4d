// The world: one ArrayBuffer that holds everything that must roll back. Saving is one copy, restoring one copy back, and
// every view below stays valid over both.

import { FIELD_TYPES } from '../bytes/field-types.ts'
import { CARRY_BYTES } from '../wire/limits.ts'
import { NONE, type Entity } from './game.ts'
import { mistake } from './rules-error.ts'
import { ALIVE, type WorldLayout } from './schema.ts'

type Column = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

type Below = Parameters<typeof mistake>[1]

const INDEX_BITS = 20
const INDEX_MASK = (1 << INDEX_BITS) - 1
/** Generations that a reference tells apart; 0 is kept for "no reference". */
const GENERATIONS = (1 << (32 - INDEX_BITS)) - 1

export class World {
  readonly layout: WorldLayout
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  /** The same words, signed: for the generator. */
  readonly signed: Int32Array
  readonly masks: Uint32Array
  readonly carry: Uint8Array
  /** Inputs of the tick before. */
  readonly previous: Uint8Array
  readonly raw: Uint8Array
  /** Columns by component and field. */
  readonly components: Record<string, Record<string, Column>> = {}
  /** A component's bit in the masks. */
  readonly bits: Record<string, number> = Object.create(null) as Record<string, number>
  readonly #generations: Uint16Array
  readonly #nextFree: Uint32Array
  /** Columns by bit, to be cleared when a component is given. */
  readonly #columns: Column[][] = []
  readonly #high: number
  readonly #free: number
  readonly #alive: number

  constructor(layout: WorldLayout) {
    this.layout = layout
    const buffer = new ArrayBuffer(layout.sizeBytes)
    const n = layout.maxEntities
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.signed = new Int32Array(buffer)
    this.masks = new Uint32Array(buffer, layout.maskOffset, n)
    this.#generations = new Uint16Array(buffer, layout.generationOffset, n)
    this.#nextFree = new Uint32Array(buffer, layout.freeOffset, n)
    this.carry = new Uint8Array(buffer, layout.carryOffset, CARRY_BYTES)
    this.previous = new Uint8Array(buffer, layout.previousOffset, layout.previousBytes)
    this.raw = new Uint8Array(buffer, layout.rawOffset, layout.rawBytes)
    layout.components.forEach((name, bit) => {
      this.bits[name] = (1 << bit) >>> 0
      this.components[name] = {}
      this.#columns.push([])
    })
    for (const { component, field, type, offset } of layout.columns) {
      const column = new FIELD_TYPES[type].array(buffer, offset, n)
      this.components[component][field] = column
      this.#columns[layout.components.indexOf(component)].push(column)
    }
    this.#high = layout.header.high
    this.#free = layout.header.free
    this.#alive = layout.header.alive
  }

  /** Entities from here on were never used. */
  get high(): number {
    return this.words[this.#high]
  }

  /** `below`: the method that the rules called. Their mistake is told with the line that called it. */
  bit(component: string, below: Below): number {
    const bit = this.bits[component]
    if (bit === undefined)
      throw mistake(
        `no component "${component}"; the game declares ${this.layout.components.join(', ') || 'none'}`,
        below,
      )
    return bit
  }

  /** A free index: the one freed last, else the next unused one. */
  spawn(mask: number): Entity {
    const { words } = this
    let e = NONE
    const free = words[this.#free]
    if (free > 0) {
      e = free - 1
      words[this.#free] = this.#nextFree[e]
    } else if (words[this.#high] < this.layout.maxEntities) e = words[this.#high]++
    if (e === NONE) return NONE
    words[this.#alive]++
    this.masks[e] = ALIVE
    this.give(e, mask)
    return e
  }

  destroy(e: Entity, below: Below): void {
    this.check(e, below)
    this.masks[e] = 0
    this.#generations[e] = (this.#generations[e] + 1) % GENERATIONS
    this.#nextFree[e] = this.words[this.#free]
    this.words[this.#free] = e + 1
    this.words[this.#alive]--
  }

  /** Gives components; those that it has not had start with zeros. */
  give(e: Entity, mask: number): void {
    const fresh = mask & ~this.masks[e]
    for (let bit = 0; bit < this.#columns.length; bit++) {
      if (((fresh >>> bit) & 1) === 0) continue
      const columns = this.#columns[bit]
      for (let i = 0; i < columns.length; i++) columns[i][e] = 0
    }
    this.masks[e] |= mask
  }

  take(e: Entity, mask: number): void {
    this.masks[e] &= ~mask
  }

  alive(e: Entity): boolean {
    // What is no index (-1, 0.5, undefined) has no mask.
    return (this.masks[e] ?? 0) !== 0
  }

  /** Throws the author's mistake: an index that is nobody's. */
  check(e: Entity, below: Below): void {
    if (this.alive(e)) return
    const why = e === NONE ? ' (it is NONE: was the world full, or the reference gone?)' : ''
    throw mistake(`entity ${e} does not exist${why}`, below)
  }

  ref(e: Entity, below: Below): number {
    this.check(e, below)
    return (((this.#generations[e] + 1) << INDEX_BITS) | e) >>> 0
  }

  deref(reference: number): Entity {
    const e = reference & INDEX_MASK
    if (reference === 0 || e >= this.masks.length || this.masks[e] === 0) return NONE
    return (reference >>> INDEX_BITS) - 1 === this.#generations[e] ? e : NONE
  }

  /** Empty, but for what outlives a round: the seed, and who may send which events. */
  reset(): void {
    const seed = this.words[this.layout.header.seed]
    this.bytes.fill(0, 0, this.layout.rightsOffset)
    this.words[this.layout.header.seed] = seed
  }
}

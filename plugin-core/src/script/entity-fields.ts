// Fields of entities, as Lua reads and writes them: straight from and to the world's columns.

import { FIELD_TYPES, type FieldType } from '../bytes/field-types.ts'
import { ALIVE, type WorldLayout } from '../sim/schema.ts'

type Column = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

/** What Lua makes of a column's number; bindings.wat says the same. */
export const KIND = { float: 0, integer: 1, bool: 2, ref: 3, shared: 6, component: 7 } as const

const INDEX_BITS = 20
const INDEX_MASK = (1 << INDEX_BITS) - 1
const FIXED_ONE = 65536

export interface Field {
  readonly id: number
  readonly component: number
  readonly name: string
  readonly type: FieldType
  /** As in the tables of names: `id * 8 + kind`. */
  readonly code: number
}

export class EntityFields {
  readonly layout: WorldLayout
  readonly fields: readonly Field[]
  readonly masks: Uint32Array
  readonly #generations: Uint16Array
  readonly #high: Uint32Array
  readonly #columns: Column[] = []
  readonly #types: FieldType[] = []
  /** A field's component and `ALIVE`. */
  readonly #bits: Uint32Array

  constructor(layout: WorldLayout, world: Uint8Array) {
    this.layout = layout
    const { byteOffset } = world
    const buffer = world.buffer as ArrayBuffer
    const n = layout.maxEntities
    this.masks = new Uint32Array(buffer, byteOffset + layout.maskOffset, n)
    this.#generations = new Uint16Array(buffer, byteOffset + layout.generationOffset, n)
    this.#high = new Uint32Array(buffer, byteOffset + layout.header.high * 4, 1)
    this.#bits = new Uint32Array(layout.columns.length)
    this.fields = layout.columns.map(({ component, field, type, offset }, id) => {
      const number = layout.components.indexOf(component)
      this.#bits[id] = (ALIVE | (1 << number)) >>> 0
      this.#columns.push(new FIELD_TYPES[type].array(buffer, byteOffset + offset, n))
      this.#types.push(type)
      return { id, component: number, name: field, type, code: id * 8 + KIND[kindOf(type)] }
    })
  }

  /** Entities from here on were never used. */
  get high(): number {
    return this.#high[0]
  }

  /** The mask of some components, all of which an entity must have; throws for an unknown one. */
  maskOf(names: readonly string[]): number {
    let mask = ALIVE
    for (const name of names) {
      const bit = this.layout.components.indexOf(name)
      if (bit < 0)
        throw new Error(`no component "${name}"; the game declares ${this.layout.components.join(', ') || 'none'}`)
      mask |= 1 << bit
    }
    return mask >>> 0
  }

  reference(e: number): number {
    return (((this.#generations[e] + 1) << INDEX_BITS) | e) >>> 0
  }

  /** The entity that a reference means; -1: it is gone. */
  entity(reference: number): number {
    const e = reference & INDEX_MASK
    if (e >= this.masks.length || this.masks[e] === 0) return -1
    return (reference >>> INDEX_BITS) - 1 === this.#generations[e] ? e : -1
  }

  /** The first entity from `from` on that has these components; -1: there is none. */
  next(mask: number, from: number): number {
    const { masks, high } = this
    for (let e = from; e < high; e++) if ((masks[e] & mask) >>> 0 === mask) return e
    return -1
  }

  /** Whether the entity has the field's component. */
  has(e: number, id: number): boolean {
    const bits = this.#bits[id]
    return (this.masks[e] & bits) >>> 0 === bits
  }

  // One access by type, so that each meets one kind of array.
  get(id: number, e: number): number {
    const column = this.#columns[id]
    switch (this.#types[id]) {
      case 'f64':
        return (column as Float64Array)[e]
      case 'f32':
        return (column as Float32Array)[e]
      case 'i32':
        return (column as Int32Array)[e]
      case 'u32':
        return (column as Uint32Array)[e]
      case 'i16':
        return (column as Int16Array)[e]
      case 'u16':
        return (column as Uint16Array)[e]
      case 'i8':
        return (column as Int8Array)[e]
      case 'u8':
      case 'bool':
        return (column as Uint8Array)[e]
      case 'fixed':
        return (column as Int32Array)[e] / FIXED_ONE
      case 'ref': {
        const reference = (column as Uint32Array)[e]
        return this.entity(reference) < 0 ? 0 : reference
      }
    }
  }

  set(id: number, e: number, value: number): void {
    const column = this.#columns[id]
    switch (this.#types[id]) {
      case 'f64':
        ;(column as Float64Array)[e] = value
        return
      case 'f32':
        ;(column as Float32Array)[e] = value
        return
      case 'fixed':
        ;(column as Int32Array)[e] = Math.floor(value * FIXED_ONE)
        return
      case 'bool':
        ;(column as Uint8Array)[e] = value === 0 ? 0 : 1
        return
      default:
        column[e] = value
    }
  }
}

function kindOf(type: FieldType): 'float' | 'integer' | 'bool' | 'ref' {
  switch (type) {
    case 'f32':
    case 'f64':
    case 'fixed':
      return 'float'
    case 'bool':
      return 'bool'
    case 'ref':
      return 'ref'
    default:
      return 'integer'
  }
}

// One state of the world as the page reads it: columns, entities and queries over the page's own copy of the bytes.
// The arrays are made once for a schema; a new state is copied into them, so whoever holds a column keeps it.

import { FIELD_TYPES, type FieldArray, type FieldType } from '../bytes/field-types.ts'
import type { WorldLayout } from '../sim/schema.ts'

export type Column = FieldArray<FieldType>

/** One component's columns by field name. */
export type ComponentColumns = Readonly<Record<string, Column>>

/** Generations are u16. */
const GENERATIONS = 0x10000
/** Q16.16 numbers are drawn as what they mean. */
const FIXED_UNIT = 1 / 65536

/** A number of every entity, and what one step of it is worth (1, or 1/65536 for `fixed`). */
export interface FieldRef {
  readonly values: Column
  readonly unit: number
}

export class StateFrame {
  tick = 0
  /** @internal */ readonly bytes: Uint8Array
  /** @internal */ readonly masks: Uint32Array
  /** @internal */ readonly generations: Uint16Array
  /** @internal */ readonly components = new Map<string, { bit: number; columns: ComponentColumns }>()
  readonly #layout: WorldLayout
  readonly #header: Uint32Array
  readonly #highWord: number
  readonly #roundWord: number
  readonly #queries: EntityQuery[] = []

  constructor(layout: WorldLayout) {
    const buffer = new ArrayBuffer(layout.sizeBytes)
    this.#layout = layout
    this.bytes = new Uint8Array(buffer)
    this.masks = new Uint32Array(buffer, layout.maskOffset, layout.maxEntities)
    this.generations = new Uint16Array(buffer, layout.generationOffset, layout.maxEntities)
    this.#header = new Uint32Array(buffer, 0, Object.keys(layout.header).length)
    this.#highWord = layout.header.high
    this.#roundWord = layout.header.round
    layout.components.forEach((name, bit) => this.components.set(name, { bit, columns: {} }))
    for (const { component, field, type, offset } of layout.columns) {
      const columns = this.components.get(component)!.columns as Record<string, Column>
      columns[field] = new FIELD_TYPES[type].array(buffer, offset, layout.maxEntities)
    }
    // Component names start with an upper-case letter, so they meet no method.
    for (const [name, { columns }] of this.components) Object.defineProperty(this, name, { value: columns })
  }

  /** @internal */
  get sizeBytes(): number {
    return this.bytes.length
  }

  /** @internal */
  get maxEntities(): number {
    return this.masks.length
  }

  /** @internal Copies a state of `sizeBytes` bytes. */
  load(bytes: Uint8Array, tick: number): void {
    this.bytes.set(bytes)
    this.tick = tick
  }

  /** @internal Every entity's index is below this. */
  get entityLimit(): number {
    return this.#header[this.#highWord]
  }

  get round(): number {
    return this.#header[this.#roundWord]
  }

  /** @internal Equal as long as the index is the same entity: rounds begin with an empty world. */
  identity(e: number): number {
    return this.round * GENERATIONS + this.generations[e]
  }

  has(e: number, component: string): boolean {
    return (this.masks[e] & this.maskOf([component])) !== 0
  }

  generation(e: number): number {
    return this.generations[e]
  }

  query(...components: string[]): Iterable<number> {
    return this.#queryOf(components)
  }

  first(...components: string[]): number {
    const { mask } = this.#queryOf(components)
    const limit = this.entityLimit
    for (let e = 0; e < limit; e++) if ((this.masks[e] & mask) >>> 0 === mask) return e
    return -1
  }

  /** @internal */
  maskOf(components: readonly string[]): number {
    let mask = 0
    for (const name of components) {
      const known = this.components.get(name)
      if (known === undefined) throw new Error(unknownComponent(name, this.#layout))
      mask |= 1 << known.bit
    }
    return mask >>> 0
  }

  /** @internal A field of these components, `'x'` or `'Body.x'`. Throws a sentence that lists the known names. */
  field(name: string, components: readonly string[]): FieldRef {
    this.maskOf(components)
    const known = this.#layout.columns.filter(c => components.includes(c.component))
    const named = known.filter(c => name === c.field || name === `${c.component}.${c.field}`)
    if (named.length === 1) {
      const [{ component, field, type }] = named
      return { values: this.components.get(component)!.columns[field], unit: type === 'fixed' ? FIXED_UNIT : 1 }
    }
    const names = (columns: typeof known): string => columns.map(c => `${c.component}.${c.field}`).join(', ')
    if (named.length > 1)
      throw new Error(`The field '${name}' is in several of the queried components: say which, of ${names(named)}.`)
    throw new Error(
      `No field '${name}' in ${components.join(', ')}. Known fields: ${known.length > 0 ? names(known) : 'none'}.`,
    )
  }

  #queryOf(components: readonly string[]): EntityQuery {
    for (const query of this.#queries) if (sameNames(query.components, components)) return query
    const made = new EntityQuery(this, [...components], this.maskOf(components))
    this.#queries.push(made)
    return made
  }
}

class EntityQuery implements Iterable<number> {
  readonly components: readonly string[]
  readonly mask: number
  readonly #frame: StateFrame
  /** Iterators that nobody is looping over: as many as loops were ever nested. */
  readonly #idle: EntityIterator[] = []

  constructor(frame: StateFrame, components: readonly string[], mask: number) {
    this.#frame = frame
    this.components = components
    this.mask = mask
  }

  [Symbol.iterator](): Iterator<number> {
    const iterator = this.#idle.pop() ?? new EntityIterator(this.#frame, this.mask, this.#idle)
    iterator.begin()
    return iterator
  }
}

class EntityIterator implements Iterator<number> {
  readonly #frame: StateFrame
  readonly #mask: number
  readonly #idle: EntityIterator[]
  readonly #result = { done: false, value: 0 } as IteratorResult<number> & { value: number }
  #next = 0
  #busy = false

  constructor(frame: StateFrame, mask: number, idle: EntityIterator[]) {
    this.#frame = frame
    this.#mask = mask
    this.#idle = idle
  }

  begin(): void {
    this.#next = 0
    this.#busy = true
    this.#result.done = false
  }

  next(): IteratorResult<number> {
    const { masks, entityLimit } = this.#frame
    const mask = this.#mask
    while (this.#next < entityLimit) {
      const e = this.#next++
      if ((masks[e] & mask) >>> 0 === mask) {
        this.#result.value = e
        return this.#result
      }
    }
    return this.return()
  }

  return(): IteratorResult<number> {
    this.#result.done = true
    if (this.#busy) this.#idle.push(this)
    this.#busy = false
    return this.#result
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function unknownComponent(name: string, layout: WorldLayout): string {
  return `No component '${name}'. Known components: ${layout.components.join(', ') || 'none'}.`
}

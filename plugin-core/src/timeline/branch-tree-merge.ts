// Two branches of a world become one: cell by cell against the state where they parted. Where both changed a cell the
// game's rule decides, else the last writer; each decision is listed. Pure: states in, a state and a list out.

import { FIELD_TYPES, type FieldType } from '../bytes/field-types.ts'

/** What a merge needs to know of a world: its layout has it. */
export interface MergeLayout {
  readonly sizeBytes: number
  readonly maxEntities: number
  readonly header: Readonly<Record<string, number>>
  readonly carryOffset: number
  readonly previousOffset: number
  readonly previousBytes: number
  readonly maskOffset: number
  readonly generationOffset: number
  readonly freeOffset: number
  readonly columns: readonly {
    readonly component: string
    readonly field: string
    readonly type: FieldType
    readonly offset: number
  }[]
  readonly rawOffset: number
  readonly rawBytes: number
  readonly emitOffset: number
  readonly emitBytes: number
  readonly rightsOffset: number
  readonly rightsWords: number
}

export type Side = 'ours' | 'theirs'

/** A cell that at least one side changed, and what became of it. */
export interface MergeDecision {
  /** A header's word, `carry`, `inputs`, `raw`, `emitted`, `rights`, `scripts`, an entity's `mask`, or `Component.field`. */
  readonly cell: string
  /** Null where no entity is meant. */
  readonly entity: number | null
  /** Numbers of the cell; null where it is a block of bytes. */
  readonly base: number | null
  readonly ours: number | null
  readonly theirs: number | null
  readonly merged: number | null
  /** `both`: they changed it alike. `rule`: the game's. `last`: both changed it, the last writer wins. */
  readonly by: Side | 'both' | 'rule' | 'last'
}

/** The game's word on a cell that both changed; must answer the same on every machine. */
export type MergeRule = (base: number, ours: number, theirs: number, entity: number) => number

export interface MergeInput {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
  /** Who wrote last. */
  readonly last: Side
  /** By `Component.field`. */
  readonly rules?: Readonly<Record<string, MergeRule>>
}

/** The one whose tip is later; at equal ticks the one with the greater id. */
export function lastWriter(
  ours: { readonly id: string; readonly tip: { readonly tick: number } },
  theirs: { readonly id: string; readonly tip: { readonly tick: number } },
): Side {
  if (ours.tip.tick !== theirs.tip.tick) return ours.tip.tick > theirs.tip.tick ? 'ours' : 'theirs'
  return ours.id > theirs.id ? 'ours' : 'theirs'
}

/** Order: header, blocks, entities ascending, then columns as declared, each by entity. */
export function mergeWorlds(
  layout: MergeLayout,
  input: MergeInput,
): { readonly merged: Uint8Array; readonly decisions: readonly MergeDecision[] } {
  for (const state of [input.base, input.ours, input.theirs])
    if (state.length !== layout.sizeBytes)
      throw new RangeError(`a state of ${state.length} bytes, the layout says ${layout.sizeBytes}`)
  const merge = new Merge(layout, input)
  merge.header()
  merge.blocks()
  merge.entities()
  merge.columns()
  merge.freeList()
  return { merged: merge.merged, decisions: merge.decisions }
}

/** Follow from the entities' masks. */
const DERIVED = ['high', 'free', 'alive']

class Merge {
  readonly merged: Uint8Array
  readonly decisions: MergeDecision[] = []
  readonly #layout: MergeLayout
  readonly #input: MergeInput
  /** Of entities that are not the same one on both sides: whose they are; '' where cells are merged. */
  readonly #owners: (Side | '')[]
  /** By entity: 1 where both sides claim it. */
  readonly #claimed: Uint8Array
  readonly #columns: readonly { readonly name: string; readonly views: Views }[]

  constructor(layout: MergeLayout, input: MergeInput) {
    this.#layout = layout
    // Copies: columns are viewed at their offsets, which a snapshot's own place in a ring need not be aligned to.
    this.#input = { ...input, base: input.base.slice(), ours: input.ours.slice(), theirs: input.theirs.slice() }
    this.merged = this.#input.base.slice()
    this.#owners = new Array<Side | ''>(layout.maxEntities).fill('')
    this.#claimed = new Uint8Array(layout.maxEntities)
    this.#columns = layout.columns.map(({ component, field, type, offset }) => {
      return { name: `${component}.${field}`, views: this.#views(type, offset, layout.maxEntities) }
    })
  }

  header(): void {
    const words = this.#views('u32', 0, this.#layout.carryOffset >> 2)
    for (const [name, at] of Object.entries(this.#layout.header))
      if (!DERIVED.includes(name)) this.#cell(words, at, name, null, undefined)
  }

  blocks(): void {
    const { carryOffset, previousOffset, previousBytes, rawOffset, rawBytes } = this.#layout
    const { emitOffset, emitBytes, rightsOffset, rightsWords } = this.#layout
    this.#block('carry', carryOffset, previousOffset)
    this.#block('inputs', previousOffset, previousOffset + previousBytes)
    this.#block('raw', rawOffset, rawOffset + rawBytes)
    this.#block('emitted', emitOffset, emitOffset + emitBytes)
    this.#block('rights', rightsOffset, rightsOffset + 4 * rightsWords)
  }

  entities(): void {
    const { maxEntities, maskOffset, generationOffset } = this.#layout
    const masks = this.#views('u32', maskOffset, maxEntities)
    const generations = this.#views('u16', generationOffset, maxEntities)
    for (let e = 0; e < maxEntities; e++) {
      this.#owners[e] = this.#owner(e, masks, generations)
      const side = this.#cell(masks, e, 'mask', e, undefined)
      const owner = this.#owners[e] === '' ? side : (this.#owners[e] as Side)
      if (owner === null) generations.merged[e] = Math.max(generations.ours[e], generations.theirs[e])
      else {
        masks.merged[e] = masks[owner][e]
        generations.merged[e] = generations[owner][e]
      }
    }
  }

  columns(): void {
    const { rules } = this.#input
    for (const { name, views } of this.#columns) {
      const rule = rules !== undefined && Object.hasOwn(rules, name) ? rules[name] : undefined
      for (let e = 0; e < this.#layout.maxEntities; e++) this.#cell(views, e, name, e, rule)
    }
  }

  /** The next index to be given out is the lowest free one: of the two lists neither fits. */
  freeList(): void {
    const { header, maxEntities, maskOffset, freeOffset } = this.#layout
    const words = this.#views('u32', 0, this.#layout.carryOffset >> 2)
    const masks = this.#views('u32', maskOffset, maxEntities).merged
    const next = this.#views('u32', freeOffset, maxEntities).merged
    const high = Math.max(words.ours[header.high], words.theirs[header.high])
    let free = 0
    let alive = 0
    for (let e = maxEntities - 1; e >= 0; e--) {
      if (masks[e] !== 0) alive++
      else if (e < high) {
        next[e] = free
        free = e + 1
      }
    }
    words.merged[header.high] = high
    words.merged[header.free] = free
    words.merged[header.alive] = alive
  }

  // Whose value the cell has now; null: nobody changed it.
  #cell(views: Views, at: number, cell: string, entity: number | null, rule: MergeRule | undefined): Side | null {
    const [base, ours, theirs] = [views.base[at], views.ours[at], views.theirs[at]]
    // Object.is: zeros of two signs are two values, two NaNs are one.
    if (Object.is(base, ours) && Object.is(base, theirs)) return null
    const { by, side } = this.#decide(base, ours, theirs, entity, rule)
    const merged = by === 'rule' ? rule!(base, ours, theirs, entity!) : side === 'ours' ? ours : theirs
    views.merged[at] = merged
    // What the column holds, not what the rule answered.
    this.decisions.push({ cell, entity, base, ours, theirs, merged: views.merged[at], by })
    return side
  }

  #decide(
    base: number,
    ours: number,
    theirs: number,
    entity: number | null,
    rule: MergeRule | undefined,
  ): { by: MergeDecision['by']; side: Side } {
    const owner = entity === null ? '' : this.#owners[entity]
    if (Object.is(ours, theirs)) return { by: 'both', side: 'ours' }
    if (owner !== '') return { by: this.#claimed[entity!] === 1 ? 'last' : owner, side: owner }
    if (Object.is(base, theirs)) return { by: 'ours', side: 'ours' }
    if (Object.is(base, ours)) return { by: 'theirs', side: 'theirs' }
    return { by: rule !== undefined && entity !== null ? 'rule' : 'last', side: this.#input.last }
  }

  // Born on both sides, or anew on one: two entities that only share an index, and nothing of one fits the other.
  #owner(e: number, masks: Views, generations: Views): Side | '' {
    const { last } = this.#input
    const isNew = masks.base[e] === 0
    const [ours, theirs] = [masks.ours[e] !== 0, masks.theirs[e] !== 0]
    if (!ours || !theirs) return isNew && ours ? 'ours' : isNew && theirs ? 'theirs' : ''
    if (!isNew && generations.ours[e] === generations.theirs[e]) return ''
    const isChanged = (side: Side): boolean =>
      isNew || [masks, generations, ...this.#columns.map(c => c.views)].some(v => !Object.is(v.base[e], v[side][e]))
    if (!isChanged('ours')) return 'theirs'
    if (!isChanged('theirs')) return 'ours'
    this.#claimed[e] = 1
    return last
  }

  // A block is one cell: its bytes mean something only together.
  #block(cell: string, from: number, to: number): void {
    const { base, ours, theirs, last } = this.#input
    const [isOurs, isTheirs] = [differ(base, ours, from, to), differ(base, theirs, from, to)]
    if (!isOurs && !isTheirs) return
    const by = !isTheirs ? 'ours' : !isOurs ? 'theirs' : differ(ours, theirs, from, to) ? 'last' : 'both'
    const side: Side = by === 'last' ? last : by === 'theirs' ? 'theirs' : 'ours'
    this.merged.set(this.#input[side].subarray(from, to), from)
    this.decisions.push({ cell, entity: null, base: null, ours: null, theirs: null, merged: null, by })
  }

  #views(type: FieldType, offset: number, length: number): Views {
    const { array } = FIELD_TYPES[type]
    const { base, ours, theirs } = this.#input
    const view = (bytes: Uint8Array): Numbers => new array(bytes.buffer as ArrayBuffer, offset, length)
    return { base: view(base), ours: view(ours), theirs: view(theirs), merged: view(this.merged) }
  }
}

interface Numbers {
  [i: number]: number
}
type Views = Readonly<Record<'base' | 'ours' | 'theirs' | 'merged', Numbers>>

function differ(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return true
  return false
}

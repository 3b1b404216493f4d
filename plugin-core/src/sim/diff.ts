// Names what differs between two states: the same bytes, read by the schema.

import { FIELD_TYPES } from '../bytes/field-types.ts'
import type { WorldLayout } from './schema.ts'

export interface FieldDifference {
  /** `scripts`: their memory, as one block; `a` and `b` are its hashes. Only what-ifs tell of it so. */
  readonly region: 'header' | 'entity' | 'column' | 'carry' | 'inputs' | 'raw' | 'emitted' | 'rights' | 'scripts'
  /** Index, where one entity is meant. */
  readonly entity: number | null
  readonly component: string | null
  /** Field, header word, or `mask`, `generation`, `next free`. */
  readonly field: string
  /** Byte from the region's start, where no field is meant. */
  readonly offset: number | null
  readonly a: number
  readonly b: number
}

/** At most `limit` differences, in the order of the layout. Both states have the layout's size. */
export function diffSnapshots(layout: WorldLayout, a: Uint8Array, b: Uint8Array, limit = 20): FieldDifference[] {
  const found: FieldDifference[] = []
  const add = (d: FieldDifference): boolean => found.push(d) >= limit
  const none = { entity: null, component: null, offset: null }
  const wordsA = copied(a, Uint32Array, 0, layout.carryOffset >> 2)
  const wordsB = copied(b, Uint32Array, 0, layout.carryOffset >> 2)
  for (const [field, at] of Object.entries(layout.header))
    if (wordsA[at] !== wordsB[at] && add({ ...none, region: 'header', field, a: wordsA[at], b: wordsB[at] }))
      return found
  const n = layout.maxEntities
  const tables = [
    ['mask', Uint32Array, layout.maskOffset],
    ['generation', Uint16Array, layout.generationOffset],
    ['next free', Uint32Array, layout.freeOffset],
  ] as const
  for (const [field, type, offset] of tables) {
    const [x, y] = [copied(a, type, offset, n), copied(b, type, offset, n)]
    for (let entity = 0; entity < n; entity++)
      if (x[entity] !== y[entity] && add({ ...none, region: 'entity', entity, field, a: x[entity], b: y[entity] }))
        return found
  }
  for (const { component, field, type, offset } of layout.columns) {
    const { array } = FIELD_TYPES[type]
    const [x, y] = [copied(a, array, offset, n), copied(b, array, offset, n)]
    for (let entity = 0; entity < n; entity++)
      // Object.is: zeros of two signs hash differently, two NaNs do not.
      if (
        !Object.is(x[entity], y[entity]) &&
        add({ ...none, region: 'column', entity, component, field, a: x[entity], b: y[entity] })
      )
        return found
  }
  const blocks = [
    ['carry', layout.carryOffset, layout.previousOffset],
    ['inputs', layout.previousOffset, layout.previousOffset + layout.previousBytes],
    ['raw', layout.rawOffset, layout.rawOffset + layout.rawBytes],
    ['emitted', layout.emitOffset, layout.emitOffset + layout.emitBytes],
    ['rights', layout.rightsOffset, layout.rightsOffset + 4 * layout.rightsWords],
  ] as const
  for (const [region, from, to] of blocks)
    for (let at = from; at < to; at++)
      if (a[at] !== b[at] && add({ ...none, region, field: 'byte', offset: at - from, a: a[at], b: b[at] }))
        return found
  return found
}

/** One line for people: `Body.x of entity 3: 1.5 here, 2.5 there`. */
export function describeDifference(d: FieldDifference): string {
  const what = d.component === null ? (d.offset === null ? d.field : `byte ${d.offset}`) : `${d.component}.${d.field}`
  const where = d.entity === null ? ` (${d.region})` : ` of entity ${d.entity}`
  return `${what}${where}: ${d.a} against ${d.b}`
}

type Numbers = { readonly [i: number]: number }
function copied(
  bytes: Uint8Array,
  type: { new (buffer: ArrayBuffer): Numbers; readonly BYTES_PER_ELEMENT: number },
  offset: number,
  length: number,
): Numbers {
  return new type(bytes.slice(offset, offset + length * type.BYTES_PER_ELEMENT).buffer as ArrayBuffer)
}

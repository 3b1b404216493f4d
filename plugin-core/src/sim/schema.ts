// What a game is made of, as plain data: sent to the page, hashed into the handshake, read by the field diff.

import { FIELD_TYPES, type FieldType } from '../bytes/field-types.ts'
import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { InputSchema } from '../input/input-schema.ts'
import { CARRY_BYTES } from '../wire/limits.ts'

export interface ColumnLayout {
  readonly component: string
  readonly field: string
  readonly type: FieldType
  /** Bytes from the world's start. */
  readonly offset: number
}

/** Where everything lies in the world's one block of memory. Offsets in bytes from its start. */
export interface WorldLayout {
  readonly sizeBytes: number
  readonly maxEntities: number
  /** Words that every world begins with, by name. */
  readonly header: Readonly<Record<HeaderWord, number>>
  readonly carryOffset: number
  /** Inputs of the tick before, slot after slot. */
  readonly previousOffset: number
  readonly previousBytes: number
  /** u32 an entity: a bit for each of its components, and `ALIVE`. */
  readonly maskOffset: number
  /** u16 an entity. */
  readonly generationOffset: number
  /** u32 an entity: the next free one. */
  readonly freeOffset: number
  /** In the order of their bits in the mask. */
  readonly components: readonly string[]
  readonly columns: readonly ColumnLayout[]
  readonly rawOffset: number
  readonly rawBytes: number
  /** Local events of the next tick: the bytes that are taken (u32), then each as length (u16), slot + 1 (u16) and bytes. */
  readonly emitOffset: number
  readonly emitBytes: number
  /** What judging events depends on, u32; see event/event-memory.ts. It outlives a round, and is the last of all. */
  readonly rightsOffset: number
  readonly rightsWords: number
}

const HEADER = [
  'tick',
  'seed',
  'random0',
  'random1',
  'random2',
  'random3',
  'round',
  /** Entities from here on were never used in this round. */
  'high',
  /** First free entity + 1; 0: none. */
  'free',
  'alive',
  'presentLow',
  'presentHigh',
  /** Tick at which the rules ended the round; 0: they have not. */
  'roundEndTick',
  'carryBytes',
] as const
export type HeaderWord = (typeof HEADER)[number]

/** The mask's bit of an entity that exists, with or without components. */
export const ALIVE = 0x80000000
/** Components of a game: bits of the mask, one of which is `ALIVE`. */
export const MAX_COMPONENTS = 31

export interface GameSchema {
  readonly name: string
  readonly version: number
  readonly tickRate: number
  readonly maxPlayers: number
  readonly minPlayers: number
  readonly input: InputSchema
  readonly layout: WorldLayout
  /** Of input and components: equal means that a world of one fits the other. u32. */
  readonly hash: number
}

export type Fields = Readonly<Record<string, FieldType>>
export type Components = Readonly<Record<string, Fields>>

/** The layout of a world; columns in the order of declaration. */
export function worldLayout(options: {
  components: Components
  maxEntities: number
  maxPlayers: number
  inputBytes: number
  rawBytes: number
  emitBytes?: number
  rightsWords?: number
}): WorldLayout {
  const { components, maxEntities, maxPlayers, inputBytes, rawBytes, emitBytes = 0, rightsWords = 0 } = options
  let at = 0
  const take = (bytes: number): number => {
    const offset = at
    // Everything starts at eight bytes, so that any array may view it.
    at = (at + bytes + 7) & ~7
    return offset
  }
  take(HEADER.length * 4)
  const header = Object.fromEntries(HEADER.map((name, i) => [name, i])) as Record<HeaderWord, number>
  const carryOffset = take(CARRY_BYTES)
  const previousBytes = maxPlayers * inputBytes
  const previousOffset = take(previousBytes)
  const maskOffset = take(maxEntities * 4)
  const generationOffset = take(maxEntities * 2)
  const freeOffset = take(maxEntities * 4)
  const columns: ColumnLayout[] = []
  for (const [component, fields] of Object.entries(components))
    for (const [field, type] of Object.entries(fields))
      columns.push({ component, field, type, offset: take(maxEntities * FIELD_TYPES[type].sizeBytes) })
  const rawOffset = take(rawBytes)
  const emitOffset = take(emitBytes)
  const rightsOffset = take(4 * rightsWords)
  return {
    // Whole groups of four words: the checksum's fast path.
    sizeBytes: (at + 15) & ~15,
    maxEntities,
    header,
    carryOffset,
    previousOffset,
    previousBytes,
    maskOffset,
    generationOffset,
    freeOffset,
    components: Object.keys(components),
    columns,
    rawOffset,
    rawBytes,
    emitOffset,
    emitBytes,
    rightsOffset,
    rightsWords,
  }
}

export function schemaHash(input: InputSchema, layout: WorldLayout, ...names: readonly (readonly string[])[]): number {
  return xxhash32Bytes(new TextEncoder().encode(JSON.stringify([input, layout, ...names])), 0)
}

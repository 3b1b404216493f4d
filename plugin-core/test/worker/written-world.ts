// A world that a test writes by hand: bytes in the real layout, published to a view as the worker would.

import { FIELD_TYPES, type FieldType } from '../../src/bytes/field-types.ts'
import type { Game, GameTypes } from '../../src/sim/game.ts'
import { ALIVE, worldLayout, type WorldLayout } from '../../src/sim/schema.ts'
import { StateView } from '../../src/worker/state-view.ts'

export const TICK_MS = 1000 / 60

export const COMPONENTS = {
  Body: { x: 'f64', y: 'f64', angle: 'f64' },
  Spin: { qx: 'f32', qy: 'f32', qz: 'f32', qw: 'f32' },
  Place: { x: 'fixed' },
  Player: { slot: 'u8', score: 'i16' },
} as const

interface WrittenTypes extends GameTypes {
  buttons: 'left'
  axes: 'aimX'
  components: typeof COMPONENTS
  raises: { hit: { e: number } } & Record<string, unknown>
  handles: { chat: { text: string } } & Record<string, unknown>
}
export type WrittenGame = Game<WrittenTypes>

export function layoutOf(
  components: Record<string, Record<string, FieldType>> = COMPONENTS,
  maxEntities = 16,
): WorldLayout {
  return worldLayout({ components, maxEntities, maxPlayers: 2, inputBytes: 1, rawBytes: 0 })
}

export class WrittenWorld {
  readonly layout: WorldLayout
  readonly bytes: Uint8Array
  readonly view: StateView<WrittenGame>
  tick = 0
  #before: Uint8Array

  constructor(layout: WorldLayout = layoutOf()) {
    this.layout = layout
    this.bytes = new Uint8Array(layout.sizeBytes)
    this.#before = this.bytes.slice()
    this.view = new StateView<WrittenGame>(layout, 60)
    this.round = 1
  }

  set round(round: number) {
    new Uint32Array(this.bytes.buffer)[this.layout.header.round] = round
  }

  /** Writes an entity: its components, and values by `'Body.x'`. */
  write(e: number, components: readonly string[], values: Record<string, number> = {}, generation = 0): void {
    const mask = components.reduce((bits, name) => bits | (1 << this.layout.components.indexOf(name)), ALIVE)
    this.#masks[e] = mask
    new Uint16Array(this.bytes.buffer, this.layout.generationOffset)[e] = generation
    const words = new Uint32Array(this.bytes.buffer)
    words[this.layout.header.high] = Math.max(words[this.layout.header.high], e + 1)
    this.set(e, values)
  }

  set(e: number, values: Record<string, number>): void {
    for (const [name, value] of Object.entries(values)) this.#column(name)[e] = value
  }

  destroy(e: number): void {
    this.#masks[e] = 0
  }

  /** One tick later: what was written becomes the state before. */
  advance(): void {
    this.#before = this.bytes.slice()
    this.tick++
  }

  /** A rollback: the state before becomes another. */
  rewriteBefore(e: number, values: Record<string, number>): void {
    const now = this.bytes.slice()
    this.bytes.set(this.#before)
    this.set(e, values)
    this.#before = this.bytes.slice()
    this.bytes.set(now)
  }

  publish(tickTimeMs = this.tick * TICK_MS): void {
    const { sizeBytes } = this.layout
    const pair = new Uint8Array(2 * sizeBytes)
    pair.set(this.#before)
    pair.set(this.bytes, sizeBytes)
    this.view.publish(pair.buffer, this.tick, tickTimeMs)
  }

  get #masks(): Uint32Array {
    return new Uint32Array(this.bytes.buffer, this.layout.maskOffset, this.layout.maxEntities)
  }

  #column(name: string) {
    const [component, field] = name.split('.')
    const column = this.layout.columns.find(c => c.component === component && c.field === field)!
    return new FIELD_TYPES[column.type].array(this.bytes.buffer as ArrayBuffer, column.offset, this.layout.maxEntities)
  }
}

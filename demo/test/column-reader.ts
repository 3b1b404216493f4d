// Reads and writes fields of a simulation's live world by name, for tests.

import { FIELD_TYPES } from '../../plugin-core/src/bytes/field-types.ts'
import type { Simulation } from '../../plugin-core/src/sim/simulation.ts'

export class ColumnReader {
  readonly #sim: Simulation
  readonly #masks: Uint32Array

  constructor(sim: Simulation) {
    this.#sim = sim
    const { buffer, byteOffset } = sim.bytes
    this.#masks = new Uint32Array(buffer, byteOffset + sim.layout.maskOffset, sim.layout.maxEntities)
  }

  entities(component: string): number[] {
    const bit = 1 << this.#sim.layout.components.indexOf(component)
    return [...this.#masks.keys()].filter(e => (this.#masks[e] & bit) !== 0)
  }

  get(component: string, field: string, e: number): number {
    return this.#column(component, field)[e]
  }

  set(component: string, field: string, e: number, value: number): void {
    this.#column(component, field)[e] = value
  }

  #column(component: string, field: string) {
    const { bytes, layout } = this.#sim
    const column = layout.columns.find(c => c.component === component && c.field === field)
    if (!column) throw new Error(`no column ${component}.${field}`)
    return new FIELD_TYPES[column.type].array(
      bytes.buffer as ArrayBuffer,
      bytes.byteOffset + column.offset,
      layout.maxEntities,
    )
  }
}

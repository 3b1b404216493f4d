// One NaN for all: its bits differ between engines, even between two tiers of one. Floats of a saved copy are made
// canonical by the schema before it is hashed or sent; the raw block counts as it is.

import { FIELD_TYPES } from '../bytes/field-types.ts'
import type { WorldLayout } from './schema.ts'

interface Views {
  readonly words: Int32Array
  readonly f64: { floats: Float64Array; words: Uint32Array }[]
  readonly f32: { floats: Float32Array; words: Uint32Array }[]
}

export class Canonical {
  readonly #layout: WorldLayout
  // A ring's slots are the same few views each time.
  readonly #views = new WeakMap<Uint8Array, Views>()

  constructor(layout: WorldLayout) {
    this.#layout = layout
  }

  /** Rewrites every NaN of the snapshot's float columns; answers the whole snapshot as words. */
  make(snapshot: Uint8Array): Int32Array {
    const { words, f64, f32 } = this.#viewsOf(snapshot)
    // All rows, not only those in use: all of them are hashed.
    const rows = this.#layout.maxEntities
    for (let c = 0; c < f64.length; c++) {
      const column = f64[c]
      for (let e = 0; e < rows; e++)
        if (Number.isNaN(column.floats[e])) {
          column.words[2 * e] = 0
          column.words[2 * e + 1] = 0x7ff80000
        }
    }
    for (let c = 0; c < f32.length; c++) {
      const column = f32[c]
      for (let e = 0; e < rows; e++) if (Number.isNaN(column.floats[e])) column.words[e] = 0x7fc00000
    }
    return words
  }

  #viewsOf(snapshot: Uint8Array): Views {
    let views = this.#views.get(snapshot)
    if (views !== undefined) return views
    const { buffer, byteOffset, length } = snapshot
    if (length !== this.#layout.sizeBytes)
      throw new RangeError(`a snapshot has ${this.#layout.sizeBytes} bytes, not ${length}`)
    const n = this.#layout.maxEntities
    const of = (type: 'f32' | 'f64') =>
      this.#layout.columns.filter(c => c.type === type).map(c => byteOffset + c.offset)
    views = {
      words: new Int32Array(buffer, byteOffset, length >> 2),
      f64: of('f64').map(at => ({
        floats: new FIELD_TYPES.f64.array(buffer, at, n),
        words: new Uint32Array(buffer, at, 2 * n),
      })),
      f32: of('f32').map(at => ({
        floats: new FIELD_TYPES.f32.array(buffer, at, n),
        words: new Uint32Array(buffer, at, n),
      })),
    }
    this.#views.set(snapshot, views)
    return views
  }
}

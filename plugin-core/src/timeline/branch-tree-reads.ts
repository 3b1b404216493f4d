// What the rules of each canonical tick have read, by column: whoever wants to change the past must know who has seen it.

import { TickRing } from '../bytes/tick-ring.ts'

export class ReadLog {
  readonly #places = new Map<string, number>()
  readonly #ring: TickRing

  /** `columns` by name, such as `Body.x`; the newest `windowTicks` are kept. */
  constructor(columns: readonly string[], windowTicks: number) {
    columns.forEach((name, place) => this.#places.set(name, place))
    this.#ring = new TickRing(windowTicks, (columns.length + 7) >> 3)
  }

  /** Other ticks take the place of those that are here. */
  clear(): void {
    this.#ring.clear()
  }

  /** A canonical tick; null: its rules may have read anything. */
  note(tick: number, columns: readonly string[] | null): void {
    const bits = this.#ring.claim(tick).fill(columns === null ? 255 : 0)
    if (columns !== null) for (const name of columns) bits[this.#place(name) >> 3] |= 1 << (this.#place(name) & 7)
  }

  has(tick: number): boolean {
    return this.#ring.has(tick)
  }

  /** Whether a tick that is here read one of the columns (null: any). */
  read(tick: number, columns: readonly string[] | null): boolean {
    const bits = this.#ring.view(tick)
    return columns === null ? bits.some(byte => byte !== 0) : columns.some(name => this.#has(bits, name))
  }

  /** The first tick in `from`…`to` that read one of the columns (null: of any); -1: none did. A tick that is forgotten may have. */
  firstReader(from: number, to: number, columns: readonly string[] | null): number {
    for (let tick = from; tick <= to; tick++) {
      if (!this.has(tick) || this.read(tick, columns)) return tick
    }
    return -1
  }

  #has(bits: Uint8Array, name: string): boolean {
    const place = this.#place(name)
    return ((bits[place >> 3] >> (place & 7)) & 1) === 1
  }

  #place(name: string): number {
    const place = this.#places.get(name)
    if (place === undefined) throw new Error(`no column "${name}"; there are ${[...this.#places.keys()].join(', ')}`)
    return place
  }
}

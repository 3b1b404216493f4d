// One player's input at this tick, and at the one before, as the rules read it.

import { readAxis, readButton, type InputAxis, type InputSchema } from '../input/input-schema.ts'
import type { InputReader } from './game.ts'
import { mistake } from './rules-error.ts'

export class InputView implements InputReader {
  readonly #schema: InputSchema
  readonly #buttons: Readonly<Record<string, number>>
  readonly #axes: Readonly<Record<string, InputAxis>>
  readonly #at: number
  readonly #previous: Uint8Array
  #row: Uint8Array

  constructor(schema: InputSchema, slot: number, previous: Uint8Array) {
    this.#schema = schema
    this.#buttons = named(schema.buttons.map((name, i) => [name, i]))
    this.#axes = named(schema.axes.map(axis => [axis.name, axis]))
    this.#at = slot * schema.sizeBytes
    this.#previous = previous
    this.#row = previous
  }

  /** From now on this tick's inputs are read. */
  read(row: Uint8Array): void {
    this.#row = row
  }

  held(button: string): boolean {
    return readButton(this.#row, this.#at, this.#button(button, CALLED.held))
  }

  pressed(button: string): boolean {
    const index = this.#button(button, CALLED.pressed)
    return readButton(this.#row, this.#at, index) && !readButton(this.#previous, this.#at, index)
  }

  released(button: string): boolean {
    const index = this.#button(button, CALLED.released)
    return !readButton(this.#row, this.#at, index) && readButton(this.#previous, this.#at, index)
  }

  axis(name: string): number {
    const axis = this.#axes[name]
    if (axis === undefined)
      throw mistake(
        `input has no axis "${name}"; the game declares ${Object.keys(this.#axes).join(', ') || 'none'}`,
        CALLED.axis,
      )
    return readAxis(this.#row, this.#at, axis)
  }

  get bits(): number {
    let bits = 0
    for (let i = (this.#schema.buttons.length + 7) >> 3; i-- > 0;) bits = (bits << 8) | this.#row[this.#at + i]
    return bits >>> 0
  }

  #button(name: string, below: Parameters<typeof mistake>[1]): number {
    const index = this.#buttons[name]
    if (index === undefined)
      throw mistake(
        `input has no button "${name}"; the game declares ${this.#schema.buttons.join(', ') || 'none'}`,
        below,
      )
    return index
  }
}

const CALLED = InputView.prototype as unknown as Readonly<Record<keyof InputReader, () => void>>

// Without a prototype: nobody declared a button named `constructor`.
function named<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries))
}

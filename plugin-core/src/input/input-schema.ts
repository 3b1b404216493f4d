// How a player's input lies in bytes: a bit a button, least significant first, then the axes. Plain data,
// because page and worker share it.

import { FIELD_TYPES } from '../bytes/field-types.ts'

export type AxisType = 'i8' | 'u8' | 'i16' | 'u16'

export interface InputAxis {
  readonly name: string
  readonly type: AxisType
  /** Bytes from the input's start. */
  readonly offset: number
}

export interface InputSchema {
  readonly buttons: readonly string[]
  readonly axes: readonly InputAxis[]
  readonly sizeBytes: number
}

/** An input travels every tick: what is larger belongs into an event. */
export const INPUT_BYTES = 64
const MAX_BUTTONS = 32

const RANGE: Record<AxisType, readonly [number, number]> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32768, 32767],
  u16: [0, 65535],
}

/** Throws a sentence for names that repeat, and for inputs that are too large. */
export function inputSchema(buttons: readonly string[], axes: Readonly<Record<string, AxisType>>): InputSchema {
  const names = [...buttons, ...Object.keys(axes)]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new TypeError(`input: "${twice}" is named twice; buttons and axes share one set of names`)
  if (buttons.length > MAX_BUTTONS) throw new RangeError(`input: ${buttons.length} buttons, at most ${MAX_BUTTONS} fit`)
  let offset = (buttons.length + 7) >> 3
  const list = Object.entries(axes).map(([name, type]) => {
    if (!Object.hasOwn(RANGE, type))
      throw new TypeError(`input: axis "${name}" has type "${String(type)}"; i8, u8, i16 and u16 are known`)
    const axis = { name, type, offset }
    offset += FIELD_TYPES[type].sizeBytes
    return axis
  })
  // A game without any input still has one byte a tick: every queue counts in inputs.
  const sizeBytes = Math.max(1, offset)
  if (sizeBytes > INPUT_BYTES)
    throw new RangeError(`input: ${sizeBytes} bytes, at most ${INPUT_BYTES} are carried every tick`)
  return { buttons: [...buttons], axes: list, sizeBytes }
}

/**
 * Writes `values` into `into` at `offset`: missing names are neutral, axes are rounded and kept in range, what is not a
 * number is 0. Names that the schema lacks are ignored.
 */
export function encodeInput(
  schema: InputSchema,
  values: Readonly<Record<string, boolean | number | undefined>>,
  into: Uint8Array,
  offset: number,
): void {
  const { buttons, axes, sizeBytes } = schema
  into.fill(0, offset, offset + sizeBytes)
  for (let i = 0; i < buttons.length; i++) if (values[buttons[i]]) into[offset + (i >> 3)] |= 1 << (i & 7)
  for (const axis of axes) {
    const raw = Number(values[axis.name] ?? 0)
    const [min, max] = RANGE[axis.type]
    const value = raw > max ? max : raw < min ? min : Math.round(raw) || 0
    into[offset + axis.offset] = value
    if (FIELD_TYPES[axis.type].sizeBytes === 2) into[offset + axis.offset + 1] = value >> 8
  }
}

export function readButton(row: Uint8Array, at: number, button: number): boolean {
  return ((row[at + (button >> 3)] >> (button & 7)) & 1) === 1
}

export function readAxis(row: Uint8Array, at: number, axis: InputAxis): number {
  const i = at + axis.offset
  switch (axis.type) {
    case 'u8':
      return row[i]
    case 'i8':
      return (row[i] << 24) >> 24
    case 'u16':
      return row[i] | (row[i + 1] << 8)
    case 'i16':
      return ((row[i] | (row[i + 1] << 8)) << 16) >> 16
  }
}

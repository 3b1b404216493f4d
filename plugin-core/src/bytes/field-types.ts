// The types that a component's field may have, in one table: bytes, column and kind follow from it.

/** One row of the table. */
interface FieldTypeRow<A> {
  readonly sizeBytes: number
  /** The column's array. */
  readonly array: A
  /** Holds NaN, which must be made canonical before it is hashed. */
  readonly isFloat: boolean
}

function row<A>(sizeBytes: number, array: A, isFloat: boolean): FieldTypeRow<A> {
  return { sizeBytes, array, isFloat }
}

export const FIELD_TYPES = {
  i8: row(1, Int8Array, false),
  u8: row(1, Uint8Array, false),
  i16: row(2, Int16Array, false),
  u16: row(2, Uint16Array, false),
  i32: row(4, Int32Array, false),
  u32: row(4, Uint32Array, false),
  f32: row(4, Float32Array, true),
  f64: row(8, Float64Array, true),
  /** 0 or 1. */
  bool: row(1, Uint8Array, false),
  /** Q16.16: see `fx`. */
  fixed: row(4, Int32Array, false),
  /** An entity's index and generation: see `sim.ref`. */
  ref: row(4, Uint32Array, false),
} as const

export type FieldType = keyof typeof FIELD_TYPES
/** The array that a column of this type is. */
export type FieldArray<T extends FieldType> = FieldArrays[T]
// Named plainly, because InstanceType of the table says the kind of buffer, too, and another one in each TypeScript library.
interface FieldArrays {
  i8: Int8Array
  u8: Uint8Array
  i16: Int16Array
  u16: Uint16Array
  i32: Int32Array
  u32: Uint32Array
  f32: Float32Array
  f64: Float64Array
  bool: Uint8Array
  fixed: Int32Array
  ref: Uint32Array
}

/** Throws on a big-endian machine: worlds are hashed and sent as they lie in memory. */
export function assertLittleEndian(): void {
  if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1)
    throw new Error('Lockstride needs a little-endian machine: states are hashed and sent as they lie in memory')
}

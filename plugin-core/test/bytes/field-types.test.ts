import { expect, expectTypeOf, test } from 'vitest'
import { FIELD_TYPES, assertLittleEndian, type FieldArray } from '../../src/bytes/field-types.ts'

test("a type's size is its column's", () => {
  for (const [name, { sizeBytes, array }] of Object.entries(FIELD_TYPES))
    expect([name, array.BYTES_PER_ELEMENT]).toEqual([name, sizeBytes])
})

test('the types that can hold NaN, and only those, are floats', () => {
  for (const [name, { array, isFloat }] of Object.entries(FIELD_TYPES)) {
    const [stored] = array.of(NaN)
    expect([name, Number.isNaN(stored)]).toEqual([name, isFloat])
  }
})

test('columns are typed by their field', () => {
  expectTypeOf<FieldArray<'f64'>>().toEqualTypeOf<Float64Array>()
  expectTypeOf<FieldArray<'ref'>>().toEqualTypeOf<Uint32Array>()
  expectTypeOf<FieldArray<'fixed'>>().toEqualTypeOf<Int32Array>()
})

test('this machine is little-endian', () => {
  expect(assertLittleEndian).not.toThrow()
})

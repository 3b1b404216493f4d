import { expect, test } from 'vitest'
import {
  INPUT_BYTES,
  encodeInput,
  inputSchema,
  readAxis,
  readButton,
  type InputSchema,
} from '../../src/input/input-schema.ts'
import { seeded } from '../seeded.ts'

function encode(schema: InputSchema, values: Record<string, boolean | number | undefined>): Uint8Array {
  const bytes = new Uint8Array(schema.sizeBytes)
  encodeInput(schema, values, bytes, 0)
  return bytes
}

test('buttons are bits, least significant first, and axes follow in their order', () => {
  const schema = inputSchema(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'], { x: 'i8', y: 'u16' })
  expect(schema.sizeBytes).toBe(5)
  expect([...encode(schema, { b: true, i: true, x: -1, y: 0x1234 })]).toEqual([2, 1, 0xff, 0x34, 0x12])
})

test('what is not named is neutral, also over an input that was there', () => {
  const schema = inputSchema(['a'], { x: 'i16' })
  const bytes = new Uint8Array(5).fill(255)
  encodeInput(schema, {}, bytes, 1)
  expect([...bytes]).toEqual([255, 0, 0, 0, 255])
})

test.each<[string, 'i8' | 'u8' | 'i16' | 'u16', number, number]>([
  ['too much', 'i8', 400, 127],
  ['too little', 'i8', -400, -128],
  ['below an unsigned one', 'u8', -3, 0],
  ['endless', 'u16', Infinity, 65535],
  ['endless downwards', 'i16', -Infinity, -32768],
  ['a fraction', 'i8', 2.6, 3],
  ['nothing', 'i8', NaN, 0],
])('an axis that gets %s gives what is nearest', (_, type, value, read) => {
  const schema = inputSchema([], { x: type })
  expect(readAxis(encode(schema, { x: value }), 0, schema.axes[0])).toBe(read)
})

test('whatever is pressed and moved comes back, in any slot of a row (seeds 1-100)', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seeded(seed)
    const buttons = Array.from({ length: random.below(33) }, (_, i) => `b${i}`)
    const types = ['i8', 'u8', 'i16', 'u16'] as const
    const axes = Object.fromEntries(
      Array.from({ length: random.below(8) }, (_, i) => [`x${i}`, types[random.below(4)]]),
    )
    const schema = inputSchema(buttons, axes)
    const slot = random.below(4)
    const row = new Uint8Array(4 * schema.sizeBytes)
    const values: Record<string, boolean | number> = {}
    for (const name of buttons) values[name] = random.chance(0.5)
    for (const { name, type } of schema.axes) values[name] = random.below(100) - (type.startsWith('i') ? 50 : 0)
    encodeInput(schema, values, row, slot * schema.sizeBytes)
    buttons.forEach((name, i) => expect(readButton(row, slot * schema.sizeBytes, i), `seed ${seed}`).toBe(values[name]))
    for (const axis of schema.axes)
      expect(readAxis(row, slot * schema.sizeBytes, axis), `seed ${seed}`).toBe(values[axis.name])
  }
})

test('a game without inputs still has a byte a tick', () => {
  expect(inputSchema([], {}).sizeBytes).toBe(1)
})

test('says what cannot be: names that repeat, too many, too large, unknown types', () => {
  expect(() => inputSchema(['a'], { a: 'i8' })).toThrow('"a" is named twice')
  expect(() =>
    inputSchema(
      Array.from({ length: 33 }, (_, i) => `b${i}`),
      {},
    ),
  ).toThrow('33 buttons, at most 32')
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x${i}`, 'u16' as const]))
  expect(() => inputSchema([], many)).toThrow(`66 bytes, at most ${INPUT_BYTES}`)
  for (const type of ['f64', 'toString'])
    expect(() => inputSchema([], { x: type as 'i8' })).toThrow(`axis "x" has type "${type}"`)
})

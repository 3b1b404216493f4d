import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { seeded } from '../seeded.ts'

function readerOf(...bytes: number[]): ByteReader {
  const r = new ByteReader()
  r.reset(Uint8Array.from(bytes))
  return r
}

test('reads little-endian numbers', () => {
  const r = readerOf(0xfe, 0x34, 0x12, 0xef, 0xbe, 0xad, 0xde)
  expect([r.u8(), r.u16(), r.u32()]).toEqual([0xfe, 0x1234, 0xdeadbeef])
  expect([r.failed, r.remaining]).toEqual([false, 0])
})

test('reads only its range, and counts positions from the start of the bytes', () => {
  const r = new ByteReader()
  r.reset(Uint8Array.of(9, 1, 2, 9), 1, 3)
  expect([r.position, r.remaining, r.u8(), r.position]).toEqual([1, 2, 1, 2])
  expect(r.u16()).toBe(0)
  expect(r.failed).toBe(true)
})

test.each<[string, (r: ByteReader) => number]>([
  ['u8', r => r.u8()],
  ['u16', r => r.u16()],
  ['u32', r => r.u32()],
  ['leb', r => r.leb()],
  ['zigzag', r => r.zigzag()],
  ['bytes', r => r.bytes(1).length],
])('%s of nothing is 0 and fails, also the second time', (_, read) => {
  const r = readerOf()
  expect([read(r), r.failed, read(r), r.failed]).toEqual([0, true, 0, true])
})

test('nothing is read after a failure, even where bytes are left', () => {
  const r = readerOf(1, 2, 3)
  expect(r.u32()).toBe(0)
  expect([r.u8(), r.leb(), r.bytes(1).length]).toEqual([0, 0, 0])
  const refused = readerOf(1, 2, 3)
  refused.fail()
  expect([refused.u8(), refused.failed]).toEqual([0, true])
})

test('a range outside of the bytes fails at once, and reset makes the reader good again', () => {
  const r = new ByteReader()
  for (const [offset, end] of [
    [-1, 2],
    [0, 4],
    [3, 2],
  ]) {
    r.reset(new Uint8Array(3), offset, end)
    expect([r.failed, r.u8()]).toEqual([true, 0])
  }
  r.reset(Uint8Array.of(7))
  expect([r.u8(), r.failed]).toEqual([7, false])
})

test('a count from a stranger cannot move the reader backwards or past its end', () => {
  for (const count of [-1, 3, 0xffffffff, NaN]) {
    const r = readerOf(1, 2)
    expect(r.bytes(count).length).toBe(0)
    expect(r.failed).toBe(true)
    const s = readerOf(1, 2)
    s.skip(count)
    expect(s.failed).toBe(true)
  }
})

test('peeks inside of its range only', () => {
  const r = new ByteReader()
  r.reset(Uint8Array.of(9, 8, 7, 6), 1, 3)
  r.skip(2)
  expect([r.peek(1), r.peek(2), r.peek(3), r.peek(-1)]).toEqual([8, 7, 0, 0])
})

test.each([
  ['six bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ['more than 32 bits', [0xff, 0xff, 0xff, 0xff, 0x1f]],
  ['a longer spelling than needed', [0x81, 0x00]],
  ['an end in the middle', [0x80]],
])('refuses LEB128 of %s', (_, bytes) => {
  const r = readerOf(...bytes)
  expect([r.leb(), r.failed]).toEqual([0, true])
})

test.each([0, 1, 127, 128, 16383, 16384, 2097151, 2097152, 0x0fffffff, 0x10000000, 0x7fffffff, 0x80000000, 0xffffffff])(
  'LEB128 of %i comes back',
  value => {
    const bytes = new Uint8Array(5)
    const w = new ByteWriter()
    w.reset(bytes)
    w.leb(value)
    const r = new ByteReader()
    r.reset(bytes, 0, w.position)
    expect([r.leb(), r.failed, r.remaining]).toEqual([value, false, 0])
  },
)

test('zigzag makes small magnitudes short, whatever their sign, and reaches both ends', () => {
  const bytes = new Uint8Array(5)
  const w = new ByteWriter()
  const r = new ByteReader()
  for (const [value, size] of [
    [0, 1],
    [-1, 1],
    [63, 1],
    [-64, 1],
    [64, 2],
    [2147483647, 5],
    [-2147483648, 5],
  ]) {
    w.reset(bytes)
    w.zigzag(value)
    r.reset(bytes, 0, w.position)
    expect([w.position, r.zigzag(), r.failed]).toEqual([size, value, false])
  }
})

test('never throws and never passes its end on random bytes and calls (seeds 1-200)', () => {
  const r = new ByteReader()
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed)
    const bytes = Uint8Array.from({ length: random.below(24) }, () => random.below(256))
    const start = random.below(bytes.length + 1)
    const end = start + random.below(bytes.length - start + 1)
    r.reset(bytes, start, end)
    for (let i = 0; i < 20; i++) {
      const before = r.failed
      const value = [
        () => r.u8(),
        () => r.u16(),
        () => r.u32(),
        () => r.leb(),
        () => r.zigzag(),
        () => r.bytes(random.below(8)).length,
        () => r.peek(random.below(32)),
      ][random.below(7)]()
      expect(Number.isInteger(value), `seed ${seed}`).toBe(true)
      expect(r.position >= start && r.position <= end, `seed ${seed}`).toBe(true)
      expect(!before || r.failed, `seed ${seed}: a failure was forgotten`).toBe(true)
    }
  }
})

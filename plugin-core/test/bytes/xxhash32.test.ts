import { expect, test } from 'vitest'
import { xxhash32Bytes, xxhash32Words } from '../../src/bytes/xxhash32.ts'

const PRIME = 0x9e3779b1

// The buffer of xxhsum's own sanity check.
function sanityBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let g = PRIME
  for (let i = 0; i < length; i++) {
    bytes[i] = g >>> 24
    g = Math.imul(g, g)
  }
  return bytes
}

test.each([
  ['', 0, 0x02cc5d05],
  ['', PRIME, 0x36b78ae7],
  ['a', 0, 0x550d7456],
  ['abc', 0, 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0, 0xe2293b2f],
])('hashes %j with seed %i as xxHash32 does', (text, seed, hash) => {
  expect(xxhash32Bytes(new TextEncoder().encode(text), seed)).toBe(hash)
})

test.each([
  [1, 0xb85cbee5, 0xd5845d64],
  [14, 0xe5aa0ab4, 0x4481951d],
  [101, 0x1f1aa412, 0x498ec8e2],
  [222, 0xc8070816, 0xf3cfc852],
])('hashes %i bytes of the sanity buffer as xxHash32 does', (length, plain, seeded) => {
  expect(xxhash32Bytes(sanityBytes(length), 0)).toBe(plain)
  expect(xxhash32Bytes(sanityBytes(length), PRIME)).toBe(seeded)
})

test.each([
  [1, 0x62730640, 0x969fc498],
  [4, 0xa67a94d9, 0x65cccc3d],
  [5, 0xd8d9b157, 0xa5c55d95],
  [16, 0xba0b9ee8, 0x83378117],
  [55, 0x8a1989f1, 0xf4d5b332],
])('hashes %i words as it hashes their little-endian bytes', (length, plain, seeded) => {
  const words = new Int32Array(sanityBytes(length * 4).buffer)
  expect(xxhash32Words(words, length, 0)).toBe(plain)
  expect(xxhash32Words(words, length, PRIME)).toBe(seeded)
})

test('hashes bytes that lie anywhere in their buffer', () => {
  const shifted = new Uint8Array(102)
  shifted.set(sanityBytes(101), 1)
  expect(xxhash32Bytes(shifted.subarray(1), 0)).toBe(0x1f1aa412)
})

test('reads no word beyond the length', () => {
  const words = new Int32Array(8)
  const before = xxhash32Words(words, 5, 0)
  words.fill(0xffffffff, 5)
  expect(xxhash32Words(words, 5, 0)).toBe(before)
})

// FNV over words cannot tell these apart, which is why states are not hashed by it.
test('tells two flipped sign bits from none', () => {
  const words = new Int32Array(16)
  const before = xxhash32Words(words, 16, 0)
  words[3] ^= 0x80000000
  words[9] ^= 0x80000000
  expect(xxhash32Words(words, 16, 0)).not.toBe(before)
})

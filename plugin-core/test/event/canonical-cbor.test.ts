// RFC 8949: its examples (Appendix A) where they are data, its core deterministic encoding (4.2.1) where bytes differ.

import * as fc from 'fast-check'
import { rfc8949EncodeOptions, encode } from 'cborg'
import { describe, expect, it, test } from 'vitest'
import { decodeCanonical, encodeCanonical, readAgain, textBehind } from '../../src/event/canonical-cbor.ts'
import type { Data } from '../../src/event/data.ts'

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

test('the vectors of the specification', () => {
  expect(hexOf(encodeCanonical({ b: 1, a: 2 }))).toBe('a2616102616201')
  expect(hexOf(encodeCanonical({ theme: 'DARK', navOpen: true, routePath: '/' }))).toBe(
    'a3657468656d65644441524b676e61764f70656ef569726f75746550617468612f',
  )
})

/** Appendix A, those that are data in their one spelling. */
const EXAMPLES: readonly [Data, string][] = [
  [0, '00'],
  [1, '01'],
  [10, '0a'],
  [23, '17'],
  [24, '1818'],
  [25, '1819'],
  [100, '1864'],
  [1000, '1903e8'],
  [1000000, '1a000f4240'],
  [1000000000000, '1b000000e8d4a51000'],
  [-18446744073709551616, '3bffffffffffffffff'],
  [-1, '20'],
  [-10, '29'],
  [-100, '3863'],
  [-1000, '3903e7'],
  [1.1, 'fb3ff199999999999a'],
  [1.5, 'f93e00'],
  [3.4028234663852886e38, 'fa7f7fffff'],
  [1e300, 'fb7e37e43c8800759c'],
  [5.960464477539063e-8, 'f90001'],
  [0.00006103515625, 'f90400'],
  [-4.1, 'fbc010666666666666'],
  [Infinity, 'f97c00'],
  [NaN, 'f97e00'],
  [-Infinity, 'f9fc00'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [new Uint8Array(), '40'],
  [new Uint8Array([1, 2, 3, 4]), '4401020304'],
  ['', '60'],
  ['a', '6161'],
  ['IETF', '6449455446'],
  ['"\\', '62225c'],
  ['\u00fc', '62c3bc'],
  ['\u6c34', '63e6b0b4'],
  ['\ud800\udd51', '64f0908591'],
  [[], '80'],
  [[1, 2, 3], '83010203'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [Array.from({ length: 25 }, (_, i) => i + 1), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
  [{}, 'a0'],
  [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  [['a', { b: 'c' }], '826161a161626163'],
  [{ a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }, 'a56161614161626142616361436164614461656145'],
]

test.each(EXAMPLES)('Appendix A: %j is %s', (value, hex) => {
  expect(hexOf(encodeCanonical(value))).toBe(hex)
  expect(decodeCanonical(bytesOf(hex))).toEqual({ ok: true, value })
  expect(readAgain(bytesOf(hex))).toEqual(value)
})

/** Appendix A, those that are no data of ours, or another spelling of one. */
const REFUSED: readonly [string, string][] = [
  ['1bffffffffffffffff', '2^64 - 1, which no number holds'],
  ['c249010000000000000000', 'a bignum'],
  ['c349010000000000000000', 'a negative bignum'],
  ['f90000', '0.0'],
  ['f98000', '-0.0'],
  ['f93c00', '1.0'],
  ['f97bff', '65504.0'],
  ['fa47c35000', '100000.0'],
  ['f9c400', '-4.0'],
  ['fa7f800000', 'infinity in four bytes'],
  ['fa7fc00000', 'NaN in four bytes'],
  ['faff800000', '-infinity in four bytes'],
  ['fb7ff0000000000000', 'infinity in eight bytes'],
  ['fb7ff8000000000000', 'NaN in eight bytes'],
  ['fbfff0000000000000', '-infinity in eight bytes'],
  ['f7', 'undefined'],
  ['f0', 'simple(16)'],
  ['f8ff', 'simple(255)'],
  ['c074323031332d30332d32315432303a30343a30305a', 'a date'],
  ['c11a514b67b0', 'an epoch'],
  ['d74401020304', 'tag 23'],
  ['d818456449455446', 'tag 24'],
  ['d82076687474703a2f2f7777772e6578616d706c652e636f6d', 'a URI'],
  ['a201020304', 'keys that are numbers'],
  ['5f42010243030405ff', 'bytes of indefinite length'],
  ['7f657374726561646d696e67ff', 'text of indefinite length'],
  ['9fff', 'a list of indefinite length'],
  ['9f018202039f0405ffff', 'lists of indefinite length'],
  ['83018202039f0405ff', 'a list of indefinite length within another'],
  ['bf61610161629f0203ffff', 'a map of indefinite length'],
  ['826161bf61626163ff', 'a map of indefinite length within a list'],
  ['bf6346756ef563416d7421ff', 'a map of indefinite length'],
]

test.each(REFUSED)('Appendix A: %s is refused: %s', hex => {
  expect(decodeCanonical(bytesOf(hex))).toMatchObject({ ok: false })
})

describe('core deterministic encoding (4.2.1)', () => {
  it.each([
    ['1800', 'an integer in more bytes than it needs'],
    ['1817', '23 in two bytes'],
    ['1900ff', '255 in three bytes'],
    ['1a0000ffff', '65535 in five bytes'],
    ['1b00000000ffffffff', '2^32 - 1 in nine bytes'],
    ['3817', '-24 in two bytes'],
    ['1b0020000000000001', '2^53 + 1, which no number holds'],
    ['5801ff', 'a length in more bytes than it needs'],
    ['780161', 'a length of text in more bytes than it needs'],
    ['980101', 'a count in more bytes than it needs'],
    ['b801616101', 'a count of entries in more bytes than it needs'],
    ['fa3fc00000', '1.5 in four bytes'],
    ['fb3ff8000000000000', '1.5 in eight bytes'],
    ['fa34400000', 'a half below 2^-14 in four bytes'],
    ['fb4340000000000000', '2^53 as a float'],
    ['f97e01', 'another NaN'],
    ['f9fe00', 'a negative NaN'],
    ['a2616201616102', 'keys out of order'],
    ['a262616101616202', 'the longer key first'],
    ['a2616101616102', 'a key twice'],
    ['61ff', 'text that is no UTF-8'],
    ['62c080', 'an overlong zero'],
    ['63eda080', 'half a surrogate pair'],
    ['', 'nothing'],
    ['0000', 'more than one value'],
    ['8201', 'a list that ends too early'],
    ['9b7fffffffffffffff01', 'a list of 2^63 entries'],
    ['5b7fffffffffffffff01', '2^63 bytes'],
    ['ff', 'a break'],
    ['1c', 'a reserved length'],
  ])('%s is refused: %s', hex => {
    expect(decodeCanonical(bytesOf(hex))).toMatchObject({ ok: false })
  })

  it('spells integral numbers as integers as far as these reach', () => {
    expect(hexOf(encodeCanonical([1.0, -0, 2 ** 53, -(2 ** 53), 1e18, 2 ** 64, -(2 ** 64) - 4096]))).toBe(
      '87' +
        '01' +
        '00' +
        '1b0020000000000000' +
        '3b001fffffffffffff' +
        '1b0de0b6b3a7640000' +
        'fa5f800000' +
        'fbc3f0000000000001',
    )
    expect(decodeCanonical(encodeCanonical([2 ** 53, -(2 ** 63), 1e18]))).toEqual({
      ok: true,
      value: [2 ** 53, -(2 ** 63), 1e18],
    })
  })

  it('spells every half in two bytes', () => {
    const view = new DataView(new ArrayBuffer(2))
    for (let half = 1; half < 0x7c00; half++) {
      const exponent = half >> 10
      const value = exponent === 0 ? half * 2 ** -24 : ((half & 1023) + 1024) * 2 ** (exponent - 25)
      if (Number.isInteger(value)) continue
      for (const sign of [0, 0x8000]) {
        view.setUint16(0, half | sign)
        const number = sign === 0 ? value : -value
        const hex = `f9${hexOf(new Uint8Array(view.buffer))}`
        if (hexOf(encodeCanonical(number)) !== hex) expect(hexOf(encodeCanonical(number))).toBe(hex)
      }
    }
    // Among others, with the head's byte in text and bytes, and maps whose counts must still be right.
    const value = { a: ['\u00fa', 3 * 2 ** -24, new Uint8Array([0xfa, 1, 2, 3, 4])], b: { c: -5 * 2 ** -24, d: 0.1 } }
    expect(decodeCanonical(encodeCanonical(value))).toEqual({ ok: true, value })
    expect(hexOf(encodeCanonical([3 * 2 ** -24]))).toBe('81f90003')
  })

  it('sorts keys by their encoded bytes', () => {
    const keys = ['z', 'aa', '', 'a'.repeat(24), 'b'.repeat(23), '\u00e9', '\uffff', '\u{10000}', 'c'.repeat(300)]
    const map = Object.fromEntries(keys.map((key, i) => [key, i]))
    const bytes = encodeCanonical(map)
    expect(bytes).toEqual(new Uint8Array(encode(map, rfc8949EncodeOptions)))
    const decoded = decodeCanonical(bytes)
    const encoded = Object.keys((decoded as { value: object }).value).map(key => hexOf(encodeCanonical(key)))
    expect(encoded).toEqual([...encoded].sort())
  })

  it('keeps a byte order mark, and a key that is called __proto__', () => {
    for (const value of ['\ufeff', '\ufeffab', `\ufeff${'a'.repeat(40)}`, { '\ufeffkey': ['\ufeff\ufeff'] }])
      expect(decodeCanonical(encodeCanonical(value))).toEqual({ ok: true, value })
    const value = JSON.parse('{"__proto__": {"a": 1}}') as Data
    const decoded = decodeCanonical(encodeCanonical(value))
    expect(Object.keys((decoded as { value: object }).value)).toEqual(['__proto__'])
    expect(({} as { a?: number }).a).toBe(undefined)
  })
})

test('what is not data is refused, with its place', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  const cases: [unknown, RegExp][] = [
    [{ a: [1, { b: undefined }] }, /^hit\.a\[1\]\.b is undefined: leave it out, or say null$/],
    [undefined, /^hit is undefined/],
    [{ at: new Date(0) }, /^hit\.at is a Date, not a plain object$/],
    [new Map([['a', 1]]), /^hit is a Map/],
    [{ n: 1n }, /^hit\.n is a bigint, not data$/],
    [{ f: () => 1 }, /^hit\.f is a function/],
    [new Float32Array(2), /^hit is a Float32Array/],
    ['\ud800', /^hit holds half a surrogate pair/],
    [{ '\udc00': 1 }, /^hit has a key with half a surrogate pair/],
    [loop, /nested more than 32 deep, or contains itself$/],
  ]
  for (const [value, sentence] of cases) expect(() => encodeCanonical(value as Data, 'hit')).toThrow(sentence)
})

const data = fc.letrec<{ data: Data }>(tie => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double().map(v => (Object.is(v, -0) ? 0 : v)),
    fc.maxSafeInteger().map(v => v * 1024),
    fc.integer({ min: -1023, max: 1023 }).map(v => v * 2 ** -24 + 0),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('data'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('data'), { maxKeys: 5 }),
  ) as fc.Arbitrary<Data>,
})).data

test('whatever data there is comes back as it was, from the same bytes', () => {
  fc.assert(
    fc.property(data, value => {
      const bytes = encodeCanonical(value)
      const decoded = decodeCanonical(bytes)
      expect(decoded.ok).toBe(true)
      if (decoded.ok) expect(encodeCanonical(decoded.value)).toEqual(bytes)
      expect(bytes.constructor).toBe(Uint8Array)
    }),
    { numRuns: 500 },
  )
})

test('bytes of strangers are one value or a reason, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      const decoded = decodeCanonical(bytes)
      if (decoded.ok) expect(encodeCanonical(decoded.value)).toEqual(bytes)
      else expect(decoded.reason.length).toBeGreaterThan(0)
    }),
    { numRuns: 3000 },
  )
  expect(decodeCanonical(new Uint8Array(200_000).fill(0x81)).ok).toBe(false)
})

test('a text is read from the beginning of a list, whatever follows', () => {
  const begun = (hex: string): string | null => textBehind(bytesOf(hex), 1)
  expect([begun('8501617801'), begun('850161'), begun('8301617800000000'), begun('82017800')]).toEqual([
    'x',
    null,
    'x',
    null,
  ])
  // No list, no number, no text, another spelling of a length, nothing at all.
  expect(['a161610161', '85616161', '850102', '8501780161', ''].map(begun)).toEqual([null, null, null, null, null])
})

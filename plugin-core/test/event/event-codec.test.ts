import { expect, test } from 'vitest'
import { decodeEvent, encodeEvent } from '../../src/event/event-codec.ts'
import { seeded } from '../seeded.ts'

test('payloads of data come back as they were', () => {
  for (const payload of [null, true, 1.5, -3, 'text', [1, [2]], { a: { b: [1, 'x', null] } }, new Uint8Array([1, 2])])
    expect(decodeEvent(encodeEvent('say', payload))).toEqual({ kind: 'say', payload })
})

test('equal payloads give equal bytes, whatever order their keys were set in', () => {
  expect(encodeEvent('e', { b: 1, a: 2 })).toEqual(encodeEvent('e', { a: 2, b: 1 }))
})

test('what is not data, or too large, is refused with a sentence', () => {
  expect(() => encodeEvent('say', () => 1)).toThrow(/emit\('say'\): the payload must be data/)
  expect(() => encodeEvent('say', 'x'.repeat(1400))).toThrow(/takes 14\d\d bytes, at most 1360/)
})

test('bytes of strangers are events or nothing, and never throw', () => {
  const random = seeded(1)
  const good = encodeEvent('say', { text: 'hello', list: [1, 2, 3] })
  for (let i = 0; i < 20_000; i++) {
    const bad = random.chance(0.5)
      ? good.slice(0, random.below(good.length + 1))
      : new Uint8Array(random.below(40)).map(() => random.below(256))
    if (bad.length > 0) bad[random.below(bad.length)] ^= 1 << random.below(8)
    const event = decodeEvent(bad)
    if (event !== null) expect(typeof event.kind).toBe('string')
  }
  expect(decodeEvent(new Uint8Array([0x81, 0x61, 0x61]))).toBe(null)
})

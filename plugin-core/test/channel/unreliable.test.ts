// Every rule of "unreliable" in `specs/domn.md`, by name.

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Unreliable } from '../../src/channel/unreliable.ts'

test('old or repeated sequences are dropped', () => {
  const line = new Unreliable()
  expect([0, 0, 1, 5, 5, 4, 1, 6].map(seq => line.accept(seq))).toEqual([
    true,
    false,
    true,
    true,
    false,
    false,
    false,
    true,
  ])
  expect(line.newest).toBe(6)
})

test('no buffering: what was overtaken never comes', () => {
  const line = new Unreliable()
  expect(line.accept(9)).toBe(true)
  for (let seq = 0; seq < 9; seq++) expect(line.accept(seq)).toBe(false)
})

test('u32 wrap-around: the nearest counts', () => {
  const line = new Unreliable(0xfffffff0)
  const sent = Array.from({ length: 40 }, () => line.takeSeq())
  expect([sent[0], sent[15], sent[16], sent[39]]).toEqual([0xfffffff0, 0xffffffff, 0, 23])
  for (const seq of sent) {
    expect(line.accept(seq)).toBe(true)
    expect(line.accept(seq)).toBe(false)
  }
  expect(line.accept(0xfffffff5)).toBe(false)
  expect(line.newest).toBe(23)
})

test('by their low half as well as whole, over any losses below 32768 in a row', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.array(fc.integer({ min: 1, max: 32767 }), { maxLength: 40 }), (first, gaps) => {
      const [whole, short] = [new Unreliable(first), new Unreliable(first)]
      let seq = first
      for (const gap of gaps) {
        seq = (seq + gap - 1) >>> 0
        expect([whole.accept(seq), short.acceptLow(seq & 0xffff)]).toEqual([true, true])
        expect([whole.accept(seq), short.acceptLow(seq & 0xffff)]).toEqual([false, false])
        expect([whole.newest, short.newest]).toEqual([seq, seq])
        seq = (seq + 1) >>> 0
      }
    }),
  )
})

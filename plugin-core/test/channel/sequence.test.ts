import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestSequence, sequenceSteps } from '../../src/channel/sequence.ts'

const word = fc.nat(0xffffffff)

test('steps go the short way round', () => {
  expect(sequenceSteps(5, 9)).toBe(4)
  expect(sequenceSteps(9, 5)).toBe(-4)
  expect(sequenceSteps(0xffffffff, 0)).toBe(1)
  expect(sequenceSteps(2, 0xfffffffe)).toBe(-4)
  expect(sequenceSteps(0, 0x7fffffff)).toBe(0x7fffffff)
  expect(sequenceSteps(0, 0x80000000)).toBe(-0x80000000)
})

test('16 bits stand for the nearest sequence that ends in them, before or behind, and across both wrap-arounds', () => {
  expect(nearestSequence(0x0002, 0x10000)).toBe(0x10002)
  expect(nearestSequence(0xffff, 0x10002)).toBe(0xffff)
  expect(nearestSequence(0x0001, 0x1ffff)).toBe(0x20001)
  expect(nearestSequence(0x0003, 0xfffffff0)).toBe(3)
  expect(nearestSequence(0xfff0, 3)).toBe(0xfffffff0)
  expect(nearestSequence(0x8000, 0x10000)).toBe(0x8000)
  expect(nearestSequence(0x7fff, 0x10000)).toBe(0x17fff)
})

test('whatever is within 32767 of what one knows is restored from its low half', () => {
  fc.assert(
    fc.property(word, fc.integer({ min: -32768, max: 32767 }), (near, steps) => {
      const seq = (near + steps) >>> 0
      expect(nearestSequence(seq & 0xffff, near)).toBe(seq)
      expect(sequenceSteps(near, seq)).toBe(steps)
    }),
  )
})

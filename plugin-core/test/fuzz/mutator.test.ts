import { expect, test } from 'vitest'
import { seeded } from '../seeded.ts'
import { MUTANT_BYTES, Mutator } from './mutator.ts'

const PARENT = Uint8Array.from({ length: 40 }, (_, i) => i)
const OTHER = new Uint8Array(60).fill(0xee)
const SOURCE = { items: [OTHER], values: [0x01020304] }

function mutants(seed: number, keep: number, count = 5000): Uint8Array[] {
  const mutator = new Mutator(seeded(seed))
  return Array.from({ length: count }, () => mutator.bytes.slice(0, mutator.mutate(PARENT, keep, SOURCE)))
}

test('the same seed makes the same mutants', () => {
  expect(mutants(1, 0)).toEqual(mutants(1, 0))
  expect(mutants(1, 0)).not.toEqual(mutants(2, 0))
})

test('a header that is to be kept stays as it is', () => {
  for (const mutant of mutants(3, 12)) {
    expect(mutant.length).toBeGreaterThanOrEqual(12)
    expect(mutant.subarray(0, 12)).toEqual(PARENT.subarray(0, 12))
  }
})

test('mutants are cut, grown, crossed with others, and hold numbers that mean something', () => {
  const all = mutants(4, 0)
  const has = (of: (mutant: Uint8Array) => boolean): number => all.filter(of).length
  expect(has(m => m.length < PARENT.length)).toBeGreaterThan(500)
  expect(has(m => m.length > PARENT.length)).toBeGreaterThan(500)
  expect(has(m => m.length === PARENT.length)).toBeGreaterThan(500)
  expect(has(m => m.includes(0xee))).toBeGreaterThan(300)
  expect(has(m => m.join().includes('4,3,2,1'))).toBeGreaterThan(20)
  expect(has(m => m.join().includes('255,255,255,255,15'))).toBeGreaterThan(5)
  expect(has(m => m.join() === PARENT.join())).toBeLessThan(300)
  expect(Math.max(...all.map(m => m.length))).toBeLessThanOrEqual(MUTANT_BYTES)
})

test('nothing is too small, and nothing too large', () => {
  const mutator = new Mutator(seeded(5))
  for (const parent of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(4000)])
    for (let i = 0; i < 2000; i++) {
      const size = mutator.mutate(parent, 0, { items: [new Uint8Array(3000)], values: [] })
      expect(size).toBeLessThanOrEqual(MUTANT_BYTES)
    }
})

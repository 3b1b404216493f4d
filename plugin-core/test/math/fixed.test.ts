import { expect, test } from 'vitest'
import { fx } from '../../src/math/fixed.ts'
import { seeded } from '../seeded.ts'

const i32 = (n: bigint): number => Number(BigInt.asIntN(32, n))
const EDGES = [0, 1, -1, 2, -2, 65535, 65536, 65537, -65535, -65536, -65537, 0x7fffffff, -0x80000000, -0x7fffffff]

function pairs(count: number, seed: number): [number, number][] {
  const random = seeded(seed)
  const any = (): number => Math.floor(random.next() * 2 ** 32) | 0
  const all: [number, number][] = []
  for (const a of EDGES) for (const b of EDGES) all.push([a, b])
  for (let i = 0; i < count; i++) all.push([any() >> random.below(31), any() >> random.below(31)])
  return all
}

test('mul is the exact product, rounded towards minus infinity (seed 1)', () => {
  for (const [a, b] of pairs(20_000, 1)) expect(fx.mul(a, b), `${a} ${b}`).toBe(i32((BigInt(a) * BigInt(b)) >> 16n))
})

test('div is the exact quotient, rounded towards zero (seed 2)', () => {
  for (const [a, b] of pairs(20_000, 2).filter(([, b]) => b !== 0))
    expect(fx.div(a, b), `${a} ${b}`).toBe(i32((BigInt(a) << 16n) / BigInt(b)))
})

test('by zero gives 0: no machine may choose', () => {
  expect([fx.div(fx.one, 0), fx.div(-1, 0), fx.div(0, 0)]).toEqual([0, 0, 0])
})

test('sqrt is the largest root that is not too large (seed 3)', () => {
  for (const [a] of pairs(5_000, 3)) {
    const root = BigInt(fx.sqrt(a))
    const square = a > 0 ? BigInt(a) << 16n : 0n
    expect(root * root <= square && (root + 1n) * (root + 1n) > square, `${a}`).toBe(true)
  }
})

test('numbers come and go, the nearest one, halves away from zero', () => {
  expect([fx.from(1), fx.from(-0.5), fx.from(0.5 / 65536), fx.from(-0.5 / 65536)]).toEqual([65536, -32768, 1, -1])
  expect([fx.toFloat(fx.from(3.25)), fx.toFloat(-1)]).toEqual([3.25, -1 / 65536])
  expect(fx.from(NaN)).toBe(0)
})

test('floor, abs, min and max', () => {
  expect([fx.floor(fx.from(1.75)), fx.floor(fx.from(-1.25))]).toEqual([fx.from(1), fx.from(-2)])
  expect([fx.abs(-5), fx.abs(5), fx.abs(-0x80000000)]).toEqual([5, 5, -0x80000000])
  expect([fx.min(-1, 2), fx.max(-1, 2)]).toEqual([-1, 2])
})

test('every result is a 32-bit integer and no negative zero (seed 4)', () => {
  for (const [a, b] of pairs(5_000, 4))
    for (const value of [fx.mul(a, b), fx.div(a, b), fx.sqrt(a), fx.floor(a), fx.abs(a), fx.from(a / 7)])
      expect(Object.is(value, value | 0), `${a} ${b} gives ${value}`).toBe(true)
})

import { expect, test } from 'vitest'
import * as functions from '../../src/math/functions.ts'
import { guard } from '../../src/sim/guard.ts'
import { RANGES, mathSums, sample, valuesOf, type OfOne } from './engine-sums.ts'

const math = { ...functions }

/** Largest error, relative to what is larger than 1. */
function errorOf(actual: Float64Array, wanted: Float64Array): number {
  return actual.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i]))),
    0,
  )
}

test.each(Object.entries(RANGES) as [OfOne, [number, number]][])('%s is what Math says, nearly', (name, range) => {
  expect(
    errorOf(
      valuesOf(i => math[name](sample(range, i))),
      valuesOf(i => Math[name](sample(range, i))),
    ),
  ).toBeLessThan(1e-13)
})

test('the functions of two numbers are what Math says, nearly', () => {
  for (const name of ['atan2', 'hypot'] as const)
    expect(
      errorOf(
        valuesOf(i => math[name](sample([-9, 9], i), sample([-5, 7], i + 11))),
        valuesOf(i => Math[name](sample([-9, 9], i), sample([-5, 7], i + 11))),
      ),
    ).toBeLessThan(1e-13)
  expect(
    errorOf(
      valuesOf(i => math.pow(sample([0.01, 9], i), sample([-5, 7], i + 11))),
      valuesOf(i => sample([0.01, 9], i) ** sample([-5, 7], i + 11)),
    ),
  ).toBeLessThan(1e-13)
})

// The whole point: the same bits in every engine, on every machine, in every release. Pinned, so that an update of the
// library that moves one last bit is seen here and not as a desync. Browsers are compared in e2e/math.browser.test.ts.
test('every bit of every result is the one that was published', () => {
  expect(mathSums()).toEqual({
    sin: 3010635281,
    cos: 1420999661,
    tan: 3873134335,
    asin: 1790637393,
    acos: 3506791687,
    atan: 183841312,
    exp: 2440372309,
    log: 2797607420,
    atan2: 4034273758,
    hypot: 1044353790,
    pow: 2708140105,
  })
})

test('rules may use all of it: nothing inside calls what the guard forbids', () => {
  const results: number[] = []
  guard.enter()
  try {
    for (const x of [0.3, 1e10, -0.7, 1e300, Infinity, NaN, 1e-310])
      for (const f of Object.values(math) as ((x: number, y: number) => number)[]) results.push(f(x, 1.7))
  } finally {
    guard.leave()
  }
  expect(results).toHaveLength(7 * 11)
})

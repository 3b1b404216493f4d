import { describe, expect, test } from 'vitest'
import { angleBetween, blendQuaternions, correctionLeft, multiplyQuaternions } from '../../src/worker/interpolation.ts'

const DEGREE = Math.PI / 180

describe('angles', () => {
  test('go the short way round', () => {
    expect(angleBetween(170 * DEGREE, -170 * DEGREE)).toBeCloseTo(20 * DEGREE)
    expect(angleBetween(-170 * DEGREE, 170 * DEGREE)).toBeCloseTo(-20 * DEGREE)
    expect(angleBetween(10 * DEGREE, 50 * DEGREE)).toBeCloseTo(40 * DEGREE)
  })

  test('may have any number of turns in them', () => {
    expect(angleBetween(0.1, 0.3 + 6 * Math.PI)).toBeCloseTo(0.2)
    expect(angleBetween(0.3 - 8 * Math.PI, 0.1)).toBeCloseTo(-0.2)
  })
})

describe('quaternions', () => {
  const aboutZ = (degrees: number): number[] => [
    0,
    0,
    Math.sin((degrees * DEGREE) / 2),
    Math.cos((degrees * DEGREE) / 2),
  ]
  const blend = (from: number[], to: number[], alpha: number): number[] => {
    const into = new Float64Array(4)
    blendQuaternions(Float64Array.from(from), 0, Float64Array.from(to), 0, alpha, into, 0)
    return [...into]
  }

  test('go the short way round, also when one is written with the opposite sign', () => {
    const expected = aboutZ(20)
    const negated = aboutZ(30).map(v => -v)
    for (const to of [aboutZ(30), negated])
      blend(aboutZ(10), to, 0.5).forEach((value, k) => expect(value).toBeCloseTo(expected[k]))
  })

  test('stay of length 1, and a zero one reads as no turn', () => {
    expect(Math.hypot(...blend(aboutZ(0), aboutZ(120), 0.3))).toBeCloseTo(1)
    expect(blend([0, 0, 0, 0], [0, 0, 0, 0], 0.5)).toEqual([0, 0, 0, 1])
  })

  test('multiply to the turn of both, into an argument too', () => {
    const a = Float64Array.from(aboutZ(30))
    multiplyQuaternions(a, 0, Float64Array.from(aboutZ(20)), 0, a, 0)
    aboutZ(50).forEach((value, k) => expect(a[k]).toBeCloseTo(value))
  })
})

test('a correction is down to 5 % after its time, however many frames that takes', () => {
  expect(correctionLeft(100, 100)).toBeCloseTo(0.05, 2)
  expect(correctionLeft(40, 100) * correctionLeft(60, 100)).toBeCloseTo(correctionLeft(100, 100))
  expect(correctionLeft(1, 0)).toBe(0)
})

// How the ring looks, whatever a script writes into its columns.

import { expect, it } from 'vitest'
import { BALES, balesAround, followRing, newRing } from '../src/ring-look.ts'
import type { SumoMatch } from '../src/scene.ts'
import { PHASE, TICKS } from '../src/sumo-terms.ts'

function ringOf(radius: number, fullRadius: number): SumoMatch {
  const Arena = { radius: [radius], fullRadius: [fullRadius], phase: [PHASE.play], ticks: [TICKS.calm + 1] }
  return { view: { Arena, query: () => [0] } } as unknown as SumoMatch
}

it('follows the rules, and glows the more the ring has shrunk', () => {
  const look = newRing()
  for (let i = 0; i < 120; i++) followRing(look, ringOf(9, 9), 1 / 60)
  expect(look.radius).toBeCloseTo(9)
  const before = look.heat
  for (let i = 0; i < 120; i++) followRing(look, ringOf(3, 9), 1 / 60)
  expect(look.radius).toBeCloseTo(3)
  expect(look.heat).toBeGreaterThan(before)
})

it.each([
  [NaN, 9],
  [Infinity, 9],
  [9, NaN],
  [9, 0],
  [-4, 9],
])('comes back from a radius of %d of %d', (radius, fullRadius) => {
  const look = newRing()
  followRing(look, ringOf(radius, fullRadius), 1 / 60)
  expect(look.radius).toBeGreaterThanOrEqual(0)
  for (let i = 0; i < 120; i++) followRing(look, ringOf(8, 9), 1 / 60)
  expect(look.radius).toBeCloseTo(8)
  expect(look.heat).toBeLessThanOrEqual(1)
})

it('lays as many bales as there are', () => {
  expect([balesAround(-1), balesAround(0), balesAround(1), balesAround(500)]).toEqual([0, 0, 5, BALES])
})

import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'

test.each([1, 2, 3, 4, 5])('mutated packets are counted and dropped, and stall nobody (seed %i)', seed => {
  const report = fuzz({ seed, calls: 1500 })
  expect(report.problems).toEqual([])
  expect(report.refused.malformed).toBeGreaterThan(1000)
  expect(report.packets).toBeGreaterThan(10_000)
})

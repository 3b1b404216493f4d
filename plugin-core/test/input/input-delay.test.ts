import { expect, test } from 'vitest'
import { InputDelay } from '../../src/input/input-delay.ts'

// Samples as the loop does: when tick n is first wanted, its own number is what the player does.
function samples(delay: number, wanted: number, changes: Record<number, { from: number; delay: number }>): number[] {
  const rule = new InputDelay(delay)
  const inputs: number[] = []
  // The first ticks are neutral.
  for (let tick = 1; tick <= delay; tick++) inputs[tick] = 0
  let newest = delay
  for (let tick = 1; tick <= wanted; tick++) {
    const change = changes[tick]
    if (change !== undefined) rule.change(change.from, change.delay)
    const last = rule.newestFor(tick)
    for (; newest < last; newest++) {
      expect(inputs[newest + 1]).toBe(undefined)
      inputs[newest + 1] = newest + 1 === last ? tick : inputs[newest]
    }
  }
  return inputs.slice(1)
}

test('a sample goes to the tick that is wanted and the delay', () => {
  expect(samples(2, 4, {})).toEqual([0, 0, 1, 2, 3, 4])
  expect(samples(0, 3, {})).toEqual([1, 2, 3])
})

test('raising the delay repeats the last input in the gap', () => {
  expect(samples(1, 5, { 2: { from: 4, delay: 3 } })).toEqual([0, 1, 2, 3, 3, 3, 4, 5])
})

test('lowering the delay skips samples, and writes no tick twice', () => {
  expect(samples(3, 7, { 1: { from: 3, delay: 1 } })).toEqual([0, 0, 0, 1, 2, 5, 6, 7])
})

test('who hears of it late changes at the next tick', () => {
  expect(samples(1, 6, { 5: { from: 3, delay: 2 } })).toEqual([0, 1, 2, 3, 4, 4, 5, 6])
})

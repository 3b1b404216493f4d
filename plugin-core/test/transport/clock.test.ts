import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import { seeded } from '../seeded.ts'

test('runs timers in the order of their time, and equal times in the order of scheduling', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const add = (ms: number, name: string): void => void clock.schedule(ms, () => seen.push(`${name}@${clock.now()}`))
  add(20, 'c')
  add(10, 'a')
  add(10, 'b')
  add(20, 'd')
  add(0, 'now')
  clock.advance(15)
  expect(seen).toEqual(['now@0', 'a@10', 'b@10'])
  expect(clock.now()).toBe(15)
  clock.advance(5)
  expect(seen.slice(3)).toEqual(['c@20', 'd@20'])
})

test('keeps order among a thousand timers of few different times', () => {
  const clock = new VirtualClock()
  const random = seeded(7)
  const planned = Array.from({ length: 1000 }, (_, order) => ({ dueMs: random.below(20), order }))
  const seen: typeof planned = []
  for (const timer of planned) clock.schedule(timer.dueMs, () => seen.push(timer))
  clock.advance(100)
  expect(seen).toEqual(planned.toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order))
})

test('runs what a timer schedules inside the same advance', () => {
  const clock = new VirtualClock()
  const seen: number[] = []
  const tick = (): void => {
    seen.push(clock.now())
    clock.schedule(10, tick)
  }
  clock.schedule(10, tick)
  clock.advance(35)
  expect(seen).toEqual([10, 20, 30])
  expect(clock.now()).toBe(35)
})

test('a cancelled timer does not run, and cancelling late or twice does nothing', () => {
  const clock = new VirtualClock()
  let runs = 0
  const cancel = clock.schedule(10, () => runs++)
  const cancelLate = clock.schedule(10, () => runs++)
  cancel()
  cancel()
  expect(clock.pending).toBe(1)
  clock.advance(10)
  cancelLate()
  expect(runs).toBe(1)
  expect(clock.pending).toBe(0)
})

test('runs until something is so, or the limit', () => {
  const clock = new VirtualClock()
  let count = 0
  const tick = (): void => {
    count++
    clock.schedule(10, tick)
  }
  clock.schedule(10, tick)
  expect(clock.runUntil(() => count === 3, 1000)).toBe(true)
  expect(clock.now()).toBe(30)
  expect(clock.runUntil(() => count === 100, 50)).toBe(false)
  expect(clock.now()).toBe(80)
})

test('a timer that throws leaves the others as they were', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  clock.schedule(1, () => {
    throw new Error('planted')
  })
  clock.schedule(2, () => seen.push('after'))
  expect(() => clock.advance(5)).toThrow('planted')
  clock.advance(5)
  expect(seen).toEqual(['after'])
})

test('refuses times that make no sense', () => {
  const clock = new VirtualClock()
  expect(() => clock.advance(-1)).toThrow('time goes forward')
  expect(() => clock.advance(Number.NaN)).toThrow('time goes forward')
  expect(() => clock.schedule(Number.NaN, () => {})).toThrow('NaN')
})

import { expect, test } from 'vitest'
import { Pacer } from '../../src/loop/pacer.ts'
import type { Clock } from '../../src/transport/clock.ts'
import { VirtualClock } from '../../src/transport/clock.ts'

// Timers that fire late, as those of browsers do.
function late(clock: VirtualClock, byMs: () => number): Clock {
  return { now: () => clock.now(), schedule: (delayMs, run) => clock.schedule(delayMs + byMs(), run) }
}

test('calls on an absolute grid: late timers delay a call, and never the ones after it', () => {
  const clock = new VirtualClock()
  const due: number[] = []
  let n = 0
  new Pacer(
    late(clock, () => (n++ % 3 === 0 ? 7 : 0)),
    60,
    dueMs => due.push(dueMs),
  ).start()
  clock.advance(10_000)
  expect(due.length).toBe(601)
  due.forEach((dueMs, i) => expect(dueMs).toBeCloseTo((i * 1000) / 60, 6))
})

test('never calls before its time', () => {
  const clock = new VirtualClock()
  let early = 0
  new Pacer(clock, 60, dueMs => (early += dueMs > clock.now() + 1e-6 ? 1 : 0)).start()
  clock.advance(3000)
  expect(early).toBe(0)
})

test('after a pause of 100 ms it catches up by six calls at once, the last one in the next wake-up', () => {
  const clock = new VirtualClock()
  let pauseMs = 0
  const calls: number[] = []
  new Pacer(
    late(clock, () => pauseMs),
    60,
    () => calls.push(clock.now()),
  ).start()
  clock.advance(1000)
  pauseMs = 100
  clock.advance(17)
  pauseMs = 0
  calls.length = 0
  clock.advance(200)
  expect(calls.filter(at => at === calls[0]).length).toBe(6)
})

test('after a frozen second it starts a new grid instead of running sixty ticks', () => {
  const clock = new VirtualClock()
  let pauseMs = 0
  let calls = 0
  new Pacer(
    late(clock, () => pauseMs),
    60,
    () => calls++,
  ).start()
  clock.advance(500)
  pauseMs = 1000
  clock.advance(20)
  pauseMs = 0
  calls = 0
  clock.advance(1000)
  expect(calls).toBeLessThan(5)
  clock.advance(1000)
  expect(calls).toBeGreaterThan(55)
})

test('stops', () => {
  const clock = new VirtualClock()
  let calls = 0
  const stop = new Pacer(clock, 60, () => calls++).start()
  clock.advance(100)
  stop()
  const before = calls
  clock.advance(1000)
  expect(calls).toBe(before)
  expect(clock.pending).toBe(0)
})

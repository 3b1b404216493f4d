import { expect, test } from 'vitest'
import { TimeSync } from '../../src/loop/time-sync.ts'
import { WholeMatch } from '../matches/match.ts'

test('never skips more than one tick in ten', () => {
  const sync = new TimeSync()
  let last = -100
  for (let tick = 0; tick < 300; tick++) {
    sync.lead(16 * 30)
    if (!sync.skipsThisTick()) continue
    expect(tick - last).toBeGreaterThanOrEqual(10)
    last = tick
  }
  expect(sync.skipped).toBe(30)
})

test('a lead below what jitter alone reaches changes nothing, nor does no news', () => {
  const sync = new TimeSync()
  sync.lead(10)
  expect(sync.skipsThisTick()).toBe(false)
  sync.lead(-1)
  expect(sync.skipsThisTick()).toBe(false)
})

test('a machine whose clock runs one percent fast does not push its rollbacks onto the other', () => {
  const conditions = { delayMs: 30, jitterMs: 5, loss: 0, duplicate: 0, reorder: 0 }
  const match = new WholeMatch({ seed: 9, peers: 2, ticks: 3600, mode: 'rollback', conditions, drift: [1.01, 1] })
  match.run()
  expect(match.report().problems).toEqual([])
  const [fast, slow] = match.machines.map(m => m.loop)
  expect(fast.timeSync.skipped).toBeGreaterThan(20)
  expect(slow.timeSync.skipped).toBeLessThan(fast.timeSync.skipped / 4)
  const ratio = fast.timeline.rolledBackTicks / slow.timeline.rolledBackTicks
  expect(ratio).toBeGreaterThan(0.5)
  expect(ratio).toBeLessThan(2)
})

test('half of a lead is given up, and what was still to be done is forgotten with the next word', () => {
  const sync = new TimeSync()
  sync.lead(16 * 8)
  const skips = (calls: number): number =>
    Array.from({ length: calls }, () => sync.skipsThisTick()).filter(Boolean).length
  expect(skips(200)).toBe(4)
  sync.lead(16 * 8)
  sync.lead(0)
  expect(skips(200)).toBe(0)
})

// A tick is closed when the later one's input is there, and known half a round trip after that: what one predicts meanwhile is its own
// way there and back. Whoever is ahead of that predicts for the other one's.
const line = (upMs: number, downMs: number) => ({ delayMs: downMs, jitterMs: 3, loss: 0, up: { delayMs: upMs } })

test.each([
  ['one is heard late and the other hears late', line(70, 10), line(10, 70)],
  ['one is near and the other far', line(10, 10), line(70, 70)],
  ['one way of one line is long', line(25, 25), line(25, 100)],
])('no side rolls back for both, however fast its clock is: %s', (_name, first, second) => {
  const match = new WholeMatch({
    ...{ seed: 9, peers: 2, ticks: 2400, mode: 'rollback', conditions: first, inputDelay: 1 },
    drift: [1.005, 1],
  })
  match.network.set(second, 2)
  match.run()
  expect(match.report().problems).toEqual([])
  for (const [i, { loop }] of match.machines.entries()) {
    const { up, delayMs } = [first, second][i]
    const ownTicks = ((up.delayMs + delayMs) * 60) / 1000 - 1
    const { rolledBackTicks, rollbacks } = loop.timeline
    expect(rollbacks).toBeGreaterThan(200)
    expect(rolledBackTicks / rollbacks).toBeGreaterThan(ownTicks - 1)
    expect(rolledBackTicks / rollbacks).toBeLessThan(ownTicks + 2.5)
  }
})

import { expect, test } from 'vitest'
import { findDivergence } from '../../src/loop/divergence.ts'
import { arena } from './arena.ts'
import { WholeDuel, duelPlanOf, playDuel, type DuelPlan } from './duel-match.ts'

// In the last one a side is 18 ticks behind for a moment, and has to hear of what happened then.
const seeds = [...Array.from({ length: 16 }, (_, i) => i + 1), 9080]

const plain: DuelPlan = {
  seed: 1,
  ticks: 1200,
  conditions: { delayMs: 40, jitterMs: 0, loss: 0 },
  drift: [1, 1],
  inputDelay: 2,
  predictionWindow: 8,
  rbn1: [2, 2],
  lateMs: 0,
  delays: [],
}

test.each(seeds)('a duel agrees in every confirmed tick (seed %i)', seed => {
  const report = playDuel(seed)
  expect(report.problems, `npm run matches -- --duels --seed ${seed}`).toEqual([])
  expect(report.confirmedTicks).toBeGreaterThanOrEqual(duelPlanOf(seed).ticks)
})

test('the same seed plays the same duel', () => {
  expect(playDuel({ ...duelPlanOf(7), ticks: 300 })).toEqual(playDuel({ ...duelPlanOf(7), ticks: 300 }))
})

test('at three packets in ten lost, ten in a hundred twice and out of order, both go on', () => {
  const conditions = { delayMs: 40, jitterMs: 20, loss: 0.3, duplicate: 0.1, reorder: 0.1 }
  const report = playDuel({ ...plain, conditions })
  expect(report.problems).toEqual([])
  expect(report.longestStallMs).toBeLessThan(500)
  expect(report.events).toBeGreaterThan(20)
})

test('clocks that run one percent apart: the fast one gives up ticks, at most one in ten, and nobody stalls', () => {
  const report = playDuel({ ...plain, ticks: 3000, drift: [1.005, 0.995] })
  expect(report.problems).toEqual([])
  // One percent of 3,000 ticks.
  expect(report.skippedTicks[0]).toBeGreaterThan(20)
  expect(report.skippedTicks[0]).toBeLessThan(60)
  expect(report.skippedTicks[1]).toBeLessThan(5)
  expect(report.stalledTicks).toEqual([0, 0])
})

test('both roll back equally often, also when one way is three times as long as the other', () => {
  const conditions = { delayMs: 90, jitterMs: 0, loss: 0, up: { delayMs: 30 } }
  const { problems, rolledBackTicks } = playDuel({ ...plain, ticks: 3000, conditions })
  expect(problems).toEqual([])
  const [a, b] = rolledBackTicks
  expect(Math.min(a, b)).toBeGreaterThan(300)
  expect(Math.max(a, b) / Math.min(a, b)).toBeLessThan(2)
})

test('a broken line that comes back in time costs time, not truth; one that does not ends both', () => {
  const duel = new WholeDuel({ ...plain, ticks: 600 })
  duel.clock.advance(4000)
  duel.pair.cut()
  duel.clock.advance(1500)
  duel.pair.heal()
  duel.run()
  expect(duel.machines.map(m => m.end)).toEqual([null, null])
  expect(duel.machines[0].loop.timeline.confirmedTick).toBeGreaterThanOrEqual(600)
  duel.pair.cut()
  duel.clock.advance(3000)
  for (const m of duel.machines) expect(m.end).toMatchObject({ code: 'timeout' })
})

test('a line that works in one direction only ends both, and hangs neither', () => {
  const duel = new WholeDuel(plain)
  duel.clock.advance(4000)
  duel.pair.cut('up')
  duel.clock.advance(5000)
  for (const m of duel.machines) expect(m.end).toMatchObject({ code: 'timeout' })
})

test('a field that one machine changes ends both with a desync, at a tick that both have and whose states differ', () => {
  const duel = new WholeDuel(plain)
  duel.clock.advance(4000)
  const { loop } = duel.machines[1]
  const from = loop.timeline.confirmedTick
  const { offset } = arena.schema.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
  // For longer than the window: a single change might be rolled back, and so healed.
  for (let i = 0; i < 30; i++) {
    loop.simulation.bytes[offset]++
    duel.clock.advance(1000 / 60)
  }
  duel.clock.advance(1000)
  const [a, b] = duel.machines
  const found = findDivergence(a.loop, b.loop)!
  expect(found.differences[0]).toMatchObject({ component: 'Player', field: 'score' })
  for (const m of duel.machines) {
    expect(m.end).toMatchObject({ code: 'desync' })
    expect(m.end!.tick).toBeGreaterThan(from)
    expect(m.end!.tick).toBeLessThan(from + 30)
    expect(a.checksums.get(m.end!.tick)).not.toBe(b.checksums.get(m.end!.tick))
  }
})

test('what leaves when a player closes the page: the other one hears of it', () => {
  const duel = new WholeDuel(plain)
  duel.clock.advance(3000)
  duel.machines[0].loop.leave()
  duel.clock.advance(500)
  expect(duel.machines[1].end).toMatchObject({ code: 'peer-left', reason: 'the other player left' })
})

const lagging = (lag: number): WholeDuel => {
  const conditions = { delayMs: (lag * 1000) / 60, jitterMs: 0, loss: 0 }
  const duel = new WholeDuel({ ...plain, ticks: 600, inputDelay: 1, predictionWindow: 12, scripted: true, conditions })
  duel.run()
  expect(duel.report().problems).toEqual([])
  return duel
}

test.each([0, 1, 3, 6, 10])('a lag of %i ticks gives the same final state as none, and rolls back no deeper', lag => {
  const duel = lagging(lag)
  const state = lagging(0).machines[0].checksums.get(600)
  for (const m of duel.machines) {
    expect(m.checksums.get(600)).toBe(state)
    expect(m.deepestRollback).toBeLessThanOrEqual(lag)
  }
  // None at all would prove nothing.
  if (lag > 2) for (const m of duel.machines) expect(m.deepestRollback).toBeGreaterThan(0)
})

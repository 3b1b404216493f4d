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

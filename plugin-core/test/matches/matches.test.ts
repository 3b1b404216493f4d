import { expect, test } from 'vitest'
import { planOf, playMatch } from './match.ts'

const seeds = Array.from({ length: 12 }, (_, i) => i + 1)

test.each(seeds)('a match of many machines agrees in every confirmed tick (seed %i)', seed => {
  const report = playMatch(planOf(seed))
  expect(report.problems, `npm run matches -- --seed ${seed}`).toEqual([])
  expect(report.confirmedTicks).toBeGreaterThanOrEqual(1800)
})

test('64 machines in one room agree for 600 ticks', () => {
  const conditions = { delayMs: 30, jitterMs: 10, loss: 0.02, duplicate: 0.01, reorder: 0.02 }
  const report = playMatch({ seed: 64, peers: 64, ticks: 600, mode: 'rollback', conditions })
  expect(report.problems).toEqual([])
  expect(report.confirmedTicks).toBeGreaterThanOrEqual(600)
})

test('the same seed plays the same match', () => {
  expect(playMatch({ ...planOf(3), ticks: 300 })).toEqual(playMatch({ ...planOf(3), ticks: 300 }))
})

import { expect, test } from 'vitest'
import { planOf, playMatch, WholeMatch } from './match.ts'

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

test('a machine whose state differs ends the match with the tick that differs first', () => {
  const conditions = { delayMs: 20, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }
  const match = new WholeMatch({
    seed: 5,
    peers: 2,
    ticks: 900,
    mode: 'rollback',
    conditions,
    corrupt: { peer: 1, tick: 500, at: 4000 },
  })
  match.run()
  for (const m of match.machines) {
    expect(m.end).toMatchObject({ code: 'desync' })
    expect(m.end!.tick).toBeGreaterThanOrEqual(500)
    expect(m.end!.tick).toBeLessThan(520)
  }
})

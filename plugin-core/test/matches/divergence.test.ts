import { expect, test } from 'vitest'
import { findDivergence } from '../../src/loop/divergence.ts'
import { describeDifference } from '../../src/sim/diff.ts'
import { arena } from './arena.ts'
import { WholeMatch } from './match.ts'

const conditions = { delayMs: 20, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }

test('one field that one machine changes at tick 500 is named, with tick, entity and both values', () => {
  const { offset } = arena.schema.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
  const entity = 2
  const corrupt = { peer: 1, tick: 500, at: offset + entity * 2 }
  const match = new WholeMatch({ seed: 5, peers: 2, ticks: 900, mode: 'rollback', conditions, corrupt })
  match.run()
  const [a, b] = match.machines
  const found = findDivergence(a.loop, b.loop)!
  // The corrupted state is rolled back, and so healed, as long as its tick is predicted: the first tick that stays wrong
  // is the first one that is confirmed after it.
  expect(found.tick).toBeGreaterThanOrEqual(500)
  expect(found.tick).toBeLessThan(510)
  expect(found.differences[0]).toMatchObject({ region: 'column', entity, component: 'Player', field: 'score' })
  expect(Math.abs(found.differences[0].a - found.differences[0].b)).toBe(1)
  expect(describeDifference(found.differences[0])).toMatch(/^Player\.score of entity 2: \d+ against \d+$/)
  for (const m of match.machines) {
    expect(m.end).toMatchObject({ code: 'desync' })
    expect(m.end!.reason).toContain(`desync at tick ${m.end!.tick}`)
    expect(m.end!.tick).toBe(found.tick)
  }
})

test('machines that agree have no divergence', () => {
  const match = new WholeMatch({ seed: 6, peers: 2, ticks: 300, mode: 'rollback', conditions })
  match.run()
  expect(findDivergence(match.machines[0].loop, match.machines[1].loop)).toBe(null)
})

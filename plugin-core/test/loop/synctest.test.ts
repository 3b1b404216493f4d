import { expect, test } from 'vitest'
import { synctest } from '../../src/loop/synctest.ts'
import { defineGame, f64, i32, type Sim } from '../../src/sim.ts'
import { arena } from '../matches/arena.ts'

function counter(step: (sim: Sim) => void, setup: (sim: Sim) => void = () => {}) {
  return defineGame({
    name: 'counter',
    version: 1,
    maxPlayers: 4,
    maxEntities: 4,
    input: { buttons: ['a', 'b', 'c'] },
    components: { Other: { z: i32 }, Count: { x: f64, n: i32 } },
    setup(sim) {
      sim.spawn('Other')
      sim.spawn('Count')
      setup(sim as unknown as Sim)
    },
    step: sim => step(sim as unknown as Sim),
  })
}

test('a game that keeps everything in its world passes, rounds, joins and leaves included (seeds 1-3)', () => {
  for (const seed of [1, 2, 3]) {
    const report = synctest(arena, { ticks: 1500, seed, players: 4 })
    expect(report, `seed ${seed}`).toMatchObject({ ticks: 1500, failure: null })
    expect(report.recomputed).toBeGreaterThan(1500)
  }
})

test('a counter outside of the world is found: tick, entity, component and field', () => {
  let calls = 0
  const game = counter(sim => void (sim.components.Count.n[1] = ++calls))
  const { failure } = synctest(game, { ticks: 50, seed: 1, players: 2 })
  expect(failure).toMatchObject({
    tick: 1,
    cause: 'rollback',
    differences: [{ region: 'column', entity: 1, component: 'Count', field: 'n', a: 1, b: 2 }],
  })
})

test('a cache outside of the world is found at the tick where it first matters', () => {
  let last = 0
  const game = counter(sim => {
    if (sim.tick >= 30) sim.components.Count.x[1] += last
    last = sim.tick
  })
  expect(synctest(game, { ticks: 60, rollback: 4 }).failure).toMatchObject({
    tick: 30,
    differences: [{ entity: 1, component: 'Count', field: 'x' }],
  })
})

test('a change of the rollback window changes how much is computed again', () => {
  const game = counter(() => {})
  // Six of them once more, behind another match.
  expect(synctest(game, { ticks: 100, rollback: 1 }).recomputed).toBe(106)
  expect(synctest(game, { ticks: 100, rollback: 8 }).recomputed).toBe(106 * 8 - 28)
})

test('inputs are seeded, change, and press only buttons that there are', () => {
  const seen = new Map<number, Set<number>>()
  const run = (seed: number): void => {
    const bits = new Set<number>()
    seen.set(seed, bits)
    synctest(
      counter(sim => void bits.add(sim.tick * 256 + sim.input(0).bits)),
      { ticks: 900, seed, players: 1 },
    )
  }
  run(1)
  const first = seen.get(1)!
  run(1)
  expect(seen.get(1)).toEqual(first)
  run(2)
  expect(seen.get(2)).not.toEqual(first)
  expect(new Set([...first].map(n => n % 256))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]))
})

test('takes inputs of its caller, and everyone stays then', () => {
  const slots = new Set<string>()
  const game = counter(sim => {
    slots.add(sim.slots.join())
    if (sim.input(1).held('b')) sim.components.Count.n[1] = sim.tick
  })
  const inputs = (tick: number, slot: number, into: Uint8Array): void =>
    void (into[0] = tick === 20 && slot === 1 ? 2 : 0)
  expect(synctest(game, { ticks: 40, players: 2, inputs }).failure).toBeNull()
  expect([...slots]).toEqual(['0,1'])
})

test('events of scenes are run again as well', () => {
  let heard = 0
  const game = defineGame({
    name: 'hears',
    version: 1,
    maxPlayers: 1,
    minPlayers: 1,
    maxEntities: 1,
    input: { buttons: ['a'] },
    components: { Count: { n: i32 } },
    setup: sim => void sim.spawn('Count'),
    step() {},
    on: { poke: sim => void (sim.components.Count.n[0] = ++heard) },
  })
  const events = (tick: number) => (tick === 25 ? [{ slot: 0, kind: 'poke', payload: null }] : [])
  const inputs = (): void => {}
  expect(synctest(game, { ticks: 40, players: 1, inputs, events }).failure).toMatchObject({ tick: 25 })
})

test('what the rules raise must be the same again, too', () => {
  let shown = 0
  const game = counter(sim => {
    if (sim.tick === 12) sim.raise('hit', { n: ++shown })
  })
  expect(synctest(game, { ticks: 40 }).failure).toMatchObject({
    tick: 12,
    differences: [],
    raised: ['[{"kind":"hit","payload":{"n":1}}]', '[{"kind":"hit","payload":{"n":2}}]'],
  })
})

// Ticks of the round's beginning are not computed again later: a rollback alone would never see it.
test('what setup leaves in a variable is found: another match of the same rules has set up its own in between', () => {
  let wind = 0
  const game = counter(
    sim => void (sim.components.Count.x[1] += wind),
    sim => void (wind = sim.random()),
  )
  const { failure } = synctest(game, { ticks: 60 })
  expect(failure).toMatchObject({ cause: 'other match', differences: [{ component: 'Count', field: 'x' }] })
  expect(failure!.tick).toBeLessThan(20)
})

test('what every setup leaves alike is missed by that, and found by rules from a module of their own, which never see it', () => {
  const rules = () => {
    let walls: number[] = []
    return counter(
      sim => void (sim.components.Count.n[1] += walls.length),
      () => void (walls = [1, 2, 3]),
    )
  }
  expect(synctest(rules(), { ticks: 60 }).failure).toBeNull()
  expect(synctest(rules(), { ticks: 60, late: rules() }).failure).toMatchObject({
    cause: 'late',
    tick: 2,
    differences: [{ entity: 1, component: 'Count', field: 'n' }],
  })
})

test('rules from a module of their own agree where everything is in the world', () => {
  const report = synctest(arena, { ticks: 300, players: 3, late: { ...arena } })
  expect(report.failure).toBeNull()
  expect(report.recomputed).toBeGreaterThan(2 * 300 * 7)
})

test('a rule that answers with a promise is told: what it does after its first await is between the ticks', () => {
  const later = counter(() => Promise.resolve() as unknown as void)
  expect(() => synctest(later, { ticks: 5 })).toThrow(/step answered with a promise: rules run from their first line/)
  const sums = counter(() => [1].push(2) as unknown as void)
  expect(synctest(sums, { ticks: 5 }).failure).toBeNull()
})

test('the guard is up while the rules run, and down after they threw', () => {
  expect(() =>
    synctest(
      counter(() => void Math.sin(1)),
      { ticks: 5 },
    ),
  ).toThrow('Math.sin differs between machines')
  expect(Math.sin(0)).toBe(0)
})

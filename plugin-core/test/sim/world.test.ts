import { expect, test } from 'vitest'
import { FIELD_TYPES, type FieldType } from '../../src/bytes/field-types.ts'
import { NONE, defineGame } from '../../src/sim.ts'
import { diffSnapshots } from '../../src/sim/diff.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { seeded } from '../seeded.ts'
import { all, restart, solo, type SoloSim } from './solo.ts'

test('entities get the lowest index that was never used, then what was freed last', () => {
  const { run } = solo({ maxEntities: 4 })
  run(sim => {
    expect([sim.spawn('Body'), sim.spawn('Body'), sim.spawn('Body')]).toEqual([0, 1, 2])
    sim.destroy(0)
    sim.destroy(1)
    expect([sim.spawn('Body'), sim.spawn('Body'), sim.spawn('Body')]).toEqual([1, 0, 3])
  })
})

const EXTREMES: Record<FieldType, readonly [number, number]> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32768, 32767],
  u16: [0, 65535],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  f32: [Math.fround(-3.4e38), Math.fround(1e-45)],
  f64: [-Number.MAX_VALUE, Number.MIN_VALUE],
  bool: [0, 1],
  fixed: [-(2 ** 31), 2 ** 31 - 1],
  ref: [0, 2 ** 32 - 1],
}

test('columns of every type hold what the type holds, over save and load; a change of any of them is named', () => {
  const types = Object.keys(EXTREMES) as FieldType[]
  expect(types.toSorted()).toEqual(Object.keys(FIELD_TYPES).toSorted())
  const game = defineGame({
    name: 'types',
    version: 1,
    maxPlayers: 1,
    maxEntities: 3,
    input: { buttons: [] },
    components: { All: Object.fromEntries(types.map(type => [type, type])) as Record<FieldType, FieldType> },
    setup(sim) {
      const all = sim.components.All as Readonly<Record<FieldType, Record<number, number>>>
      for (const end of [0, 1]) {
        const e = sim.spawn('All')
        for (const type of types) all[type][e] = EXTREMES[type][end]
      }
    },
    step() {},
  })
  const simulation = new Simulation(game, { seed: 1 })
  simulation.advance(1, new Uint8Array(1), restart(1, [0]), [])
  const state = new Uint8Array(simulation.sizeBytes)
  simulation.save(state)
  const columns = simulation.facade.components.All as unknown as Record<FieldType, Record<number, number>>
  for (const type of types)
    for (const end of [0, 1]) {
      columns[type][end] = 0.75
      const changed = new Uint8Array(simulation.sizeBytes)
      simulation.save(changed)
      const was = EXTREMES[type][end]
      // Whole numbers are cut, as typed arrays do: nothing that a machine could choose.
      const is = FIELD_TYPES[type].isFloat ? 0.75 : 0
      const place = { component: 'All', field: type, entity: end, a: was, b: is }
      expect(diffSnapshots(simulation.layout, state, changed)).toMatchObject(is === was ? [] : [place])
      simulation.load(state)
      expect(columns[type][end]).toBe(was)
    }
})

test('spawning into a full world returns NONE and changes nothing', () => {
  const { run, saved } = solo({ maxEntities: 2 })
  run(sim => void [sim.spawn('Body'), sim.spawn('Body')])
  const before = saved()
  run(sim => expect([sim.spawn('Body'), sim.spawn()]).toEqual([NONE, NONE]))
  const after = saved()
  // The tick and its random numbers stand in the first words.
  expect(after.subarray(24)).toEqual(before.subarray(24))
})

test('a reference outlives nothing: not the entity, not the next one at its index', () => {
  const { run } = solo()
  run(sim => {
    const e = sim.spawn('Shot')
    const reference = sim.ref(e)
    expect(sim.deref(reference)).toBe(e)
    sim.destroy(e)
    expect(sim.deref(reference)).toBe(NONE)
    expect(sim.spawn('Shot')).toBe(e)
    expect(sim.deref(reference)).toBe(NONE)
    expect(sim.deref(sim.ref(e))).toBe(e)
  })
})

test('a ref field that was never set refers to nothing, nor does what is no reference', () => {
  const { run } = solo()
  run(sim => {
    const e = sim.spawn('Shot')
    expect(sim.deref(sim.components.Shot.owner[e])).toBe(NONE)
    expect([sim.deref(1), sim.deref(0xffffffff), sim.deref(0x000fffff)]).toEqual([NONE, NONE, NONE])
    // As the first entity at index 3 would be referred to: nobody was ever there.
    expect(sim.deref((1 << 20) | 3)).toBe(NONE)
  })
})

test('references stay different over 4,094 reuses of one index, and are never 0', () => {
  const { run } = solo({ maxEntities: 1 })
  run(sim => {
    const seen = new Set<number>()
    for (let i = 0; i < 4095; i++) {
      const e = sim.spawn()
      seen.add(sim.ref(e))
      sim.destroy(e)
    }
    expect([seen.size, seen.has(0)]).toEqual([4095, false])
  })
})

test('components start at zero each time they are given, and stay when given again', () => {
  const { run } = solo()
  run(sim => {
    const { Body, Player } = sim.components
    const e = sim.spawn('Body', 'Player')
    Body.x[e] = 3
    Player.score[e] = 5
    sim.add(e, 'Body')
    expect(Body.x[e]).toBe(3)
    sim.remove(e, 'Body')
    expect([sim.has(e, 'Body'), sim.has(e, 'Player')]).toEqual([false, true])
    sim.add(e, 'Body')
    expect([Body.x[e], Player.score[e]]).toEqual([0, 5])
    sim.destroy(e)
    expect(sim.spawn('Player')).toBe(e)
    expect([Player.score[e], sim.has(e, 'Body')]).toEqual([0, false])
  })
})

test('what is no entity is not alive and has nothing', () => {
  const { run } = solo()
  run(sim => {
    sim.spawn('Body')
    for (const e of [NONE, 1, 99, 0.5, NaN]) expect([e, sim.alive(e), sim.has(e, 'Body')]).toEqual([e, false, false])
    expect([sim.alive(0), sim.has(0, 'Body')]).toEqual([true, true])
  })
})

test.each<[string, (sim: SoloSim) => void, string]>([
  ['destroy', sim => sim.destroy(NONE), 'entity -1 does not exist (it is NONE: was the world full'],
  ['destroy twice', sim => [sim.destroy(sim.spawn()), sim.destroy(0)], 'entity 0 does not exist'],
  ['add', sim => sim.add(7, 'Body'), 'entity 7 does not exist'],
  ['remove', sim => sim.remove(99, 'Body'), 'entity 99 does not exist'],
  ['ref', sim => sim.ref(3), 'entity 3 does not exist'],
  [
    'an unknown component',
    sim => sim.spawn('Wall' as 'Body'),
    'no component "Wall"; the game declares Body, Player, Shot',
  ],
  ['an inherited name', sim => sim.spawn('toString' as 'Body'), 'no component "toString"'],
])('%s of nothing is told in a sentence', (_, rules, sentence) => {
  expect(() => solo().run(rules)).toThrow(sentence)
})

// The free list, generations and masks roll back with everything else: the same spawns give the same entities again.
test('after a restore the same steps give the same bytes, over 1,000 ticks of spawns and destroys (seed 5)', () => {
  const { run, saved, simulation } = solo({ maxEntities: 40 })
  const random = seeded(5)
  for (let tick = 0; tick < 1000; tick++) {
    const choices = Array.from({ length: 6 }, () => random.next())
    const rules = (sim: SoloSim): void => {
      const { Body, Shot } = sim.components
      for (const c of choices) {
        const living = [...all(sim.query('Body')), ...all(sim.query('Shot'))]
        const one = living[Math.floor(c * living.length)] ?? NONE
        if (c < 0.5 || one === NONE) {
          const e = sim.spawn(c < 0.25 ? 'Body' : 'Shot')
          if (e !== NONE && c >= 0.25 && one !== NONE) Shot.owner[e] = sim.ref(one)
        } else if (c < 0.9 && sim.alive(one)) sim.destroy(one)
        else if (sim.alive(one)) {
          if (sim.has(one, 'Body')) sim.remove(one, 'Shot')
          else sim.add(one, 'Body')
          Body.x[one] += sim.random()
        }
      }
    }
    const before = saved()
    run(rules)
    const once = saved()
    if (tick % 3 === 0) run(sim => void [sim.spawn('Body'), sim.random()])
    simulation.load(before)
    run(rules)
    expect(saved(), `seed 5, tick ${tick}`).toEqual(once)
    const { header, maxEntities } = simulation.layout
    run(sim => {
      const living = Array.from({ length: maxEntities }, (_, e) => e).filter(e => sim.alive(e))
      expect(new Uint32Array(simulation.bytes.buffer)[header.alive]).toBe(living.length)
    })
  }
})

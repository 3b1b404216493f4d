import { expect, test } from 'vitest'
import { NONE, defineGame, i32, type Sim } from '../../src/sim.ts'
import { RANDOM_WORDS, nextRandom, seedRandom } from '../../src/math/random.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { encodeInput } from '../../src/input/input-schema.ts'
import { seeded } from '../seeded.ts'
import { change, restart, solo, type SoloSim } from './solo.ts'

test('a restart calls setup with the carry, then join for everyone present, ascending', () => {
  const { calls, run } = solo()
  calls.length = 0
  run(() => {}, { control: restart(2, [1, 3], Uint8Array.of(7, 8)) })
  expect(calls).toEqual([
    ['setup', 2, [1, 3], [7, 8]],
    ['join', 1, [1, 3]],
    ['join', 3, [1, 3]],
  ])
})

test('who is there changes before the first rule hears of it: leaves, joins, events, step', () => {
  const { calls, run } = solo()
  run(() => {}, { control: change({ joins: [1, 2] }) })
  calls.length = 0
  const events = [
    { slot: 3, kind: 'chat', payload: 'a' },
    { slot: 0, kind: 'chat', payload: 'gone' },
    // From a stranger: an inherited function that throws when it is called like a handler.
    { slot: 3, kind: '__defineGetter__', payload: 'unknown' },
    { slot: 3, kind: 'chat', payload: 'b' },
  ]
  run(() => calls.push(['step']), { control: change({ joins: [3], leaves: [0, 2] }), events })
  expect(calls).toEqual([
    ['leave', 0, [1, 3]],
    ['leave', 2, [1, 3]],
    ['join', 3, [1, 3]],
    ['chat', 3, 'a'],
    ['chat', 3, 'b'],
    ['step'],
  ])
})

test('leaving twice and joining twice happen once', () => {
  const { calls, run } = solo()
  calls.length = 0
  run(() => {}, { control: change({ joins: [0], leaves: [2] }) })
  expect(calls).toEqual([])
})

test('slots are there up to the 64th', () => {
  let seen: unknown[] = []
  const game = defineGame({
    name: 'many',
    version: 1,
    maxPlayers: 64,
    maxEntities: 1,
    input: { buttons: ['a'] },
    components: {},
    step(sim) {
      seen = [[...sim.slots], [31, 62, 63].map(slot => sim.present(slot))]
    },
  })
  const simulation = new Simulation(game, { seed: 1 })
  simulation.advance(1, new Uint8Array(64), restart(1, [0, 31, 32, 63]), [])
  expect(seen).toEqual([
    [0, 31, 32, 63],
    [true, false, true],
  ])
  simulation.advance(2, new Uint8Array(64), change({ joins: [62], leaves: [32] }), [])
  expect(seen).toEqual([
    [0, 31, 62, 63],
    [true, true, true],
  ])
})

test('pressed and released last one tick; what was held before joining does not count', () => {
  const { row, run, simulation } = solo()
  const { input } = simulation.game.schema
  const at = (slot: number): number => slot * input.sizeBytes
  encodeInput(input, { fire: true, aim: -5 }, row, at(0))
  encodeInput(input, { left: true }, row, at(1))
  run(sim => {
    const me = sim.input(0)
    expect([me.held('fire'), me.pressed('fire'), me.released('fire')]).toEqual([true, true, false])
    expect([me.axis('aim'), me.bits, me.held('left')]).toEqual([-5, 0b100, false])
  })
  run(sim => expect([sim.input(0).held('fire'), sim.input(0).pressed('fire')]).toEqual([true, false]))
  encodeInput(input, {}, row, at(0))
  run(sim => expect([sim.input(0).held('fire'), sim.input(0).released('fire')]).toEqual([false, true]), {
    control: change({ joins: [1] }),
  })
  run(sim => expect(sim.input(0).released('fire')).toBe(false))
  run(() => {}, { control: change({ leaves: [1] }) })
  run(sim => expect(sim.input(1).pressed('left')).toBe(true), { control: change({ joins: [1] }) })
})

test('a row of another size is a mistake of ours, told with the numbers', () => {
  const { simulation } = solo()
  expect(() => simulation.advance(2, new Uint8Array(3), null, [])).toThrow(
    "needs 8 bytes of inputs (every slot's), not 3",
  )
})

test.each<[string, (sim: SoloSim) => unknown, string]>([
  [
    'button',
    sim => sim.input(0).pressed('jump' as 'fire'),
    'input has no button "jump"; the game declares left, right, fire',
  ],
  ['inherited button', sim => sim.input(0).held('valueOf' as 'fire'), 'input has no button "valueOf"'],
  ['axis', sim => sim.input(0).axis('wheel' as 'aim'), 'input has no axis "wheel"; the game declares aim'],
  ['slot', sim => sim.input(255), 'no slot 255; the game has 4 (0 to 3)'],
  ['carry', sim => sim.endRound(new Uint8Array(257)), 'the carry has 257 bytes, at most 256'],
  ['range', sim => sim.randomInt(0), 'randomInt(0)'],
])('a %s that is not there is told in a sentence', (_, rules, sentence) => {
  expect(() => solo().run(sim => void rules(sim))).toThrow(sentence)
})

test('random numbers depend on match seed and tick alone, not on how often the tick ran', () => {
  const draws = (seed: number, detour: boolean): number[] => {
    const { run, saved, simulation } = solo({ seed })
    const numbers: number[] = []
    const before = saved()
    if (detour) {
      run(sim => void Array.from({ length: 9 }, () => sim.random()))
      simulation.load(before)
    }
    run(sim => void numbers.push(sim.random(), sim.random(), sim.randomInt(1000)))
    return numbers
  }
  expect(draws(1, true)).toEqual(draws(1, false))
  expect(draws(2, false)).not.toEqual(draws(1, false))
  for (const n of draws(1, false).slice(0, 2)) expect(n >= 0 && n < 1).toBe(true)
})

test('a tick draws what its number gives, however much the ticks before it have drawn', () => {
  const last = (drawnBefore: number): number => {
    const { run } = solo()
    run(sim => void Array.from({ length: drawnBefore }, () => sim.random()))
    let drawn = 0
    run(sim => void (drawn = sim.random()))
    return drawn
  }
  expect(last(5)).toBe(last(0))
})

test('a round that begins draws by its match, too: setup, joins and the step after them never draw the same', () => {
  const draws = (seed: number): number[] => {
    const numbers: number[] = []
    const game = defineGame({
      name: 'draws',
      version: 1,
      maxPlayers: 1,
      maxEntities: 1,
      input: { buttons: ['a'] },
      components: {},
      setup: sim => void numbers.push(sim.random()),
      join: sim => void numbers.push(sim.random()),
      step: sim => void numbers.push(sim.random()),
    })
    new Simulation(game, { seed }).advance(1, new Uint8Array(1), restart(1, [0]), [])
    return numbers
  }
  expect(draws(1)).toEqual(draws(1))
  expect(new Set([...draws(1), ...draws(2)]).size).toBe(6)
})

test('random is a word of the generator out of 2^32: below 1 also for the largest', () => {
  const { run, simulation } = solo({ seed: 7 })
  const words = new Int32Array(RANDOM_WORDS)
  seedRandom(words, 0, 7, simulation.tick + 1)
  run(sim => {
    for (let i = 0; i < 5; i++) expect(sim.random()).toBe((nextRandom(words, 0) >>> 0) / 2 ** 32)
  })
})

test('randomInt stays below its limit, also the largest one, and reaches everything of a small one', () => {
  const { run } = solo()
  run(sim => {
    const seen = new Set(Array.from({ length: 200 }, () => sim.randomInt(6)))
    expect(seen).toEqual(new Set([0, 1, 2, 3, 4, 5]))
    for (let i = 0; i < 100; i++) expect(sim.randomInt(2 ** 32)).toBeLessThan(2 ** 32)
    expect(sim.randomInt(1)).toBe(0)
  })
})

test('what is raised is there until the next tick', () => {
  const { run, simulation } = solo()
  run(sim => {
    sim.raise('hit', { e: 1 }, 'key')
    sim.raise('miss')
  })
  expect([...simulation.raised]).toEqual([
    { kind: 'hit', payload: { e: 1 }, key: 'key' },
    { kind: 'miss', payload: null, key: undefined },
  ])
  run(() => {})
  expect([...simulation.raised]).toEqual([])
})

test('a round ends once: its first carry counts, rolls back, and is gone in the next round', () => {
  const { run, saved, simulation } = solo()
  const before = saved()
  run(sim => sim.endRound(Uint8Array.of(1, 2)))
  run(sim => sim.endRound(Uint8Array.of(9)))
  expect([simulation.roundEndTick, [...simulation.carry]]).toEqual([2, [1, 2]])
  simulation.load(before)
  expect([simulation.roundEndTick, [...simulation.carry]]).toEqual([0, []])
  run(sim => sim.endRound())
  run(() => {}, { control: restart(2, [0], Uint8Array.of(5)) })
  expect([simulation.roundEndTick, [...simulation.carry]]).toEqual([0, []])
})

// A player who enters at a restart has seen nothing before it.
test('after a restart the world does not depend on what was before it', () => {
  const old = solo({ rawBytes: 32 })
  old.row.fill(255)
  old.run(sim => {
    sim.raw.fill(9)
    for (let i = 0; i < 5; i++) sim.components.Body.x[sim.spawn('Body')] = i
    sim.destroy(2)
    sim.endRound(Uint8Array.of(1))
  })
  old.run(() => {}, { control: change({ joins: [1, 2] }) })
  const fresh = solo({ rawBytes: 32 })
  fresh.simulation.reset(1)
  fresh.row.fill(255)
  const control = restart(2, [0, 3], Uint8Array.of(1, 2, 3))
  const rules = (sim: SoloSim): void => void (sim.components.Body.x[sim.spawn('Body')] = sim.random())
  old.run(rules, { control })
  fresh.run(rules, { control, tick: 4 })
  expect(old.saved()).toEqual(fresh.saved())
})

test('rules that write into their carry do not change the fact that brought it', () => {
  const game = defineGame({
    name: 'g',
    version: 1,
    maxPlayers: 1,
    maxEntities: 1,
    input: { buttons: ['a'] },
    components: {},
    setup: (_sim, carry) => void carry.fill(0),
    step() {},
  })
  const control = restart(1, [0], Uint8Array.of(4))
  new Simulation(game, { seed: 1 }).advance(1, new Uint8Array(1), control, [])
  expect([...control.restart!.carry]).toEqual([4])
})

test('a round may hand on to itself: the live carry survives its own restart', () => {
  const { calls, run, simulation } = solo()
  run(sim => sim.endRound(Uint8Array.of(6, 7)))
  calls.length = 0
  run(() => {}, { control: restart(2, [0], simulation.carry as Uint8Array<ArrayBuffer>) })
  expect(calls[0]).toEqual(['setup', 2, [0], [6, 7]])
})

test('the raw block is 8-aligned, the whole of it, and nothing but it', () => {
  const { run, saved, simulation } = solo({ rawBytes: 24 })
  const { rawOffset, rawBytes } = simulation.layout
  const before = saved()
  run(sim => {
    expect([sim.raw.length, sim.raw.byteOffset % 8]).toEqual([24, 0])
    new BigInt64Array(sim.raw.buffer, sim.raw.byteOffset, 3).fill(-1n)
  })
  const after = saved()
  expect(after.subarray(rawOffset, rawOffset + rawBytes)).toEqual(new Uint8Array(24).fill(255))
  expect(after.subarray(24, rawOffset)).toEqual(before.subarray(24, rawOffset))
})

test('columns and raw stay the same views over save and load', () => {
  const { run, saved, simulation } = solo({ rawBytes: 8 })
  let x: Float64Array | null = null
  run(sim => {
    x = sim.components.Body.x
    x[sim.spawn('Body')] = 1.5
  })
  const one = saved()
  run(sim => void (sim.components.Body.x[0] = 2.5))
  simulation.load(one)
  expect(x![0]).toBe(1.5)
  run(sim => expect(sim.components.Body.x).toBe(x))
})

test('save and load give back every byte, over 1,000 ticks of jumps to and fro (seed 9)', () => {
  const random = seeded(9)
  const { run, saved, simulation } = solo({ rawBytes: 16, maxEntities: 16 })
  const kept = Array.from({ length: 8 }, saved)
  for (let i = 0; i < 1000; i++) {
    const from = random.chance(0.3) ? kept[random.below(8)] : saved()
    simulation.load(from)
    expect(saved(), `seed 9, step ${i}`).toEqual(from)
    expect(simulation.tick).toBe(new Uint32Array(from.buffer)[simulation.layout.header.tick])
    const [spawns, value, at] = [random.chance(0.6), random.next(), random.below(16)]
    run(sim => {
      const e = spawns ? sim.spawn('Body') : NONE
      if (e !== NONE) sim.components.Body.x[e] = value
      else if (sim.alive(at)) sim.destroy(at)
      sim.raw[at] = value * 256
    })
    kept[random.below(8)] = saved()
  }
})

test('rules of the same schema take over a running world; another schema is refused', () => {
  const make = (step: (sim: Sim) => void, field = 'n') =>
    defineGame({
      name: 'g',
      version: 1,
      maxPlayers: 1,
      maxEntities: 1,
      input: { buttons: ['a'] },
      components: { C: { [field]: i32 } },
      setup: sim => void sim.spawn('C'),
      step: sim => step(sim as unknown as Sim),
    })
  const simulation = new Simulation(
    make(sim => void (sim.components.C.n[0] += 1)),
    { seed: 1 },
  )
  simulation.advance(1, new Uint8Array(1), restart(1, [0]), [])
  let n = 0
  simulation.swapRules(make(sim => void (n = sim.components.C.n[0] += 10)))
  simulation.advance(2, new Uint8Array(1), null, [])
  expect(n).toBe(11)
  expect(() => simulation.swapRules(make(() => {}, 'm'))).toThrow('another schema')
})

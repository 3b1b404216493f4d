import { expect, test } from 'vitest'
import { gameTerms } from '../../src/loop/game-terms.ts'
import { HostRules, hostRules } from '../../src/loop/host-rules.ts'
import { defineGame, u8 } from '../../src/sim.ts'
import { Simulation } from '../../src/sim/simulation.ts'

const spec = {
  name: 'counter',
  version: 1,
  maxPlayers: 2,
  maxEntities: 4,
  input: { buttons: ['a', 'b'] as const },
  components: { Count: { n: u8 } },
}
const game = defineGame({
  ...spec,
  setup: sim => void sim.spawn('Count'),
  step(sim) {
    const { Count } = sim.components
    for (const e of sim.query('Count')) for (const slot of sim.slots) if (sim.input(slot).pressed('a')) Count.n[e]++
    if (sim.tick === 40) sim.endRound(new Uint8Array([9]))
  },
  validate(sim, slot, input) {
    // It may look, and what it writes is gone by the next tick.
    const { Count } = sim.components
    for (const e of sim.query('Count')) Count.n[e] += 100
    sim.random()
    return !(slot === 1 && input.held('b') && !input.released('a'))
  },
})

const START = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0, 1], leaves: [], swap: null }
const inputs = (tick: number): Uint8Array => Uint8Array.from([tick % 3 === 0 ? 1 : 0, tick % 5 === 0 ? 1 : 0])

test('it computes what every machine computes, whatever validate does to the world meanwhile', () => {
  const rules = new HostRules({ game, sourceId: 's', checksumTicks: 1 }, 7)
  const truth = new Simulation(game, { seed: 7 })
  const copy = new Uint8Array(truth.sizeBytes)
  for (let tick = 1; tick <= 30; tick++) {
    rules.allows(0, Uint8Array.of(1))
    rules.allows(1, Uint8Array.of(3))
    rules.closed(tick, inputs(tick), tick === 1 ? START : null, null)
    truth.advance(tick, inputs(tick), tick === 1 ? START : null, [])
    truth.save(copy)
    expect(rules.checksum(tick), `tick ${tick}`).toBe(truth.checksum(copy))
  }
  expect(rules.checksum(31)).toBe(null)
  expect(rules.roundEnd()).toBe(null)
})

test('it says what the rules say of inputs, of the round’s end, and hands on its state', () => {
  const rules = new HostRules({ game, sourceId: 's' }, 7)
  expect(rules.state()).toBe(null)
  for (let tick = 1; tick <= 45; tick++) rules.closed(tick, new Uint8Array(2), tick === 1 ? START : null, null)
  expect(rules.allows(0, Uint8Array.of(2))).toBe(true)
  expect(rules.allows(1, Uint8Array.of(2))).toBe(false)
  expect(rules.roundEnd()).toEqual({ tick: 40, carry: new Uint8Array([9]) })
  expect([rules.checksum(30) === null, rules.checksum(45)]).toEqual([false, null])
  const state = rules.state()!
  expect([state.tick, state.round, state.stateBytes]).toEqual([45, 1, rules.simulation.sizeBytes])
  const taken = new Simulation(game, { seed: 0 })
  taken.load(state.bytes)
  expect(taken.checksum(state.bytes.slice())).toBe(state.checksum)
})

test('rules that throw are told once, and the host goes on without them', () => {
  const faults: unknown[] = []
  const broken = defineGame({
    ...spec,
    step(sim) {
      if (sim.tick === 3) throw new Error('no')
    },
    validate: () => false,
  })
  const rules = new HostRules({ game: broken, sourceId: 's', checksumTicks: 1, fault: error => faults.push(error) }, 1)
  for (let tick = 1; tick <= 5; tick++) rules.closed(tick, new Uint8Array(2), tick === 1 ? START : null, null)
  expect(faults).toHaveLength(1)
  expect(String(faults[0])).toContain('no')
  expect([rules.checksum(2), rules.checksum(5), rules.state(), rules.roundEnd()]).toEqual([null, null, null, null])
  expect(rules.allows(0, Uint8Array.of(1))).toBe(true)
})

test('a prediction that throws is told once, and the host repeats the last input', () => {
  const faults: unknown[] = []
  const guessing = defineGame({
    ...spec,
    step() {},
    predict() {
      throw new Error('no idea')
    },
  })
  const rules = new HostRules({ game: guessing, sourceId: 's', fault: error => faults.push(error) }, 1)
  for (let ahead = 1; ahead <= 3; ahead++)
    expect(rules.predict(Uint8Array.of(1), ahead, new Uint8Array(1)), `${ahead} ticks ahead`).toBe(false)
  expect(faults.map(String)).toEqual(['Error: no idea'])
})

test('rules are chosen by the game’s name; other code under that name is refused', () => {
  const refereeOf = hostRules({ game, sourceId: 's' })
  const terms = gameTerms(game, 's', 8, true)
  expect(refereeOf(terms, 1)).toBeInstanceOf(HostRules)
  expect(refereeOf({ ...terms, game: 'another' }, 1)).toBe(null)
  expect(refereeOf(gameTerms(game, 'edited', 8, true), 1)).toMatch(/^the host runs version 1 of "counter" itself/)
})

// Local events of a game without scripts: they wait in the world's memory, so whatever happens to the world happens to them.

import { expect, test } from 'vitest'
import { synctest } from '../../src/loop/synctest.ts'
import { defineGame, i32, type Sim } from '../../src/sim.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import type { Game } from '../../src/sim/game.ts'

type Rules = (sim: Sim) => void

function gameOf(step: Rules, emitBytes = 256): Game {
  return defineGame({
    name: 'echo',
    version: 1,
    maxPlayers: 2,
    maxEntities: 8,
    emitBytes,
    input: { buttons: ['a'] },
    components: { Heard: { tick: i32, value: i32, slot: i32 } },
    step: sim => step(sim as unknown as Sim),
    on: {
      note(sim, event: { slot: number; kind: string; payload: { value: number } }) {
        const e = sim.spawn('Heard')
        if (e < 0) return
        const { Heard } = sim.components
        Heard.tick[e] = sim.tick
        Heard.value[e] = event.payload.value
        Heard.slot[e] = event.slot
      },
    },
  }) as unknown as Game
}

function heard({ facade }: Simulation): number[][] {
  const { Heard } = facade.components as unknown as Record<'Heard', Record<'tick' | 'value' | 'slot', Int32Array>>
  return [...facade.query('Heard')].map(e => [Heard.tick[e], Heard.value[e], Heard.slot[e]])
}

const ROW = new Uint8Array(2)

test('a local event comes at the next tick, in order, with its slot, and once', () => {
  const simulation = new Simulation(
    gameOf(sim => {
      if (sim.tick !== 1) return
      const payload = { value: 1 }
      sim.emit('note', payload)
      // It is what it was when it was emitted.
      payload.value = 99
      sim.emit('note', { value: 2 }, 1)
      sim.emit('unknown', null)
    }),
    { seed: 1 },
  )
  simulation.advance(1, ROW, null, [])
  expect(heard(simulation)).toEqual([])
  for (const tick of [2, 3]) simulation.advance(tick, ROW, null, [])
  expect(heard(simulation)).toEqual([
    [2, 1, -1],
    [2, 2, 1],
  ])
})

test('what a setup emits comes at the next tick, too', () => {
  const game = { ...gameOf(() => {}), setup: (sim: Sim) => sim.emit('note', { value: 3 }) }
  const simulation = new Simulation(game, { seed: 1 })
  simulation.advance(1, ROW, { restart: { round: 1, carry: new Uint8Array(0) }, joins: [], leaves: [], swap: null }, [])
  expect(heard(simulation)).toEqual([])
  simulation.advance(2, ROW, null, [])
  expect(heard(simulation)).toEqual([[2, 3, -1]])
})

test('what waits rolls back, comes along with the state, and ends with its round', () => {
  const game = gameOf(sim => sim.tick === 1 && sim.emit('note', { value: 7 }))
  const [a, b] = [new Simulation(game, { seed: 1 }), new Simulation(game, { seed: 1 })]
  const state = new Uint8Array(a.sizeBytes)
  a.advance(1, ROW, null, [])
  a.save(state)
  b.load(state)
  for (const each of [a, b]) each.advance(2, ROW, null, [])
  expect(heard(a)).toEqual([[2, 7, -1]])
  expect(heard(b)).toEqual([[2, 7, -1]])
  a.load(state)
  a.advance(2, ROW, { restart: { round: 2, carry: new Uint8Array(0) }, joins: [], leaves: [], swap: null }, [])
  expect(heard(a)).toEqual([])
})

test('rules that emit give the same state twice', () => {
  const game = gameOf(sim => {
    for (const slot of sim.slots)
      if (sim.input(slot).pressed('a')) sim.emit('note', { value: sim.randomInt(1000) }, slot)
    for (const e of sim.query('Heard')) if (sim.random() < 0.2) sim.destroy(e)
  })
  expect(synctest(game, { ticks: 400, seed: 3 }).failure).toBeNull()
})

test('without room for them, and beyond it, the rules are told what to declare; what is no data is refused', () => {
  const emits = (payload: unknown, emitBytes: number): (() => void) => {
    const simulation = new Simulation(
      gameOf(sim => sim.emit('note', payload), emitBytes),
      { seed: 1 },
    )
    return () => simulation.advance(1, ROW, null, [])
  }
  expect(emits({ value: 1 }, 0)).toThrow(
    /emit\('note'\): 0 bytes are there for the local events of a tick; defineGame\({ emitBytes }\)/,
  )
  expect(emits({ value: 1 }, 256)).not.toThrow()
  expect(emits({ value: 'x'.repeat(300) }, 256)).toThrow(/256 bytes are there/)
  expect(emits({ value: () => 1 }, 256)).toThrow(/must be data/)
})

test('a state from elsewhere may hold anything there: nothing is thrown, and nothing read beyond', () => {
  const simulation = new Simulation(
    gameOf(() => {}),
    { seed: 1 },
  )
  const { emitOffset, emitBytes } = simulation.layout
  for (const byte of [1, 0x7f, 0xff]) {
    simulation.bytes.fill(byte, emitOffset, emitOffset + emitBytes)
    simulation.advance(simulation.tick + 1, ROW, null, [])
    expect(simulation.bytes.subarray(emitOffset, emitOffset + emitBytes).every(each => each === 0)).toBe(true)
  }
})

test('what is said to the network leaves by its slot, and throws what follows from its arguments alone', () => {
  const simulation = new Simulation(
    gameOf(sim => {
      sim.network.emit('note', { value: 5 }, { slot: 1 })
      sim.network.emit('note', { value: 6 }, { slot: 0, when: 'confirmed' })
    }),
    { seed: 1 },
  )
  simulation.advance(1, ROW, null, [])
  expect(simulation.said.map(({ kind, slot, when }) => [kind, slot, when])).toEqual([
    ['note', 1, 'first'],
    ['note', 0, 'confirmed'],
  ])
  const wrong = new Simulation(
    gameOf(sim => sim.network.emit('note', { value: undefined }, { slot: 0 })),
    { seed: 1 },
  )
  expect(() => wrong.advance(1, ROW, null, [])).toThrow(/must be data/)
})

// One simulation alone, whose rules are written where they are tested: each `run` is one tick of the given rules.

import { defineGame, f32, f64, ref, u8, i16, type Sim } from '../../src/sim.ts'
import type { TickControl } from '../../src/input/tick-control.ts'
import type { GameTypes } from '../../src/sim/game.ts'
import { Simulation, type SimEvent } from '../../src/sim/simulation.ts'

export const components = {
  Body: { x: f64, y: f32 },
  Player: { slot: u8, score: i16 },
  Shot: { owner: ref },
}
const input = { buttons: ['left', 'right', 'fire'], axes: { aim: 'i8' } } as const

interface SoloTypes extends GameTypes {
  buttons: 'left' | 'right' | 'fire'
  axes: 'aim'
  components: typeof components
  raises: Record<string, unknown>
  handles: Record<string, unknown>
}
export type SoloSim = Sim<SoloTypes>

export function restart(round: number, joins: number[], carry = new Uint8Array(0)): TickControl {
  return { restart: { round, carry }, joins, leaves: [], swap: null }
}
export function change(changes: { joins?: number[]; leaves?: number[] }): TickControl {
  return { restart: null, joins: [], leaves: [], swap: null, ...changes }
}

export interface Solo {
  readonly simulation: Simulation
  /** What `setup`, `join`, `leave` and `on` were called with, in order. */
  readonly calls: unknown[][]
  readonly row: Uint8Array
  readonly run: (
    rules: (sim: SoloSim) => void,
    at?: { control?: TickControl | null; events?: SimEvent[]; tick?: number },
  ) => void
  readonly saved: () => Uint8Array
}

/** After tick 1, with slot 0 present. */
export function solo(options: { maxEntities?: number; rawBytes?: number; seed?: number } = {}): Solo {
  const calls: unknown[][] = []
  let rules: (sim: SoloSim) => void = () => {}
  const game = defineGame({
    name: 'solo',
    version: 1,
    maxPlayers: 4,
    maxEntities: options.maxEntities ?? 8,
    rawBytes: options.rawBytes ?? 0,
    input,
    components,
    setup: (sim, carry) => void calls.push(['setup', sim.round, [...sim.slots], [...carry]]),
    join: (sim, slot) => void calls.push(['join', slot, [...sim.slots]]),
    leave: (sim, slot) => void calls.push(['leave', slot, [...sim.slots]]),
    step: sim => rules(sim as unknown as SoloSim),
    on: { chat: (_sim, event) => void calls.push(['chat', event.slot, event.payload]) },
  })
  const simulation = new Simulation(game, { seed: options.seed ?? 1 })
  const row = new Uint8Array(4 * game.schema.input.sizeBytes)
  simulation.advance(1, row, restart(1, [0]), [])
  return {
    simulation,
    calls,
    row,
    run(next, { control = null, events = [], tick = simulation.tick + 1 } = {}) {
      rules = next
      simulation.advance(tick, row, control, events)
    },
    saved() {
      const bytes = new Uint8Array(simulation.sizeBytes)
      simulation.save(bytes)
      return bytes
    },
  }
}

/** All of an iterable: for queries, whose iterator is reused. */
export function all(entities: Iterable<number>): number[] {
  const list: number[] = []
  for (const e of entities) list.push(e)
  return list
}

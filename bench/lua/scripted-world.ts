// A world with scripts for the bench: the real simulation, whose rules call the scripts.

import { bool, defineGame, f64, i32, u8, type Sim } from '@lockstride/core/sim'
import { LuaVm, Simulation, loadLua, type Script, type ScriptData, type ScriptHost } from '@lockstride/core/testing'

export interface ScriptedWorld {
  readonly simulation: Simulation
  readonly vm: LuaVm
  /** What the rules do at the next ticks. */
  rules: (sim: Sim) => void
  /** What the scripts emitted last. */
  emitted: ScriptData
  tick(tick: number): void
}

export async function scriptedWorld(scripts: readonly Script[]): Promise<ScriptedWorld> {
  const game = defineGame({
    name: 'lua',
    version: 1,
    maxPlayers: 2,
    maxEntities: 512,
    input: { buttons: ['a'] },
    components: {
      Body: { x: f64, y: f64, vx: f64, vy: f64 },
      Move: { x: f64, y: f64 },
      Player: { slot: u8, hp: i32, isReady: bool },
    },
    step(sim) {
      world.rules(sim as unknown as Sim)
    },
  })
  const simulation = new Simulation(game, { seed: 5 })
  const row = new Uint8Array(game.schema.input.sizeBytes * 2)
  const world = {
    simulation,
    rules: (sim: Sim) => void (given = sim),
    emitted: null as ScriptData,
    tick: (tick: number) => simulation.advance(tick, row, null, []),
  } as { -readonly [K in keyof ScriptedWorld]: ScriptedWorld[K] }
  // The rules' view of the world is what they are given at a tick.
  let given: Sim | null = null
  world.tick(0)
  const host: ScriptHost = {
    layout: game.schema.layout,
    world: simulation.bytes,
    sim: given!,
    branch: 'main',
    buttons: ['a'],
    axes: [],
    methods: { applyInput: () => {} },
    emit: (_kind, payload) => void (world.emitted = payload),
    hears: () => false,
    hear: () => {},
    log: (_script, text) => console.log(text),
    error: error => {
      throw new Error(`${error.script}:${error.line}: ${error.message}`)
    },
  }
  world.vm = new LuaVm(await loadLua(), host, { scripts, seed: 5, fuelPerTick: 2_000_000_000 })
  return world
}

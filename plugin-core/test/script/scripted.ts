// A world with scripts: the real simulation, whose rules call the scripts.

import { LuaVm, type LuaVmOptions } from '../../src/script/lua-vm.ts'
import { loadLua } from '../../src/script/lua-wasm.ts'
import { ScriptStop, type ScriptError } from '../../src/script/script-error.ts'
import type { Script, ScriptData, ScriptHost, ScriptMethod } from '../../src/script/script-host.ts'
import { bool, defineGame, f32, f64, fixed, i16, i32, ref, u8, type Sim } from '../../src/sim.ts'
import { Simulation } from '../../src/sim/simulation.ts'

export const LUA = await loadLua()

export const components = {
  Body: { x: f64, y: f64, vx: f32, angle: fixed },
  Move: { x: f64, y: f64 },
  Player: { slot: u8, score: i16, isReady: bool },
  Bot: { target: ref, hp: i32 },
}

export interface Emitted {
  tick: number
  kind: string
  payload: ScriptData
  slot: number
  when: string
}

export interface Scripted {
  readonly simulation: Simulation
  readonly vm: LuaVm
  readonly host: ScriptHost
  readonly emitted: Emitted[]
  readonly raised: unknown[]
  readonly heard: unknown[]
  readonly logs: string[]
  readonly errors: ScriptError[]
  /** One tick: what TypeScript rules do before the scripts, the events of players, the scripts. */
  tick(options?: {
    rules?: (sim: Sim) => void
    events?: readonly { slot: number; kind: string; payload: ScriptData }[]
    row?: Uint8Array
  }): void
  save(): Saved
  load(saved: Saved): void
}

export interface Saved {
  world: Uint8Array
  image: Uint8Array
}

export function scripted(
  scripts: readonly Script[] | string,
  options: Partial<LuaVmOptions> & {
    methods?: Record<string, ScriptMethod>
    hears?: string[]
    seed?: number
    maxEntities?: number
  } = {},
): Scripted {
  const { methods = {}, hears = [], seed = 7, maxEntities = 64, ...vmOptions } = options
  let rules: (sim: Sim) => void = () => {}
  const game = defineGame({
    name: 'scripted',
    version: 1,
    maxPlayers: 4,
    maxEntities,
    input: { buttons: ['left', 'dash'], axes: { aim: 'i8' } },
    components,
    step(sim) {
      rules(sim as unknown as Sim)
    },
  })
  const simulation = new Simulation(game as never, { seed })
  // The rules' own view of the world comes with the first tick.
  let sim: Sim | null = null
  rules = given => (sim = given)
  const empty = new Uint8Array(game.schema.input.sizeBytes * 4)
  const start = new Uint8Array(simulation.sizeBytes)
  simulation.save(start)
  simulation.advance(0, empty, null, [])
  simulation.load(start)

  const emitted: Emitted[] = []
  const heard: unknown[] = []
  const logs: string[] = []
  const errors: ScriptError[] = []
  const host: ScriptHost = {
    layout: game.schema.layout,
    world: simulation.bytes,
    sim: sim!,
    branch: 'main',
    buttons: game.schema.input.buttons,
    axes: game.schema.input.axes.map(axis => axis.name),
    methods,
    emit: (kind, payload, slot, when) => void emitted.push({ tick: sim!.tick, kind, payload, slot, when }),
    hears: kind => hears.includes(kind),
    hear: (kind, payload, slot) => void heard.push([kind, payload, slot]),
    log: (script, text) => void logs.push(`${script}: ${text}`),
    error: error => void errors.push(error),
  }
  const list = typeof scripts === 'string' ? [{ name: 'test.lua', text: scripts }] : scripts
  const vm = new LuaVm(LUA, host, { scripts: list, seed, ...vmOptions })
  const save = (): Saved => {
    const world = new Uint8Array(simulation.sizeBytes)
    const image = new Uint8Array(vm.sizeBytes)
    simulation.save(world)
    vm.save(image)
    return { world, image }
  }
  const load = (saved: Saved): void => {
    simulation.load(saved.world)
    vm.load(saved.image)
  }
  const raised: unknown[] = []
  return {
    simulation,
    vm,
    host,
    emitted,
    raised,
    heard,
    logs,
    errors,
    save,
    load,
    tick({ rules: first = () => {}, events = [], row = empty } = {}) {
      const next = simulation.tick + 1
      const before = save()
      rules = world => {
        first(world)
        vm.begin()
        for (const { slot, kind, payload } of events) vm.deliver(slot, kind, payload)
        vm.step()
      }
      for (;;)
        try {
          simulation.advance(next, row, null, [])
          raised.push(...simulation.raised.map(({ kind, payload }) => [kind, payload]))
          return
        } catch (error) {
          const stop = (error as Error).cause
          if (!(stop instanceof ScriptStop)) throw error
          load(before)
          vm.stop(stop.script)
          errors.push(stop)
        }
    },
  }
}

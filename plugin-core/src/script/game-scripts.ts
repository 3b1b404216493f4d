// The scripts of a game, loaded and checked: what every match of it opens beside its world.

import type { Game } from '../sim/game.ts'
import type { ScriptNews, ScriptSet, ScriptedSim, SimScripts } from '../sim/sim-scripts.ts'
import { luaIdentity, type LuaVmOptions } from './lua-vm.ts'
import type { LuaModules } from './lua-wasm.ts'
import { MatchScripts } from './match-scripts.ts'
import type { Script } from './script-host.ts'
import { textParts, type EditPart } from './text-parts.ts'

/** A script as `serve` takes it: its text, or the text and what it is for. */
export type ScriptSource =
  | string
  | {
      readonly text: string
      /** It runs for each entity that has these components. Without them it runs once, and has no `self`. */
      readonly each?: readonly string[]
      /** `Player.slot`: the column that holds the slot of the entity's player. */
      readonly slot?: string
      /** Players may replace its text while they play, by `match.setScript`. Default false. */
      readonly editable?: boolean
    }

/** By name, in the order in which they run. */
export type ScriptSources = Readonly<Record<string, ScriptSource>>

export type ScriptLimits = Pick<LuaVmOptions, 'memoryBytes' | 'fuelPerTick' | 'fuelPerLoad'>

export class GameScripts implements ScriptSet {
  readonly identity: number
  readonly scripts: readonly Script[]
  readonly limits: ScriptLimits
  readonly modules: LuaModules
  readonly editable: ReadonlySet<string>
  /** Found by whoever opened them first. */
  mistakes: readonly ScriptNews[] = []
  /** What must be the same for a running match to go on with other texts. */
  readonly #frame: string
  #serial = 0

  constructor(modules: LuaModules, game: Game, sources: ScriptSources, limits: ScriptLimits) {
    this.modules = modules
    this.limits = limits
    this.scripts = Object.entries(sources).map(([name, source]) => {
      const { text, each = [], slot, editable = false } = typeof source === 'string' ? { text: source } : source
      return { name, text, each, editable, ...(slot === undefined ? null : { slot }) }
    })
    this.editable = new Set(this.scripts.filter(script => script.editable).map(script => script.name))
    const methods = Object.keys(game.methods)
    const { layout } = game.schema
    this.#frame = JSON.stringify([this.scripts.map(({ name, each, slot }) => [name, each, slot]), limits])
    // Whose text may change is a rule, too, and among what describes them.
    this.identity = luaIdentity(modules, layout, methods, { ...limits, scripts: this.scripts })
  }

  fits(other: ScriptSet): boolean {
    return other instanceof GameScripts && other.#frame === this.#frame
  }

  open(sim: ScriptedSim, before: ScriptSet | null): SimScripts {
    const known = before instanceof GameScripts ? before.scripts : this.scripts
    return new MatchScripts(
      this,
      sim,
      this.scripts.filter(({ text }, i) => known[i].text !== text),
    )
  }

  edit(name: string, text: string): readonly EditPart[] {
    if (!this.editable.has(name))
      throw new Error(
        this.scripts.some(script => script.name === name)
          ? `setScript: ${name} is not editable; serve(game, { scripts: { '${name}': { text, editable: true } } }) allows it`
          : `setScript: there is no script ${name}; there are ${this.scripts.map(script => script.name).join(', ')}`,
      )
    return textParts(name, text, ++this.#serial)
  }
}

// What scripts need of the machine around them. The simulation is one; a test makes its own.

import type { Sim } from '../sim/game.ts'
import type { WorldLayout } from '../sim/schema.ts'
import type { ScriptError } from './script-error.ts'

/** What an event carries; as in event/data.ts. */
export type ScriptData =
  null | boolean | number | string | Uint8Array | readonly ScriptData[] | { readonly [key: string]: ScriptData }

/** A method of `self` that the game gives: `self:applyInput(payload)` calls `applyInput(sim, e, payload)`. */
export type ScriptMethod = (sim: Sim, e: number, ...args: ScriptData[]) => ScriptData | void

export interface Script {
  /** `bot.lua`: unique, without a colon, at most 59 bytes. */
  readonly name: string
  readonly text: string
  /** It runs for each entity that has these components. Without them it runs once, and has no self. */
  readonly each?: readonly string[]
  /** `Player.slot`: the column that holds the slot of the entity's player. Without it the entity has no owner, and hears everyone. */
  readonly slot?: string
  /** Players may replace its text while they play. */
  readonly editable?: boolean
}

/**
 * Everything here does the same on every machine, but `emit`, `raise` and `log`, which are outputs: they answer nothing, and throw only what
 * follows from their arguments.
 */
export interface ScriptHost {
  readonly layout: WorldLayout
  /** The live world, laid out so: columns, masks and generations are read and written here. */
  readonly world: Uint8Array
  /** For all that is more than a column. */
  readonly sim: Sim
  /** The name of the branch: the same on every machine of a match, another one in each forked universe. */
  readonly branch: string
  readonly buttons: readonly string[]
  readonly axes: readonly string[]
  readonly methods: Readonly<Record<string, ScriptMethod>>
  /** `echo.network.emit`. `slot`: of the running entity's player, -1: none. Leaves the machine only where that player sits. */
  emit(kind: string, payload: ScriptData, slot: number, when: 'first' | 'confirmed'): void
  /** Whether the rules themselves handle this kind. */
  hears(kind: string): boolean
  /** A deterministic local event (`echo.emit`) comes to the rules; slot -1: nobody's. */
  hear(kind: string, payload: ScriptData, slot: number): void
  log(script: string, text: string): void
  error(error: ScriptError): void
}

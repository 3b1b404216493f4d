// What the simulation needs of scripts: they run within its ticks, and their memory is a part of its state. How they do it is not
// its business, and a game without scripts loads none of it.

import type { SizedBytes } from '../bytes/sized-bytes.ts'
import type { Game, OutputWhen, Sim } from './game.ts'

/** A state of the scripts. */
export type ScriptImage = SizedBytes

/** What scripts tell people. It is told once, however often a tick runs; all but logs and errors once its tick is confirmed. */
export interface ScriptNews {
  /**
   * `log`: by `echo.log`. `error`: a handler ended there, the script goes on. `stopped`: it used up a budget, and does not run any more.
   * `replaced`: another text runs from this tick on. `refused`: a new text was of no use, the old one goes on.
   */
  readonly what: 'log' | 'error' | 'stopped' | 'replaced' | 'refused'
  readonly script: string
  /** 0: no line is known. */
  readonly line: number
  readonly tick: number
  readonly message: string
  readonly traceback: string
  /** Of the player who sent the text, for `replaced` and `refused`; -1: nobody. */
  readonly slot: number
  /** All of it, as a console shows it. */
  readonly level: 'log' | 'error'
  readonly text: string
}

/** What the memory of scripts holds in one state and not in another. */
export interface ScriptDifference {
  /** Its name; empty: of no single one. */
  readonly script: string
  /** As its author would find it: `count`, `list[3].x`, `upvalue n of on_tick`, `local i of timer 1 of tick 90`, `self.vars.mood of entity 3`. */
  readonly path: string
  /** Of both, as Lua would write it; `nil`: it is not there. */
  readonly a: string
  readonly b: string
}

/** The simulation, as scripts see it. */
export interface ScriptedSim {
  readonly game: Game
  /** The live world. */
  readonly bytes: Uint8Array
  readonly facade: Sim & { say(kind: string, payload: unknown, slot: number, when: OutputWhen): void }
  /** An event comes to the rules; slot -1: nobody's. */
  handle(kind: string, payload: unknown, slot: number): void
}

/** The scripts of a game, loaded. */
export interface ScriptSet {
  /** Of everything that must be the same on all machines: Lua, texts, budgets. u32. */
  readonly identity: number
  /** Texts that do not compile. */
  readonly mistakes: readonly ScriptNews[]
  /** Whether a running match may go on with these scripts in place of those: the same names, each for the same entities. */
  fits(other: ScriptSet): boolean
  /** Starts them beside a world. `before`: those that they take the place of, from the tick of `swap` on. */
  open(sim: ScriptedSim, before: ScriptSet | null): SimScripts
  /** A text for a script, as payloads of `SCRIPT_EDIT`. Throws a sentence. */
  edit(name: string, text: string): readonly unknown[]
}

/** Kind of the events by which a player's text for a script travels. */
export const SCRIPT_EDIT = 'script:edit'

/** The scripts of one simulation. Every call may throw; `stopped` says whether the tick is to be run again. */
export interface SimScripts {
  readonly set: ScriptSet
  /** No image is larger. */
  readonly maxBytes: number
  /** Whoever tells it empties it. */
  readonly news: ScriptNews[]
  /** Is told of each run of a script's function, with the hash of the memory after it; for tools: it is slow. */
  trace: ((script: string, hash: number) => void) | null

  save(into: ScriptImage): void
  /** Throws a sentence for what is no image, and for one of another machine's that is damaged; changes nothing then. */
  load(from: ScriptImage): void
  /** u32. */
  hash(image: ScriptImage): number
  /** A saved state as one block, to be handed on: the world, then the image. */
  whole(world: Uint8Array, image: ScriptImage): Uint8Array
  /** What follows the world in another machine's state; a copy. Null where it is no image. */
  image(bytes: Uint8Array): ScriptImage | null

  /** What differs between two images: at most 20 values, what a script can reach. Reads both, and changes nothing. Between ticks. */
  differences(a: ScriptImage, b: ScriptImage): Promise<readonly ScriptDifference[]>

  /** The text by which a script runs now, between ticks. Throws a sentence where there is no such script. */
  textOf(name: string): string

  /** As before any round. */
  reset(): void
  /** Tick by tick: it begins… */
  open(tick: number): void
  /** …and with it a round: nothing of the one before stays, but texts that came during it. */
  restart(seed: number): void
  /** These scripts take the place of those before. */
  swap(): void
  /** What is due: starts, timers, coroutines, local events of the tick before. */
  begin(): void
  /** A player's event. */
  deliver(slot: number, kind: string, payload: unknown): void
  /** `on_tick`. */
  step(): void
  /** A local event of the next tick; slot -1: nobody's. */
  emit(kind: string, payload: unknown, slot: number): void
  /** Whether this came of a script that used up a budget. Then the tick's start is to be loaded, and the tick run again. */
  stopped(error: unknown): boolean
  /** The tick's start is loaded again. */
  again(): void
  /** Nothing of the ticks up to here changes any more: what waited for that is news. */
  settle(confirmedTick: number): void
}

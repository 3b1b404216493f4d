// What the newest closed ticks were computed from, and some of the states between them: what a what-if begins with, and takes the
// match's inputs from. A match runs without it; it is kept while a tool looks on.

import { sizedBytes, type SizedBytes } from '../bytes/sized-bytes.ts'
import { encodeCanonical } from '../event/canonical-cbor.ts'
import type { Data } from '../event/data.ts'
import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { Simulation } from '../sim/simulation.ts'

/** All that happens at a tick. */
export interface TickFacts {
  /** Inputs of every slot, slot after slot. */
  readonly row: Uint8Array
  readonly control: TickControl | null
  readonly events: readonly SlotEvent[] | null
}

/** A whole state: the world, and the scripts' image. */
export interface SavedState {
  readonly tick: number
  readonly world: Uint8Array
  readonly image: SizedBytes
}

/** Most ticks of facts that are kept for what-ifs that lag behind: five minutes at 60 a second. */
export const FACT_TICKS = 18_000

export class FactHistory {
  /** Newest closed tick that is known. */
  newest: number
  #oldest: number
  readonly #facts = new Map<number, TickFacts>()
  /** Ascending. */
  readonly #states: SavedState[] = []

  /** Knows nothing yet, and goes on after `tick`. */
  constructor(tick: number) {
    this.newest = tick
    this.#oldest = tick + 1
  }

  /** Oldest tick whose facts are here; beyond `newest` when there are none. */
  get first(): number {
    return this.#oldest
  }

  /** Tick after tick. The row is copied. */
  note(tick: number, { row, control, events }: TickFacts): void {
    this.#facts.set(tick, { row: row.slice(), control, events })
    this.newest = tick
  }

  /** Null for a tick that is not closed yet. Throws for one that is forgotten. */
  at(tick: number): TickFacts | null {
    if (tick > this.newest) return null
    const facts = this.#facts.get(tick)
    if (facts !== undefined) return facts
    const kept =
      this.#oldest > this.newest ? 'none are kept' : `those of ticks ${this.#oldest} to ${this.newest} are kept`
    throw new RangeError(`the facts of tick ${tick} are forgotten; ${kept}`)
  }

  keep(state: SavedState): void {
    this.#states.push(state)
  }

  /** The newest one at a tick or before it; null: none is kept. */
  stateAt(tick: number): SavedState | null {
    for (let i = this.#states.length - 1; i >= 0; i--) if (this.#states[i].tick <= tick) return this.#states[i]
    return null
  }

  get newestStateTick(): number {
    return this.#states.at(-1)?.tick ?? -1
  }

  get oldestStateTick(): number {
    return this.#states[0]?.tick ?? -1
  }

  /** Lets go what nobody needs who begins at `tick` or later; `facts` of older ticks may be needed by one who lags behind. */
  forget(tick: number, facts: number): void {
    while (this.#states.length > 1 && this.#states[1].tick <= tick) this.#states.shift()
    // From the oldest state on, too: what lies between it and the window is run again.
    const first = Math.max(Math.min(facts, this.oldestStateTick + 1, tick), this.newest - FACT_TICKS)
    for (; this.#oldest < first; this.#oldest++) this.#facts.delete(this.#oldest)
  }
}

/** A copy of what a simulation holds now. */
export function savedState(simulation: Simulation): SavedState {
  const state = { tick: simulation.tick, world: new Uint8Array(simulation.sizeBytes), image: sizedBytes() }
  simulation.save(state.world, state.image)
  return state
}

/** All that a tick is computed from, as bytes: equal bytes, equal tick. `more`: what else there is, such as a what-if's own events. */
export function factBytes({ row, control, events }: TickFacts, more: readonly Data[] = []): Uint8Array {
  const hasEvents = events !== null && events.length > 0
  if (control === null && !hasEvents && more.length === 0) return row
  const rest: Data[] = [
    control === null
      ? null
      : [
          control.restart === null ? null : [control.restart.round, control.restart.carry],
          [...control.joins],
          [...control.leaves],
          control.swap,
        ],
    hasEvents ? events.map(({ slot, bytes }) => [slot, bytes]) : [],
    more,
  ]
  const tail = encodeCanonical(rest, 'what happens at the tick')
  const bytes = new Uint8Array(row.length + tail.length)
  bytes.set(row)
  bytes.set(tail, row.length)
  return bytes
}

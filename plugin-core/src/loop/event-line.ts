// How a loop's events travel and are judged, where a game declares who may send them (docs/events.md). The loop knows it by
// this alone: its code is loaded by matches that need it.

import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { SimEvent, Simulation } from '../sim/simulation.ts'

export interface EventLine {
  /** Refused so far. */
  readonly faultCount: number
  /**
   * This player's event for the input that is sampled next, of tick `tick`. `causes`: hashes of the envelopes that it comes from. Throws
   * a sentence: too large, or not allowed.
   */
  encode(slot: number, kind: string, payload: unknown, tick: number, causes?: readonly Uint8Array[]): Uint8Array
  /** Whether a player has been granted this at a tick; of a negative slot, whether everyone has. */
  may(slot: number, capability: string, tick: number): boolean
  /** What the rules hear of a tick; called before it is computed, with the state before it in the live world. */
  open(tick: number, control: TickControl | null, events: readonly SlotEvent[] | null): readonly SimEvent[]
  /** The same for a simulation beside the match, with its own state; nobody is told. */
  openBeside(
    simulation: Simulation,
    tick: number,
    control: TickControl | null,
    events: readonly SlotEvent[] | null,
  ): readonly SimEvent[]
  /** Ticks up to this one are computed for good. */
  settle(tick: number): void
  /** Everything goes on after `tick`: another match, or another state. */
  rebase(tick: number): void
}

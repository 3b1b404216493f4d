// What an authoritative host asks of whoever runs the rules beside it. The host computes nothing itself: without a referee it
// still closes ticks on time, and believes the majority.

import type { SlotEvent, TickControl } from '../../input/tick-control.ts'
import type { Terms } from '../../wire/messages.ts'
import type { Snapshot } from '../transfer/snapshot-offer.ts'

export interface Referee {
  /** A closed tick; ticks follow one another. */
  closed(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void
  /** Whether the rules let this slot's input of the next tick pass. */
  allows(slot: number, input: Uint8Array): boolean
  /** The game's own guess at a missing input, `ticksAhead` of the slot's last one. False: that one again. */
  predict(last: Uint8Array, ticksAhead: number, into: Uint8Array): boolean
  /** The checksum of the state after this tick; null: not kept, or never made. */
  checksum(tick: number): number | null
  /** Where the rules have ended the round that is played, and what they hand on. */
  roundEnd(): { readonly tick: number; readonly carry: Uint8Array } | null
  /** A state to hand on, asked for once a call until it is ready. */
  state(): Snapshot | null
}

/** For a match with these terms and this seed; null: this host knows no rules for it. A sentence: it may not be played here. */
export type RefereeOf = (terms: Terms, seed: number) => Referee | string | null

/** What a player was caught at: a state that is not the match's, inputs that the rules forbid, that contradict what is closed, that are
 * far ahead, or far too many. */
export type Offence = 'state' | 'input' | 'past' | 'ahead' | 'flood'

/** Who was caught at what; kept after it has left. */
export interface Notice {
  readonly slot: number
  readonly name: string
  readonly offence: Offence
  /** Closed tick of the first time. */
  readonly tick: number
  /** Times so far. */
  count: number
}

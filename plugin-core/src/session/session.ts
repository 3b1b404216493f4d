// What the loop asks of a session, whichever way its facts arrive: star or duel. A session is pure: bytes and ticks
// go in, facts and bytes come out; it knows no socket, no clock, no timer and no sim.

import type { ReusedList } from '../bytes/reused-list.ts'
import type { Terms } from '../wire/messages.ts'
import type { Packet } from '../wire/packet.ts'
import type { EndCode, Fact } from './fact.ts'
import type { PeerState } from './peer-state.ts'
import type { SnapshotOffer } from './transfer/snapshot-offer.ts'

/** What went wrong with packets, by kind. All of them were dropped. */
export interface SessionFaults {
  malformed: number
  wrongSession: number
  unexpected: number
}

/** States that are handed from machine to machine: for those who come late, watch, or have gone astray. */
export interface SnapshotPort {
  /** The newest closed tick that the host has told of: where the others are. */
  readonly hostTick: number
  /** A state for the host, which asked for it by a `snapshot-wanted` fact. */
  offer(offer: SnapshotOffer): void
  /** The machine goes on from the state of the `snapshot` fact: the ticks after it are wanted. */
  taken(tick: number): void
  /** That state was of no use: another one is asked for. */
  refused(): void
  /**
   * This machine began with the round of this tick, and not with the match: what outlives rounds it has from others, in a state
   * that it asks for.
   */
  want(startTick: number): void
  /** It has not come yet: this machine's states are not to be compared. */
  readonly wanting: boolean
  /** Caught up: this player's inputs begin with this tick. */
  begin(firstTick: number): void
}

export interface Session {
  readonly state: PeerState
  /** This player's slot; -1 until it has one. */
  readonly slot: number
  /** Newest tick of which everything up to it has been received. */
  readonly closedTick: number
  /** The round that is played, or was named last; 0 before the first. */
  readonly round: number
  readonly faults: Readonly<SessionFaults>

  /** The line is up. */
  connected(): void
  /** The line is gone, for a reason in words; `full`: all places are taken, `bye`: the other side said goodbye. */
  disconnected(reason: string, cause?: 'full' | 'bye'): void
  /** One packet. Malformed ones are counted and dropped whole. */
  receive(bytes: Uint8Array): void
  /**
   * One call a tick. `headTick` is the newest simulated tick; `stamp` comes back by an `echo` fact (milliseconds of any
   * clock, u32).
   */
  tick(headTick: number, stamp: number): void

  setReady(ready: boolean): void
  /**
   * Fixes this player's input of a tick; ticks follow one another. Answers the events that travel with it (null: none),
   * because the local prediction delivers them at that tick, too.
   */
  setLocalInput(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null
  /** Queues an event for this player's next input. False when too many wait already: the caller says so. */
  emit(bytes: Uint8Array): boolean
  /** Of a confirmed tick on the checksum grid, for the others to compare. */
  setChecksum(tick: number, checksum: number): void
  /** This machine's rules ended this round at a confirmed tick; `carry` goes to the next one. */
  endRound(round: number, tick: number, carry: Uint8Array): void
  /** Other rules with the same schema: asks for the tick from which everyone runs them. */
  proposeRules(terms: Terms): void
  /** Says goodbye and ends. */
  leave(code: EndCode, reason: string, tick?: number): void

  /** Null: this kind of session hands no states on. */
  readonly snapshots: SnapshotPort | null

  /** Valid until the next call. */
  takePackets(): ReusedList<Packet>
  /** What was learned since the last time; valid until the next `receive`. */
  takeFacts(): ReusedList<Fact>
}

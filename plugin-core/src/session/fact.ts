// What a session learned from the network, for the loop: the only way in which the outside
// reaches the timeline. Facts are reused: they are valid until the session's next call.

import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { SnapshotHeader } from '../wire/messages.ts'

export interface PeerInfo {
  slot: number
  name: string
  profile: string
  ready: boolean
  playing: boolean
  /** The host has caught it cheating. */
  caught?: boolean
}

/** `full`: all places are taken. In a duel the other one left (`peer-left`), or its line is gone (`peer-gone`); in a star `host-gone`. */
export type EndCode =
  | 'left'
  | 'refused'
  | 'version'
  | 'timeout'
  | 'host-gone'
  | 'desync'
  | 'rules'
  | 'protocol'
  | 'replaced'
  | 'full'
  | 'peer-left'
  | 'peer-gone'

export type Fact =
  | { kind: 'welcome'; slot: number; seed: number }
  /** The line is down; the session waits for another one, with everything that it knows. */
  | { kind: 'lost'; reason: string }
  /** Back in the match it was in: it plays on, or (`plays` false) gets what it missed before it can. */
  | { kind: 'resumed'; slot: number; plays: boolean }
  | { kind: 'roster'; peers: readonly PeerInfo[] }
  /**
   * A round starts at `tick` with these slots; `closedTick` is where the host stood when it said so. `begins`: this player's
   * inputs begin with it.
   */
  | { kind: 'start'; tick: number; round: number; control: TickControl; closedTick: number; begins: boolean }
  /** A closed tick, whole: nothing of it will change. */
  | {
      kind: 'tick'
      tick: number
      row: Uint8Array
      control: TickControl | null
      events: readonly SlotEvent[] | null
    }
  /** The host wants the state of the first tick on the checksum grid from `tick` on. */
  | { kind: 'snapshot-wanted'; tick: number }
  /** A state has come, as it travelled: to begin with, or in place of the one that is here. */
  | { kind: 'snapshot'; header: SnapshotHeader; bytes: Uint8Array }
  /** This player's slot runs from `tick` on, in a round that is played already; or, without a slot, this machine watches it from there. */
  | { kind: 'entered'; tick: number; round: number }
  /** This slot's inputs arrive so many sixteenths of a tick before the slowest one's. */
  | { kind: 'margin'; sixteenths: number }
  /** To run so many ticks further ahead of the host than now; negative: less far. */
  | { kind: 'pace'; ticks: number }
  /** Inputs of this slot that the host has refused so far: too late, or against the rules. */
  | { kind: 'refused'; late: number; vetoed: number }
  | { kind: 'waiting'; slots: readonly number[] }
  /** From `tick` on inputs are sampled `delay` ticks ahead. */
  | { kind: 'delay'; tick: number; delay: number }
  /** The stamp of an earlier heartbeat came back. */
  | { kind: 'echo'; stamp: number }
  | { kind: 'end'; code: EndCode; reason: string; tick: number }

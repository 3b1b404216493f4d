// What a host is told by whoever runs it: which match this is, and its own word on rules, events, newcomers and room.

import type { EventRelay } from '../../event/event-relay.ts'
import type { Terms } from '../../wire/messages.ts'
import type { HostSession } from './host-outbox.ts'
import type { SnapshotRoom } from './host-snapshots.ts'
import type { RefereeOf } from './referee.ts'

export interface StarHostOptions extends HostSession {
  /** The room's name, for sentences. */
  readonly room: string
  /** The peer on this host's own machine, by the transport's number: they go together. */
  readonly localPeer?: number
  /** Runs the rules beside an authoritative match. Without it the majority of the players stands for them. */
  readonly referee?: RefereeOf
  /** Judges the events of a game that declares who may send them; null: a game that this host does not know, or that declares nothing. */
  readonly events?: EventRelayOf
  /** Who comes, and what the ticket in its HELLO grants beyond what the game gives to everyone. A sentence: it may not come in. */
  readonly admit?: (player: JoiningPlayer) => Admission | string
  /** Whether this host has room for a state of so many bytes, for somebody who comes. Default: for any that a match may have. */
  readonly snapshotRoom?: SnapshotRoom
}

export type EventRelayOf = (terms: Terms) => EventRelay | null

export interface JoiningPlayer {
  readonly name: string
  readonly profile: string
  /** As it stood in HELLO: a join ticket, or anything by which a player finds its slot again. */
  readonly ticket: Uint8Array
  /** Its slot is kept for it, or it has one: its line broke. */
  readonly returns: boolean
}

export interface Admission {
  readonly grants: readonly string[]
  /** What it may not, though everyone may: it was taken away before it left. */
  readonly revoked?: readonly string[]
}

// The messages of the star, each declared once (`specs/domn.md`). INPUT and TICK, the two of every
// tick, have files of their own.

import { eventHash, isLarge } from './event-reference.ts'
import {
  CARRY_BYTES,
  CHUNK_BYTES,
  INPUT_BYTES,
  LARGE_EVENT_BYTES,
  LIMITS,
  NAME_BYTES,
  PROFILE_BYTES,
  SNAPSHOT_ACK_CHUNKS,
  TICKET_BYTES,
} from './limits.ts'
import { blob, flag, i16, list, struct, text, u16, u32, u64, u8, within, type Codec, type Value } from './schema.ts'

export * as BYE from './numbers/bye.ts'
export * as MODE from './numbers/mode.ts'
export * as PACKING from './numbers/packing.ts'
export * as PART from './numbers/part.ts'
export * as TYPE from './numbers/type.ts'

const limits = struct({
  peers: u16,
  channels: u16,
  payloadBytes: u16,
  packetBytes: u16,
  pendingPackets: u16,
  resendWindow: u16,
  inputBufferTicks: within(u16, 1, 8 * LIMITS.inputBufferTicks),
  replayBufferTicks: u16,
  heartbeatTicks: u16,
  timeoutTicks: u16,
})

/** What every peer of a room must have alike. The first HELLO of a room decides it. */
export const terms = struct({
  limits,
  game: text(64),
  version: u32,
  /** Game version, schemas and source id in one number. */
  rulesHash: u32,
  /** Component and input schema in one number: equal means that a world can outlive a change of the rules. */
  schemaHash: u32,
  // What no game may have: a host makes its queues for these before it knows who asks.
  tickRate: within(u16, 1, 240),
  maxPlayers: within(u8, 1, LIMITS.peers),
  minPlayers: u8,
  inputBytes: within(u8, 1, INPUT_BYTES),
  predictionWindow: u8,
  dropAfterTicks: u16,
  mode: u8,
})
export type Terms = Value<typeof terms>

/** HELLO: whoever comes again with the ticket of a slot gets that slot back. */
export const hello = struct({
  terms,
  name: text(NAME_BYTES),
  profile: text(PROFILE_BYTES),
  ticket: blob(TICKET_BYTES),
  /** Only watches: no slot, no input. */
  spectator: flag,
  /** Ticks that a spectator stays behind the closed one, at least. */
  delayTicks: u16,
  /** Of the match that it was in when its line broke, and the newest tick of it that it has; zeros: it comes for the first time. */
  sessionId: u64,
  seed: u32,
  applied: u32,
})
export type Hello = Value<typeof hello>

const rosterEntry = struct({
  slot: u8,
  flags: u8,
  /** xxHash32 of the player's ticket, 0 without one: by it another host knows who may have this slot. */
  key: u32,
  name: text(NAME_BYTES),
  profile: text(PROFILE_BYTES),
})
export const ROSTER_READY = 1
export const ROSTER_PLAYING = 2
/** The host runs on this player's machine: they go together. */
export const ROSTER_HOSTS = 4
/** The host has caught it: see the host's notices. */
export const ROSTER_CAUGHT = 8
export type RosterEntry = Value<typeof rosterEntry>

export const welcome = struct({
  sessionId: u64,
  epoch: u8,
  slot: u8,
  tickRate: u16,
  tick: u32,
  seed: u32,
  part: u8,
})
export type Welcome = Value<typeof welcome>

/** ROSTER: as many entries as fit; `index` is the first one's place, so that a full room takes several. */
export const roster = struct({
  version: u16,
  count: u8,
  index: u8,
  entries: list(rosterEntry, LIMITS.peers),
})
export type Roster = Value<typeof roster>

/** READY of a client: whether it is ready, and where its round ended (0: it has not). */
export const readyUp = struct({ ready: flag, round: u32, endTick: u32, carry: blob(CARRY_BYTES) })
export type ReadyUp = Value<typeof readyUp>

/** READY of the host: the round's first tick, who is in it (a bit a slot) and what the last round hands on. */
export const readyDown = struct({ round: u32, startTick: u32, joins: u64, carry: blob(CARRY_BYTES) })
export type ReadyDown = Value<typeof readyDown>

export const refused = struct({ code: u32, reason: text(400) })
export type Refused = Value<typeof refused>

/** SNAPSHOT_REQUEST: of a joiner for any state, of a host for that of the first tick on the checksum grid from `tick` on. */
export const snapshotRequest = struct({ tick: u32 })
/** SNAPSHOT_HEADER: the state after `tick`; `checksum` is that of the state itself, the same that HASH tells. */
export const snapshotHeader = struct({
  tick: u32,
  round: u32,
  stateBytes: u32,
  checksum: u32,
  packing: u8,
  /** Bytes that travel, and the chunks that they take. */
  sizeBytes: u32,
  chunks: u32,
})
export type SnapshotHeader = Value<typeof snapshotHeader>
export const snapshotChunk = struct({ tick: u32, index: u32, bytes: blob(CHUNK_BYTES) })
export type SnapshotChunk = Value<typeof snapshotChunk>
/** SNAPSHOT_ACK: every chunk below `next` is here, and those from it on that have their bit. */
export const snapshotAck = struct({ tick: u32, next: u32, mask: blob(SNAPSHOT_ACK_CHUNKS / 8) })

export const hash = struct({ tick: u32, checksum: u32 })

/** HEARTBEAT of a client: `stamp` comes back in the host's answer, which makes it a ping. */
export const heartbeatUp = struct({ stamp: u32, rosterVersion: u16 })
/** HEARTBEAT of the host: the slot's input margin in sixteenths of a tick, and whom it waits for. */
export const heartbeatDown = struct({ echo: u32, margin: i16, closedTick: u32, waiting: u64 })
export type HeartbeatDown = Value<typeof heartbeatDown>

/** What TIMING says while nothing is known yet. */
export const NO_MARGIN = -32768
/**
 * TIMING, of an authoritative host: by how many sixteenths of a tick the slot's inputs were there before their tick was closed, at
 * worst (negative: late), and how many of them came too late or were vetoed since it plays.
 */
export const timing = struct({ margin: i16, late: u32, vetoed: u32, heard: u32 })
export type Timing = Value<typeof timing>

/** ACK of a reliable channel: every seq below `next` is here, and of the 64 from it on those that have their bit. */
export const ack = struct({ channel: u8, next: u32, mask: u64 })

const eventFields = struct({ tick: u32, hash: u64, bytes: blob(LARGE_EVENT_BYTES) })
export type LargeEvent = Value<typeof eventFields>
/**
 * EVENT: an event too large for its tick. Of a client ahead of the tick (0), of the host for the tick that names it; without bytes: the
 * host has the one with this hash.
 */
export const event: Codec<LargeEvent> = {
  write: (w, v) => eventFields.write(w, v),
  read(r) {
    const v = eventFields.read(r)
    if (v.bytes.length === 0 || r.failed) return v
    const { hi, lo } = eventHash(v.bytes)
    if (!isLarge(v.bytes) || v.hash.hi !== hi || v.hash.lo !== lo) r.fail()
    return v
  },
}

/** `tick` is 0 where none is meant. */
export const bye = struct({ code: u8, tick: u32, reason: text(400) })

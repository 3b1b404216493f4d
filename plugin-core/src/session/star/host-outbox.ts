// A host's mouth: what it says to its peers, packet by packet. What to say, and when, is the host's own decision.

import type { ReusedList } from '../../bytes/reused-list.ts'
import { EVENT_RETRY_CALLS, LARGE_EVENTS_TOLD, LIMITS, NO_SLOT } from '../../wire/limits.ts'
import { maskOf } from '../../wire/mask.ts'
import {
  ROSTER_CAUGHT,
  ROSTER_HOSTS,
  ROSTER_PLAYING,
  ROSTER_READY,
  TYPE,
  bye,
  event,
  heartbeatDown,
  readyDown,
  refused,
  roster,
  snapshotAck,
  snapshotChunk,
  snapshotHeader,
  snapshotRequest,
  timing,
  welcome,
  type LargeEvent,
  type SnapshotHeader,
} from '../../wire/messages.ts'
import { CHANNEL, PacketQueue, ROLE, type Code, type Packet, type U64 } from '../../wire/packet.ts'
import type { Codec } from '../../wire/schema.ts'
import { writeTick, type RowRing } from '../../wire/tick-message.ts'
import type { ChunkReceiver } from '../transfer/chunk-receiver.ts'
import type { HostPeer } from './host-peer.ts'

/** What tells one match on a wire from another. */
export interface HostSession {
  /** Not zero. A packet of another session is dropped. */
  readonly sessionId: U64
  /** Tells matches of one session apart in the short form, 0-255. */
  readonly epoch: number
  /** The match's seed, u32. */
  readonly seed: number
}

/** A round that was named: its number, its first tick, who plays it and what the last one hands on. */
export interface NamedRound {
  readonly round: number
  readonly startTick: number
  readonly joins: readonly number[]
  readonly carry: Uint8Array
}

/** Room for a roster's entries in one packet: the rest comes in the next. */
const ROSTER_BYTES = 1200

export class HostOutbox {
  session: HostSession
  /** Stands in the header of every packet. */
  closedTick = 0
  readonly #packets = new PacketQueue()

  constructor(session: HostSession) {
    this.session = session
  }

  /** Packets to send; valid until the next call. */
  take(): ReusedList<Packet> {
    return this.#packets.take()
  }

  welcome(p: HostPeer, tickRate: number, part: number): void {
    const { sessionId, epoch, seed } = this.session
    const slot = p.spectator ? NO_SLOT : p.slot
    const value = { sessionId, epoch, slot, tickRate, tick: this.closedTick, seed, part }
    this.#full(p, TYPE.welcome, welcome, value)
  }

  refused(p: HostPeer, code: Code, reason: string): void {
    this.#full(p, TYPE.refused, refused, { code, reason })
  }

  bye(p: HostPeer, code: number, reason: string, tick: number): void {
    this.#full(p, TYPE.bye, bye, { code, tick, reason })
  }

  ready(p: HostPeer, named: NamedRound): void {
    this.#full(p, TYPE.ready, readyDown, { ...named, joins: maskOf(named.joins) })
  }

  /** In as many packets as it takes. */
  roster(p: HostPeer, version: number, present: readonly HostPeer[]): void {
    const entries = present.map(each => ({
      slot: each.slot,
      flags: flagsOf(each),
      key: each.key,
      name: each.name,
      profile: each.profile,
    }))
    for (let index = 0; index < entries.length;) {
      let size = 0
      let end = index
      while (end < entries.length) {
        // A character takes three bytes of UTF-8 at most.
        size += 12 + 3 * (entries[end].name.length + entries[end].profile.length)
        if (end > index && size > ROSTER_BYTES) break
        end++
      }
      const part = { version, count: entries.length, index, entries: entries.slice(index, end) }
      this.#full(p, TYPE.roster, roster, part)
      index = end
    }
  }

  heartbeat(p: HostPeer, echo: number, waiting: readonly number[]): void {
    const value = { echo, margin: p.takeMargin(), closedTick: this.closedTick, waiting: maskOf(waiting) }
    if (p.started) this.#running(p, TYPE.heartbeat, heartbeatDown, value)
    else this.#full(p, TYPE.heartbeat, heartbeatDown, value)
  }

  /** How this peer's inputs fare, where the host waits for none of them. */
  timing(p: HostPeer): void {
    const { late, vetoed, heardTick: heard } = p
    this.#running(p, TYPE.timing, timing, { margin: p.takeWorstMargin(), late, vetoed, heard })
  }

  snapshotRequest(p: HostPeer, tick: number): void {
    this.#running(p, TYPE.snapshotRequest, snapshotRequest, { tick })
  }

  snapshotHeader(p: HostPeer, header: SnapshotHeader): void {
    this.#running(p, TYPE.snapshotHeader, snapshotHeader, header)
  }

  snapshotChunk(p: HostPeer, tick: number, index: number, bytes: Uint8Array): void {
    this.#running(p, TYPE.snapshotChunk, snapshotChunk, { tick, index, bytes })
  }

  snapshotAck(p: HostPeer, state: ChunkReceiver): void {
    this.#running(p, TYPE.snapshotAck, snapshotAck, { tick: state.header.tick, next: state.next, mask: state.mask() })
  }

  /** Closed ticks from `from` to `to`, as many of them as one packet takes; answers how many. */
  ticks(p: HostPeer, rows: RowRing, from: number, to: number): number {
    const q = this.#packets
    if (!this.#begin(p)) return 0
    const most = Math.min(to - from + 1, 2 * LIMITS.inputBufferTicks)
    const count = writeTick(q.beginMessage(), rows, from, most, LIMITS.payloadBytes)
    q.endMessage(TYPE.tick, CHANNEL.input, p.seq++)
    q.end()
    return count
  }

  /** A large event that a tick names; without bytes: this peer's own is here. */
  event(p: HostPeer, value: LargeEvent): void {
    this.#running(p, TYPE.event, event, value)
  }

  /** The large events of the ticks that this peer has not applied, ascending: once, and then again until it has. */
  largeEvents(p: HostPeer, large: readonly LargeEvent[], from: number, to: number, call: number): void {
    let at = 0
    while (at < large.length && large[at].tick < from) at++
    if (at === large.length) return
    const again = large[at].tick === p.largeTick && call - p.largeCall >= EVENT_RETRY_CALLS
    if (again || large[at].tick !== p.largeTick) p.largeCall = call
    p.largeTick = large[at].tick
    for (const end = Math.min(large.length, at + LARGE_EVENTS_TOLD); at < end && large[at].tick <= to; at++) {
      const { tick } = large[at]
      if (tick <= p.largeSent && !again) continue
      p.largeSent = Math.max(p.largeSent, tick)
      this.event(p, large[at])
    }
  }

  #running<T>(p: HostPeer, type: number, codec: Codec<T>, value: T): void {
    const q = this.#packets
    if (!this.#begin(p)) return
    codec.write(q.beginMessage(), value)
    q.endMessage(type, CHANNEL.unreliable, p.seq++)
    q.end()
  }

  #begin(p: HostPeer): boolean {
    const q = this.#packets
    const { sessionId, epoch } = this.session
    return p.fullForm
      ? q.beginFull(p.peer, sessionId, ROLE.server, this.closedTick)
      : q.beginShort(p.peer, this.closedTick, epoch)
  }

  #full<T>(p: HostPeer, type: number, codec: Codec<T>, value: T): void {
    const q = this.#packets
    if (!q.beginFull(p.peer, this.session.sessionId, ROLE.server, this.closedTick)) return
    codec.write(q.beginMessage(), value)
    q.endMessage(type, CHANNEL.control, p.seq++)
    q.end()
  }
}

function flagsOf(p: HostPeer): number {
  return (
    (p.ready ? ROSTER_READY : 0) |
    (p.playing ? ROSTER_PLAYING : 0) |
    (p.hosts ? ROSTER_HOSTS : 0) |
    (p.caught ? ROSTER_CAUGHT : 0)
  )
}

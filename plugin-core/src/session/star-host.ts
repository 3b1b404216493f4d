// The host of a star (`specs/domn.md`): bytes in, bytes out, one call a tick. It closes a tick when every playing
// slot's input is there, names joins, leaves and restarts at their tick, and runs no rules. It knows no socket, no
// clock and no timer: a page, a worker, a room server or a test carries its packets.

import { FAULTS_PER_WINDOW, FAULT_WINDOW_TICKS, LIMITS, RETRY_TICKS, ROUND_LEAD_TICKS } from '../wire/limits.ts'
import { maskOf } from '../wire/mask.ts'
import {
  BYE,
  ROSTER_PLAYING,
  ROSTER_READY,
  TYPE,
  bye,
  heartbeatDown,
  readyDown,
  refused,
  roster,
  welcome,
  type Hello,
  type ReadyUp,
  type Terms,
} from '../wire/messages.ts'
import { CHANNEL, CODE, PacketQueue, ROLE, type Code, type Packet, type U64 } from '../wire/packet.ts'
import type { Codec } from '../wire/schema.ts'
import { writeTick } from '../wire/tick-message.ts'
import { ByteReader } from '../bytes/byte-reader.ts'
import type { ReusedList } from '../bytes/reused-list.ts'
import { HostPeer } from './host-peer.ts'
import { HostInbox } from './host-inbox.ts'
import { TickCloser } from './tick-closer.ts'
import { termsDifference } from './terms.ts'

export interface StarHostOptions {
  /** The room's name, for sentences. */
  room: string
  /** Not zero. A packet of another session is dropped. */
  sessionId: U64
  /** Tells sessions on one wire apart in the short form, 0-255. */
  epoch: number
  /** The match's seed, u32. */
  seed: number
}

export interface HostStats {
  ticksClosed: number
  /** Malformed, wrong or unexpected packets of peers that are gone; those of present peers are at the peer. */
  faults: number
  /** Times that a slow reader's packets were held back. */
  heldBack: number
  dropped: number
  desyncs: number
}

/** What the outside may see of a peer. */
export interface HostPeerInfo {
  readonly peer: number
  readonly slot: number
  readonly name: string
  readonly playing: boolean
  readonly faults: number
}

const MAX_ROSTER_PART = 1200
/** A reader that applies nothing for so long is let go: its line takes bytes that nobody reads. */
const MAX_LAG_SECONDS = 10

export class StarHost {
  readonly stats: HostStats = { ticksClosed: 0, faults: 0, heldBack: 0, dropped: 0, desyncs: 0 }
  readonly #options: StarHostOptions
  readonly #peers = new Map<number, HostPeer>()
  /** By slot: order is explicit, never that of arrival. */
  #slots: (HostPeer | null)[] = []
  #terms: Terms | null = null
  #closer: TickCloser | null = null
  #calls = 0
  /** Closed tick at the call before: it stands still while an input is missing. */
  #calledAtTick = 0
  #round = 0
  /** First tick of the round that was named last; 0: none yet. */
  #startTick = 0
  #carry: Uint8Array = new Uint8Array(0)
  #rosterVersion = 0
  #rosterDirty = false
  #over = false
  readonly #packets = new PacketQueue()
  readonly #departures: number[] = []
  #departuresTaken = false
  readonly #reader = new ByteReader()
  readonly #inbox: HostInbox
  readonly #checksums = new Map<number, { sum: number; slot: number }>()

  constructor(options: StarHostOptions) {
    if (options.sessionId.hi === 0 && options.sessionId.lo === 0) throw new RangeError('a session id is not zero')
    this.#options = options
    this.#inbox = new HostInbox(options, this.#reader, {
      hello: (peer, v) => this.#onHello(peer, v),
      ready: (peer, v) => this.#onReady(peer, v),
      input: (peer, bytes, start, end) => this.#onInput(peer, bytes, start, end),
      hash: (peer, tick, sum) => this.#onHash(peer, tick, sum),
      heartbeat: (peer, stamp, rosterVersion) => this.#onHeartbeat(peer, stamp, rosterVersion),
      bye: peer => this.#onBye(peer),
      otherVersion: peer =>
        this.#refuse(
          peer,
          CODE.versionMismatch,
          'this host speaks another version of the protocol: update Lockstride on both sides',
        ),
    })
  }

  get peerCount(): number {
    return this.#peers.size
  }

  get closedTick(): number {
    return this.#closer?.closedTick ?? 0
  }

  /** Host calls a second: the game's, once somebody has said which; until then 60. */
  get tickRate(): number {
    return this.#terms?.tickRate ?? 60
  }

  /** Who is here, by slot. */
  peers(): HostPeerInfo[] {
    return this.#present().map(p => ({
      peer: p.peer,
      slot: p.slot,
      name: p.name,
      playing: p.playing,
      faults: p.faultCount,
    }))
  }

  // ---- what the transport says

  joined(peer: number): void {
    this.#peers.set(peer, new HostPeer(peer))
    if (this.#over) this.#refuse(this.#peers.get(peer)!, CODE.notReady, `the room "${this.#options.room}" is closing`)
  }

  /** A closed connection is dropped at once. */
  left(peer: number): void {
    const p = this.#peers.get(peer)
    if (p === undefined) return
    this.#remove(p)
  }

  /** One packet. Malformed ones are counted at the peer and dropped whole; nothing here throws. */
  receive(peer: number, bytes: Uint8Array): void {
    const p = this.#peers.get(peer)
    if (p === undefined || p.gone) return
    this.#inbox.receive(p, bytes)
    this.#close()
  }

  // ---- the tick

  /** One host call, at the game's tick rate. */
  tick(): void {
    this.#calls++
    const stuck = this.closedTick === this.#calledAtTick
    this.#calledAtTick = this.closedTick
    const judge = this.#calls % FAULT_WINDOW_TICKS === 0
    for (const p of this.#peers.values()) {
      if (p.gone) continue
      if (judge && p.takeRecentFaults() > FAULTS_PER_WINDOW) {
        this.#dismiss(p, BYE.protocol, 'this peer sent too many packets that make no sense', 0)
        this.#remove(p)
        continue
      }
      p.silentCalls = p.heard ? 0 : p.silentCalls + 1
      p.heard = false
      if (stuck && this.#waitsFor(p)) p.missingCalls++
      else p.missingCalls = 0
      if (p.playing) p.lagCalls = p.applied < this.closedTick ? p.lagCalls + 1 : 0
      // Who only waits stalls nobody, and says little: the game's own, shorter patience is for those who play.
      const limit = p.playing ? this.#terms!.dropAfterTicks : LIMITS.timeoutTicks
      const letGo = MAX_LAG_SECONDS * this.tickRate
      if (p.silentCalls >= limit || p.missingCalls >= limit || p.lagCalls >= letGo) this.#drop(p)
    }
    this.#startRound()
    this.#close()
    this.#sendDue()
  }

  /** Says goodbye to everyone: the room ends. */
  end(reason: string): void {
    this.#over = true
    for (const p of this.#peers.values()) this.#dismiss(p, BYE.hostGone, reason, 0)
  }

  /** Packets to send; valid until the next call into the host. */
  takePackets(): ReusedList<Packet> {
    return this.#packets.take()
  }

  /** Peers whose connection is to be closed once the packets are out. */
  takeDepartures(): readonly number[] {
    if (this.#departuresTaken) return NOBODY
    this.#departuresTaken = true
    return this.#departures
  }

  // ---- messages

  #onHello(p: HostPeer, v: Hello): void {
    if (this.#over) return
    if (p.slot >= 0) {
      this.#onHelloAgain(p, v.terms)
      return
    }
    const { terms } = v
    if (this.#terms === null || this.#present().length === 0) this.#open(terms)
    const difference = termsDifference(this.#terms!, terms)
    if (difference !== null) {
      this.#refuse(p, CODE.versionMismatch, `the room "${this.#options.room}" plays by other rules: ${difference}`)
      return
    }
    const slot = this.#slots.indexOf(null)
    if (slot < 0) {
      const { maxPlayers } = this.#terms!
      this.#refuse(
        p,
        CODE.bufferOverflow,
        `the room "${this.#options.room}" is full: ${maxPlayers} of ${maxPlayers} players`,
      )
      return
    }
    p.enter(slot, v.name, v.profile, this.#terms!)
    this.#slots[slot] = p
    this.#rosterDirty = true
    this.#sendWelcome(p)
  }

  // A repeated HELLO means that WELCOME was lost, or that this machine has other rules now.
  #onHelloAgain(p: HostPeer, terms: Terms): void {
    if (p.state === 'syncing') this.#sendWelcome(p)
    if (terms.rulesHash === this.#terms!.rulesHash) return
    if (terms.schemaHash !== this.#terms!.schemaHash) return
    p.proposed = terms
    const all = this.#present()
    if (!all.every(each => each.proposed?.rulesHash === terms.rulesHash)) return
    this.#terms = terms
    for (const each of all) each.proposed = null
    this.#closer!.swapNext(terms.rulesHash)
  }

  #onReady(p: HostPeer, v: ReadyUp): void {
    if (p.slot < 0) return
    if (p.ready !== v.ready) {
      p.ready = v.ready
      this.#rosterDirty = true
    }
    if (v.endTick > 0 && p.playing && v.round === this.#round) {
      p.endTick = v.endTick
      p.carry = v.carry
    }
  }

  #onInput(p: HostPeer, bytes: Uint8Array, start: number, end: number): void {
    if (p.slot < 0 || !p.playing) return
    p.takeInput(this.#reader, bytes, start, end, this.closedTick)
  }

  #onHash(p: HostPeer, tick: number, sum: number): void {
    if (!p.playing || tick > this.closedTick) return
    const known = this.#checksums.get(tick)
    if (known === undefined) {
      this.#checksums.set(tick, { sum, slot: p.slot })
      // Oldest first: eight grid ticks are four seconds, longer than anyone may lag.
      if (this.#checksums.size > 8) this.#checksums.delete(this.#checksums.keys().next().value!)
    } else if (known.sum !== sum) {
      this.stats.desyncs++
      const reason = `desync at tick ${tick}: the states of players ${known.slot} and ${p.slot} differ; run synctest on the rules to find the field`
      for (const each of this.#present()) this.#dismiss(each, BYE.desync, reason, tick)
    }
  }

  #onHeartbeat(p: HostPeer, stamp: number, rosterVersion: number): void {
    if (p.slot < 0) return
    if (rosterVersion !== this.#rosterVersion) this.#sendRoster(p)
    this.#sendHeartbeat(p, stamp)
  }

  #onBye(p: HostPeer): void {
    this.#depart(p.peer)
    this.#remove(p)
  }

  // ---- rooms, rounds, ticks

  #open(terms: Terms): void {
    this.#terms = terms
    this.#slots = Array.from({ length: terms.maxPlayers }, () => null)
    this.#closer = new TickCloser(this.#slots, terms, this.closedTick)
    this.#checksums.clear()
  }

  #present(): HostPeer[] {
    return this.#slots.filter(p => p !== null)
  }

  #waitsFor(p: HostPeer): boolean {
    return p.playing && this.#closer!.wants(p)
  }

  // A round starts when everyone in the lobby is ready, and again whenever all who play say that theirs has ended.
  #startRound(): void {
    const closer = this.#closer
    if (closer === null || closer.nextStart > closer.closedTick) return
    const all = this.#present()
    const playing = all.filter(p => p.playing)
    const first = playing.length === 0
    if (first) {
      if (all.length < this.#terms!.minPlayers || !all.every(p => p.ready)) return
      this.#carry = new Uint8Array(0)
    } else {
      const { endTick, carry } = playing[0]
      if (!playing.every(p => p.endTick > 0)) return
      if (!playing.every(p => p.endTick === endTick && sameBytes(p.carry, carry))) {
        const reason = `desync at tick ${endTick}: players disagree about how the round ended`
        for (const p of all) this.#dismiss(p, BYE.desync, reason, endTick)
        return
      }
      this.#carry = carry
    }
    const waiting = all.filter(p => !p.playing && p.ready)
    const startTick = closer.closedTick + 1 + (first ? 0 : ROUND_LEAD_TICKS)
    for (const p of waiting) p.play(startTick)
    for (const p of all) p.endTick = 0
    this.#round++
    this.#startTick = startTick
    const joins = all.filter(p => p.playing).map(p => p.slot)
    closer.restartAt(startTick, { round: this.#round, carry: this.#carry }, joins)
    this.#rosterDirty = true
    for (const p of all) if (p.playing) this.#sendReady(p)
  }

  #close(): void {
    if (this.#closer === null) return
    const closed = this.#closer.close()
    if (closed === 0) return
    this.stats.ticksClosed += closed
    for (const p of this.#slots) if (p !== null && p.playing) this.#sendTick(p)
  }

  #drop(p: HostPeer): void {
    this.stats.dropped++
    this.#dismiss(p, BYE.timeout, 'nothing was heard of this player for too long', 0)
    this.#remove(p)
  }

  /** Says BYE and lets the connection go once that is out. */
  #dismiss(p: HostPeer, code: number, reason: string, tick: number): void {
    if (p.gone) return
    this.#sendFull(p, TYPE.bye, bye, { code, tick, reason })
    p.gone = true
    this.#depart(p.peer)
  }

  #refuse(p: HostPeer, code: Code, reason: string): void {
    this.#sendFull(p, TYPE.refused, refused, { code, reason })
    p.gone = true
    this.#depart(p.peer)
  }

  #depart(peer: number): void {
    if (this.#departuresTaken) {
      this.#departuresTaken = false
      this.#departures.length = 0
    }
    this.#departures.push(peer)
  }

  #remove(p: HostPeer): void {
    this.#peers.delete(p.peer)
    this.stats.faults += p.faultCount
    p.gone = true
    if (p.slot < 0) return
    if (p.playing) this.#closer!.leaveNext(p)
    this.#slots[p.slot] = null
    this.#rosterDirty = true
    this.#close()
  }

  // ---- what goes out

  #sendDue(): void {
    const retry = this.#calls % RETRY_TICKS === 0
    const beat = this.#calls % LIMITS.heartbeatTicks === 0
    if (this.#rosterDirty) {
      this.#rosterDirty = false
      this.#rosterVersion = (this.#rosterVersion + 1) & 0xffff
      for (const p of this.#present()) this.#sendRoster(p)
    }
    const stalled = this.#slots.some(p => p !== null && p.missingCalls === RETRY_TICKS)
    for (const p of this.#slots) {
      if (p === null || p.gone) continue
      if (p.playing && !p.started && retry) this.#sendReady(p)
      if (p.playing && !p.ticksSent && p.applied < this.closedTick) this.#sendTick(p)
      p.ticksSent = false
      if (beat || stalled || p.wasStalled) this.#sendHeartbeat(p, 0)
      p.wasStalled = stalled
    }
  }

  #sendWelcome(p: HostPeer): void {
    const { sessionId, epoch, seed } = this.#options
    this.#sendFull(p, TYPE.welcome, welcome, {
      sessionId,
      epoch,
      slot: p.slot,
      tickRate: this.#terms!.tickRate,
      tick: this.closedTick,
      seed,
    })
  }

  #sendReady(p: HostPeer): void {
    this.#sendFull(p, TYPE.ready, readyDown, {
      round: this.#round,
      startTick: this.#startTick,
      joins: maskOf(this.#closer!.joinsOf(this.#startTick)),
      carry: this.#carry,
    })
  }

  #sendRoster(p: HostPeer): void {
    const entries = this.#present().map(each => ({
      slot: each.slot,
      flags: (each.ready ? ROSTER_READY : 0) | (each.playing ? ROSTER_PLAYING : 0),
      name: each.name,
      profile: each.profile,
    }))
    let index = 0
    while (index < entries.length) {
      let size = 0
      let count = 0
      while (index + count < entries.length) {
        const e = entries[index + count]
        size += 8 + 3 * (e.name.length + e.profile.length)
        if (count > 0 && size > MAX_ROSTER_PART) break
        count++
      }
      const part = entries.slice(index, index + count)
      this.#sendFull(p, TYPE.roster, roster, {
        version: this.#rosterVersion,
        count: entries.length,
        index,
        entries: part,
      })
      index += count
    }
  }

  #sendHeartbeat(p: HostPeer, echo: number): void {
    const waiting: number[] = []
    for (const each of this.#slots) if (each !== null && each.missingCalls >= RETRY_TICKS) waiting.push(each.slot)
    const value = { echo, margin: p.takeMargin(), closedTick: this.closedTick, waiting: maskOf(waiting) }
    if (!p.started) {
      this.#sendFull(p, TYPE.heartbeat, heartbeatDown, value)
      return
    }
    const q = this.#packets
    if (!q.beginShort(p.peer, this.closedTick, this.#options.epoch)) return
    heartbeatDown.write(q.beginMessage(), value)
    q.endMessage(TYPE.heartbeat, CHANNEL.unreliable, p.seq++)
    q.end()
  }

  // Everything above what this peer has applied. A reader that has applied nothing for a second is sent
  // one packet in thirty until it moves again: its line, or its page, is not draining.
  #sendTick(p: HostPeer): void {
    const closer = this.#closer!
    const from = Math.max(p.applied + 1, p.firstTick)
    if (from > closer.closedTick) return
    p.ticksSent = true
    if (p.lagCalls > this.#terms!.tickRate && this.#calls % LIMITS.heartbeatTicks !== 0) {
      this.stats.heldBack++
      return
    }
    const q = this.#packets
    if (!q.beginShort(p.peer, closer.closedTick, this.#options.epoch)) return
    const count = Math.min(closer.closedTick - from + 1, 2 * LIMITS.inputBufferTicks)
    writeTick(q.beginMessage(), closer.rows, from, count, LIMITS.payloadBytes)
    q.endMessage(TYPE.tick, CHANNEL.input, p.seq++)
    q.end()
  }

  #sendFull<T>(p: HostPeer, type: number, codec: Codec<T>, value: T): void {
    if (!this.#packets.beginFull(p.peer, this.#options.sessionId, ROLE.server, this.closedTick)) return
    codec.write(this.#packets.beginMessage(), value)
    this.#packets.endMessage(type, CHANNEL.control, p.seq++)
    this.#packets.end()
  }
}

const NOBODY: readonly number[] = []

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

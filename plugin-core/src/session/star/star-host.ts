// The host of a star (`specs/domn.md`): bytes in, bytes out, one call a tick. It closes a tick when every playing
// slot's input is there, names joins, leaves and restarts at their tick, and runs no rules. It knows no socket, no
// clock and no timer: a page, a worker, a room server or a test carries its packets.

import { ByteReader } from '../../bytes/byte-reader.ts'
import { equalBytes } from '../../bytes/equal.ts'
import type { ReusedList } from '../../bytes/reused-list.ts'
import { FAULTS_PER_WINDOW, FAULT_WINDOW_TICKS, LIMITS, RETRY_TICKS, ROUND_LEAD_TICKS } from '../../wire/limits.ts'
import { BYE, type Hello, type ReadyUp, type Terms } from '../../wire/messages.ts'
import { CODE, type Code, type Packet } from '../../wire/packet.ts'
import { ChecksumBoard } from '../checksum-board.ts'
import { HostInbox } from './host-inbox.ts'
import { HostOutbox, type HostSession, type NamedRound } from './host-outbox.ts'
import { HostPeer } from './host-peer.ts'
import { termsDifference } from '../terms.ts'
import { TickCloser } from './tick-closer.ts'

export interface StarHostOptions extends HostSession {
  /** The room's name, for sentences. */
  readonly room: string
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

/** A reader that applies nothing for so long is let go: its line takes bytes that nobody reads. */
const MAX_LAG_SECONDS = 10

export class StarHost {
  readonly stats: HostStats = { ticksClosed: 0, faults: 0, heldBack: 0, dropped: 0, desyncs: 0 }
  readonly #room: string
  readonly #peers = new Map<number, HostPeer>()
  /** By slot: order is explicit, never that of arrival. */
  #slots: (HostPeer | null)[] = []
  #terms: Terms | null = null
  #closer: TickCloser | null = null
  #calls = 0
  /** Closed tick at the call before: it stands still while an input is missing. */
  #calledAtTick = 0
  /** The round that was named last. */
  #named: NamedRound = NO_ROUND
  #rosterVersion = 0
  #rosterDirty = false
  #over = false
  readonly #outbox: HostOutbox
  readonly #inbox: HostInbox
  readonly #reader = new ByteReader()
  readonly #checksums = new ChecksumBoard()
  readonly #departures: number[] = []
  #departuresTaken = false

  constructor(options: StarHostOptions) {
    const { hi, lo } = options.sessionId
    // Signed halves would never equal what comes back from the wire.
    if ((hi === 0 && lo === 0) || hi !== hi >>> 0 || lo !== lo >>> 0)
      throw new RangeError(`a session id is two u32, not both zero; not ${hi} and ${lo}`)
    this.#room = options.room
    this.#outbox = new HostOutbox(options)
    this.#inbox = new HostInbox(this.#outbox, this.#reader, {
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
    if (this.#over) this.#refuse(this.#peers.get(peer)!, CODE.notReady, `the room "${this.#room}" is closing`)
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
    return this.#outbox.take()
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
      this.#refuse(p, CODE.versionMismatch, `the room "${this.#room}" plays by other rules: ${difference}`)
      return
    }
    const slot = this.#slots.indexOf(null)
    if (slot < 0) {
      const { maxPlayers } = this.#terms!
      this.#refuse(p, CODE.bufferOverflow, `the room "${this.#room}" is full: ${maxPlayers} of ${maxPlayers} players`)
      return
    }
    p.enter(slot, v.name, v.profile, this.#terms!)
    this.#slots[slot] = p
    this.#rosterDirty = true
    this.#outbox.welcome(p, this.tickRate)
  }

  // A repeated HELLO means that WELCOME was lost, or that this machine has other rules now.
  #onHelloAgain(p: HostPeer, terms: Terms): void {
    if (p.state === 'syncing') this.#outbox.welcome(p, this.tickRate)
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
    if (v.endTick > 0 && p.playing && v.round === this.#named.round) {
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
    const other = this.#checksums.disagrees(tick, sum, p.slot)
    if (other === null) return
    this.stats.desyncs++
    const reason = `desync at tick ${tick}: the states of players ${other} and ${p.slot} differ; run synctest on the rules to find the field`
    for (const each of this.#present()) this.#dismiss(each, BYE.desync, reason, tick)
  }

  #onHeartbeat(p: HostPeer, stamp: number, rosterVersion: number): void {
    if (p.slot < 0) return
    if (rosterVersion !== this.#rosterVersion) this.#outbox.roster(p, this.#rosterVersion, this.#present())
    this.#outbox.heartbeat(p, stamp, this.#missing())
  }

  #onBye(p: HostPeer): void {
    this.#depart(p.peer)
    this.#remove(p)
  }

  // ---- rooms, rounds, ticks

  // Somebody comes into an empty room: its game decides, and a new match begins, apart from the one before.
  #open(terms: Terms): void {
    if (this.#terms !== null) {
      const { sessionId, epoch, seed } = this.#outbox.session
      this.#outbox.session = { sessionId, epoch: (epoch + 1) & 255, seed: (Math.imul(seed, 0x9e3779b1) + 1) >>> 0 }
    }
    this.#terms = terms
    this.#slots = Array.from({ length: terms.maxPlayers }, () => null)
    this.#closer = new TickCloser(this.#slots, terms)
    this.#outbox.closedTick = 0
    this.#named = NO_ROUND
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
    let carry = NO_BYTES
    if (first) {
      if (all.length < this.#terms!.minPlayers || !all.every(p => p.ready)) return
    } else {
      const { endTick } = playing[0]
      carry = playing[0].carry
      if (!playing.every(p => p.endTick > 0)) return
      if (!playing.every(p => p.endTick === endTick && equalBytes(p.carry, carry))) {
        const reason = `desync at tick ${endTick}: players disagree about how the round ended`
        for (const p of all) this.#dismiss(p, BYE.desync, reason, endTick)
        return
      }
    }
    const startTick = closer.closedTick + 1 + (first ? 0 : ROUND_LEAD_TICKS)
    for (const p of all) {
      p.endTick = 0
      if (!p.playing && p.ready) p.play(startTick)
    }
    const joins = all.filter(p => p.playing).map(p => p.slot)
    this.#named = { round: this.#named.round + 1, startTick, joins, carry }
    closer.restartAt(startTick, { round: this.#named.round, carry }, joins)
    this.#rosterDirty = true
    for (const p of all) if (p.playing) this.#sendReady(p)
  }

  #close(): void {
    if (this.#closer === null) return
    const closed = this.#closer.close()
    if (closed === 0) return
    this.stats.ticksClosed += closed
    this.#outbox.closedTick = this.#closer.closedTick
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
    this.#outbox.bye(p, code, reason, tick)
    p.gone = true
    this.#depart(p.peer)
  }

  #refuse(p: HostPeer, code: Code, reason: string): void {
    this.#outbox.refused(p, code, reason)
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
      const present = this.#present()
      for (const p of present) this.#outbox.roster(p, this.#rosterVersion, present)
    }
    const stalled = this.#slots.some(p => p !== null && p.missingCalls === RETRY_TICKS)
    for (const p of this.#slots) {
      if (p === null || p.gone) continue
      if (p.playing && !p.started && retry) this.#sendReady(p)
      if (p.playing && !p.ticksSent && p.applied < this.closedTick) this.#sendTick(p)
      p.ticksSent = false
      if (beat || stalled || p.wasStalled) this.#outbox.heartbeat(p, 0, this.#missing())
      p.wasStalled = stalled
    }
  }

  // Who left since the round was named does not play it.
  #sendReady(p: HostPeer): void {
    this.#outbox.ready(p, { ...this.#named, joins: this.#closer!.joinsOf(this.#named.startTick) })
  }

  // Everything above what this peer has applied. A reader that has applied nothing for a second is sent
  // one packet in thirty until it moves again: its line, or its page, is not draining.
  #sendTick(p: HostPeer): void {
    const closer = this.#closer!
    const from = Math.max(p.applied + 1, p.firstTick)
    if (from > closer.closedTick) return
    p.ticksSent = true
    if (p.lagCalls > this.tickRate && this.#calls % LIMITS.heartbeatTicks !== 0) this.stats.heldBack++
    else this.#outbox.ticks(p, closer.rows, from)
  }

  /** Slots that everyone waits for, for long enough to be told. */
  #missing(): number[] {
    return this.#present()
      .filter(p => p.missingCalls >= RETRY_TICKS)
      .map(p => p.slot)
  }
}

const NOBODY: readonly number[] = []
const NO_BYTES: Uint8Array = new Uint8Array(0)
const NO_ROUND: NamedRound = { round: 0, startTick: 0, joins: [], carry: NO_BYTES }

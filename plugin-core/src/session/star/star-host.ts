// The host of a star (`specs/domn.md`): bytes in, bytes out, one call a tick. It closes a tick when every playing slot's input is
// there, or (authoritative) one tick a call, whoever is late; names joins, leaves and restarts at their tick; and runs no rules.
// It knows no socket, no clock and no timer: a page, a worker, a room server or a test carries its packets.

import { ByteReader } from '../../bytes/byte-reader.ts'
import type { FaultCode } from '../../event/event-fault.ts'
import type { ReusedList } from '../../bytes/reused-list.ts'
import { FAULTS_PER_WINDOW, FAULT_WINDOW_TICKS, LAST_TICK, LIMITS, RETRY_TICKS } from '../../wire/limits.ts'
import { BYE, MODE, type Hello, type LargeEvent, type Terms } from '../../wire/messages.ts'
import { CODE, type Packet } from '../../wire/packet.ts'
import { Goodbyes } from './goodbyes.ts'
import { HostInbox } from './host-inbox.ts'
import { HostMatch, type RoomParts } from './host-match.ts'
import type { Admission, EventRelayOf, StarHostOptions } from './host-options.ts'
import { HostOutbox } from './host-outbox.ts'
import { HostPeer, ticketKey } from './host-peer.ts'
import { infoOf, newStats, type HostPeerInfo, type HostStats } from './host-report.ts'
import type { HostedMatch } from './hosted-match.ts'
import type { Notice } from './referee.ts'
import { HostRoster } from './host-roster.ts'
import { termsDifference } from '../terms.ts'

/** A reader that applies nothing for so long is let go: its line takes bytes that nobody reads. */
const MAX_LAG_SECONDS = 10
/** Host calls between two READY for one who has not begun: everyone waits for it. */
const START_RETRY_TICKS = 4

export class StarHost {
  readonly stats: HostStats = newStats()
  readonly #options: StarHostOptions
  readonly #peers = new Map<number, HostPeer>()
  readonly #roster = new HostRoster()
  readonly #outbox: HostOutbox
  readonly #inbox: HostInbox
  readonly #goodbyes: Goodbyes
  readonly #parts: RoomParts
  /** Null: nobody has come yet. */
  #match: HostMatch | null = null
  #calls = 0
  /** Closed tick at the call before: it stands still while an input is missing. */
  #calledAtTick = 0
  #over = false

  /** Goes on hosting a match whose host is gone, once everyone who played it is back, or has had the time to be. */
  static resume(room: string, match: HostedMatch, localPeer?: number, events?: EventRelayOf): StarHost {
    const { sessionId, epoch, seed } = match
    const host = new StarHost({ room, sessionId, epoch, seed, localPeer, events })
    host.#open(match.terms)
    host.#match!.takeOver(match)
    return host
  }

  constructor(options: StarHostOptions) {
    const { hi, lo } = options.sessionId
    // Signed halves would never equal what comes back from the wire.
    if ((hi === 0 && lo === 0) || hi !== hi >>> 0 || lo !== lo >>> 0)
      throw new RangeError(`a session id is two u32, not both zero; not ${hi} and ${lo}`)
    this.#options = options
    this.#outbox = new HostOutbox(options)
    this.#goodbyes = new Goodbyes(this.#outbox)
    this.#parts = {
      roster: this.#roster,
      outbox: this.#outbox,
      goodbyes: this.#goodbyes,
      stats: this.stats,
      snapshotRoom: options.snapshotRoom ?? (() => true),
    }
    this.#inbox = new HostInbox(this.#outbox, new ByteReader(), {
      hello: (p, v) => this.#onHello(p, v),
      ready: (p, v) => this.#match?.ready(p, v),
      input: (p, bytes, slice) => this.#match?.input(p, bytes, slice),
      tick: (p, bytes, slice) => expect(p, this.#match?.adopt(p, bytes, slice)),
      hash: (p, tick, sum) => this.#match?.checksum(p, tick, sum),
      heartbeat: (p, stamp, version) => this.#onHeartbeat(p, stamp, version),
      snapshotRequest: (p, tick) => this.#match?.snapshotRequest(p, tick),
      snapshotHeader: (p, v) => expect(p, this.#match?.snapshots.header(p, v)),
      snapshotChunk: (p, tick, index, bytes) => expect(p, this.#match?.snapshots.chunk(p, tick, index, bytes)),
      snapshotAck: (p, tick, next, mask) => expect(p, this.#match?.snapshotAck(p, tick, next, mask) ?? true),
      event: (p, v) => this.#onEvent(p, v),
      bye: p => this.#onBye(p),
      otherVersion: p =>
        this.#goodbyes.refuse(
          p,
          CODE.versionMismatch,
          'this host speaks another version of the protocol: update Lockstride on both sides',
        ),
    })
  }

  // ---- what it shows

  get peerCount(): number {
    return this.#peers.size
  }

  get closedTick(): number {
    return this.#match?.closedTick ?? 0
  }

  /** Host calls a second: the game's, once somebody has said which; until then 60. */
  get tickRate(): number {
    return this.#match?.terms.tickRate ?? 60
  }

  /** Who is here: players by slot, then spectators (slot -1). */
  peers(): HostPeerInfo[] {
    return [...this.#roster.players(), ...this.#spectators()].map(infoOf)
  }

  /** Who was caught at what in this match, also of those who are gone. In authoritative mode only. */
  get notices(): readonly Readonly<Notice>[] {
    return this.#match?.offences.notices ?? []
  }

  /** Faults of events that this host has not relayed, by code; null: it does not know the game, or the game declares nothing. */
  get eventFaults(): Readonly<Record<FaultCode, number>> | null {
    return this.#match?.relay?.faults.counts ?? null
  }

  /** Bytes of the state that is handed on here; 0 as soon as nobody needs one. */
  get snapshotBytes(): number {
    return this.#match?.snapshots.bytes ?? 0
  }

  // ---- what its owner says

  /** From the next tick on this slot may do more; the same on every machine. False: nobody plays there. */
  grant(slot: number, capabilities: readonly string[]): boolean {
    return this.#match?.tellRights(slot, 'net/grant', capabilities) ?? false
  }

  /** From the next tick on this slot may do less, until it is granted anew or somebody else has it. False: nobody plays there. */
  revoke(slot: number, capabilities: readonly string[]): boolean {
    return this.#match?.tellRights(slot, 'net/revoke', capabilities) ?? false
  }

  /** Says goodbye to everyone: the room ends. */
  end(reason: string): void {
    this.#over = true
    this.#match?.snapshots.clear()
    for (const p of this.#peers.values()) this.#goodbyes.dismiss(p, BYE.hostGone, reason, 0)
  }

  // ---- what the transport says

  joined(peer: number): void {
    const p = new HostPeer(peer)
    p.hosts = peer === (this.#options.localPeer ?? 0)
    this.#peers.set(peer, p)
    if (this.#over) this.#goodbyes.refuse(p, CODE.notReady, `the room "${this.#options.room}" is closing`)
  }

  /** A closed connection is dropped at once. */
  left(peer: number): void {
    const p = this.#peers.get(peer)
    if (p !== undefined) this.#remove(p)
  }

  /** One packet. Malformed ones are counted at the peer and dropped whole; nothing here throws. */
  receive(peer: number, bytes: Uint8Array): void {
    const p = this.#peers.get(peer)
    if (p === undefined || p.gone) return
    this.#inbox.receive(p, bytes)
    if (this.#match?.isAuthoritative === true) this.#match.judge(p)
    else this.#close()
  }

  /** Packets to send; valid until the next call into the host. */
  takePackets(): ReusedList<Packet> {
    return this.#outbox.take()
  }

  /** Peers whose connection is to be closed once the packets are out. */
  takeDepartures(): readonly number[] {
    return this.#goodbyes.take()
  }

  // ---- the tick

  /** One host call, at the game's tick rate. */
  tick(): void {
    this.#calls++
    this.#letGo()
    const match = this.#match
    if (match?.waited() === true) this.#close()
    match?.startRound()
    if (match?.isAuthoritative === true) {
      if (match.closeOnTime()) this.#sendTicks(match)
      match.judgeVetoed()
    } else this.#close()
    this.#handOnStates()
    this.#sendDue()
    if (this.closedTick >= LAST_TICK && !this.#over) this.end('the match has reached its last tick')
  }

  // Who talks nonsense, is silent, or takes nothing in, for longer than is put up with.
  #letGo(): void {
    const match = this.#match
    const stuck = this.closedTick === this.#calledAtTick
    this.#calledAtTick = this.closedTick
    const judge = this.#calls % FAULT_WINDOW_TICKS === 0
    for (const p of this.#peers.values()) {
      if (p.gone) continue
      if (judge) p.inputsHeard = 0
      if (judge && p.takeRecentFaults() > FAULTS_PER_WINDOW) {
        this.#goodbyes.dismiss(p, BYE.protocol, 'this peer sent too many packets that make no sense', 0)
        this.#remove(p)
        continue
      }
      p.called(stuck && p.playing && match!.closer.wants(p), match?.feed.newestFor(p) ?? 0)
      // Who only waits stalls nobody, and says little: the game's own, shorter patience is for those who play.
      const limit = p.playing ? match!.terms.dropAfterTicks : LIMITS.timeoutTicks
      // Lag is of those who speak: silence has its own limit.
      const lags = p.lagCalls >= MAX_LAG_SECONDS * this.tickRate && p.silentCalls === 0
      if (p.silentCalls >= limit || p.missingCalls >= limit || lags) this.#drop(p)
    }
  }

  #close(): void {
    if (this.#match?.close() === true) this.#sendTicks(this.#match)
  }

  #sendTicks(match: HostMatch): void {
    for (const p of this.#peers.values()) if ((p.playing || p.following) && !p.gone) this.#sendTick(p, match)
  }

  #sendTick(p: HostPeer, match: HostMatch): void {
    if (!match.feed.send(p, this.#calls, this.tickRate)) this.#drop(p)
  }

  #handOnStates(): void {
    for (const { peer, isSlow, reason } of this.#match?.handOnStates() ?? []) {
      if (isSlow) this.#goodbyes.dismiss(peer, BYE.timeout, reason, 0)
      else this.#goodbyes.refuse(peer, CODE.notReady, reason)
      this.#remove(peer)
    }
  }

  #sendDue(): void {
    const beat = this.#calls % LIMITS.heartbeatTicks === 0
    if (beat) this.#roster.expire(this.#calls)
    const entered = [...this.#peers.values()].filter(p => p.entered && !p.gone)
    if (this.#roster.renew()) for (const p of entered) this.#tellRoster(p)
    const match = this.#match
    if (match === null) return
    const stalled = this.#roster.slots.some(p => p !== null && p.missingCalls === RETRY_TICKS)
    for (const p of entered) {
      if (p.playing && !p.started && this.#calls % START_RETRY_TICKS === 0) match.sendReady(p)
      if ((p.playing || p.following) && !p.ticksSent && p.applied < match.feed.newestFor(p)) this.#sendTick(p, match)
      p.ticksSent = false
      if (beat || stalled || p.wasStalled) this.#outbox.heartbeat(p, 0, this.#roster.missing())
      if (beat && p.playing && p.started && match.isAuthoritative) this.#outbox.timing(p)
      p.wasStalled = stalled
    }
  }

  #tellRoster(p: HostPeer): void {
    this.#outbox.roster(p, this.#roster.version, this.#roster.players())
  }

  // ---- coming in

  #onHello(p: HostPeer, v: Hello): void {
    if (this.#over) return
    const match = this.#match
    if (p.entered) {
      // Said again, it means that WELCOME was lost, or that this machine has other rules now.
      if (p.state === 'syncing' || (p.playing && !p.spoken)) this.#outbox.welcome(p, this.tickRate, p.part)
      match!.propose(p, v.terms)
      return
    }
    const refusal =
      (match === null || this.#begins(match, v) ? this.#open(v.terms) : null) ??
      termsDifference(this.#match!.terms, v.terms)
    if (refusal !== null) {
      const reason = `the room "${this.#options.room}" plays by other rules: ${refusal}`
      this.#goodbyes.refuse(p, CODE.versionMismatch, reason)
    } else if (v.spectator) {
      p.enter(-1, v, this.#match!.terms)
      this.#match!.welcome(p, v)
      this.#tellRoster(p)
    } else this.#admit(p, v, this.#match!)
  }

  #admit(p: HostPeer, v: Hello, match: HostMatch): void {
    const { room, admit } = this.#options
    const { maxPlayers } = match.terms
    const { name, profile, ticket } = v
    const key = ticketKey(ticket)
    const admission = admit?.({ name, profile, ticket, returns: this.#roster.knows(key) }) ?? NO_ADMISSION
    if (typeof admission === 'string') {
      this.#goodbyes.refuse(p, CODE.generic, admission)
      return
    }
    // Its line broke, and it is back before anyone noticed: what the old connection still had to say is forgotten.
    const old = this.#roster.holderOf(key)
    if (old !== null) {
      this.#goodbyes.dismiss(old, BYE.replaced, 'the same player came again by another connection', 0)
      this.#remove(old)
    }
    const slot = match.slotFor(ticket)
    if (slot < 0) {
      const reason = `the room "${room}" is full: ${maxPlayers} of ${maxPlayers} players`
      this.#goodbyes.refuse(p, CODE.bufferOverflow, reason)
      return
    }
    p.enter(slot, v, match.terms)
    p.grants = admission.grants
    p.revoked = admission.revoked ?? []
    this.#roster.put(p)
    match.welcome(p, v)
  }

  // Who comes into an empty room decides what is played there. Spectators go on watching where that is the same as before: then a
  // round of the match that they know begins. Else there is nothing for them to see any more.
  #begins(match: HostMatch, { spectator, terms }: Hello): boolean {
    if (match.isAwaited || this.#roster.players().length > 0) return false
    return this.#spectators().length === 0 || (!spectator && termsDifference(match.terms, terms) !== null)
  }

  // Its game decides, and a new match begins, apart from the one before. Answers why it may not be, if so.
  #open(terms: Terms): string | null {
    const { events, referee: refereeOf } = this.#options
    if (this.#match !== null) {
      const { sessionId, epoch, seed } = this.#outbox.session
      this.#outbox.session = { sessionId, epoch: (epoch + 1) & 255, seed: (Math.imul(seed, 0x9e3779b1) + 1) >>> 0 }
      for (const p of this.#spectators()) {
        this.#goodbyes.dismiss(p, BYE.hostGone, 'another game, or another version of it, is played in this room now', 0)
        this.#remove(p)
      }
    }
    this.#match = null
    this.#roster.clear(0)
    this.#outbox.closedTick = 0
    const relay = events?.(terms) ?? null
    const rules = terms.mode === MODE.authoritative ? (refereeOf?.(terms, this.#outbox.session.seed) ?? null) : null
    if (typeof rules === 'string') return rules
    this.#roster.clear(terms.maxPlayers)
    this.#match = new HostMatch(terms, relay, rules, this.#parts)
    return null
  }

  // ---- while it is here

  #onEvent(p: HostPeer, v: LargeEvent): void {
    const sound = p.playing && v.bytes.length > 0
    expect(p, sound)
    if (sound) this.#match!.event(p, v)
  }

  #onHeartbeat(p: HostPeer, stamp: number, version: number): void {
    if (!p.entered) return
    if (version !== this.#roster.version) this.#tellRoster(p)
    this.#outbox.heartbeat(p, stamp, this.#roster.missing())
  }

  #spectators(): HostPeer[] {
    return [...this.#peers.values()].filter(p => p.spectator && !p.gone)
  }

  // ---- going

  #onBye(p: HostPeer): void {
    // Whoever says goodbye does not come back for its slot.
    p.ticket = ''
    this.#goodbyes.depart(p.peer)
    this.#remove(p)
  }

  #drop(p: HostPeer): void {
    this.stats.dropped++
    this.#goodbyes.dismiss(p, BYE.timeout, 'nothing was heard of this player for too long', 0)
    this.#remove(p)
  }

  #remove(p: HostPeer): void {
    const match = this.#match
    this.#peers.delete(p.peer)
    match?.snapshots.remove(p)
    match?.offences.forget(p)
    this.stats.faults += p.faultCount
    p.gone = true
    if (p.slot < 0) return
    if (p.playing) match!.closer.leaveNext(p)
    this.#roster.leave(p, this.#calls)
    this.#close()
  }
}

function expect(p: HostPeer, sound = false): void {
  if (!sound) p.faults.unexpected++
}

const NO_ADMISSION: Admission = { grants: [] }

// The host of a star (`specs/domn.md`): bytes in, bytes out, one call a tick. It closes a tick when every playing slot's input is
// there, or (authoritative) one tick a call, whoever is late; names joins, leaves and restarts at their tick; and runs no rules.
// It knows no socket, no clock and no timer: a page, a worker, a room server or a test carries its packets.

import { ByteReader } from '../../bytes/byte-reader.ts'
import { equalBytes } from '../../bytes/equal.ts'
import type { EventRelay } from '../../event/event-relay.ts'
import type { FaultCode } from '../../event/event-fault.ts'
import type { ReusedList } from '../../bytes/reused-list.ts'
import {
  FAULTS_PER_WINDOW,
  FAULT_WINDOW_TICKS,
  LAST_TICK,
  LIMITS,
  RESERVED_CALLS,
  RETRY_TICKS,
  ROUND_LEAD_TICKS,
} from '../../wire/limits.ts'
import { BYE, MODE, PART, type Hello, type LargeEvent, type ReadyUp, type Terms } from '../../wire/messages.ts'
import { CODE, type Code, type MessageSlice, type Packet } from '../../wire/packet.ts'
import { TickMessage } from '../../wire/tick-message.ts'
import { ChecksumBoard } from '../checksum-board.ts'
import type { Snapshot } from '../transfer/snapshot-offer.ts'
import { Comeback } from './comeback.ts'
import { HostInbox } from './host-inbox.ts'
import { HostOutbox, type HostSession, type NamedRound } from './host-outbox.ts'
import { HostPeer, ticketHash, ticketKey } from './host-peer.ts'
import { HostSnapshots, type SnapshotRoom } from './host-snapshots.ts'
import type { HostedMatch } from './hosted-match.ts'
import { Offences } from './offences.ts'
import type { Notice, Offence, Referee, RefereeOf } from './referee.ts'
import { termsDifference } from '../terms.ts'
import { TickCloser } from './tick-closer.ts'

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

export interface HostStats {
  ticksClosed: number
  /** Malformed, wrong or unexpected packets of peers that are gone; those of present peers are at the peer. */
  faults: number
  /** Times that a slow reader's packets were held back. */
  heldBack: number
  dropped: number
  desyncs: number
  /** States that were handed to somebody: to joiners, spectators and those who had gone astray. */
  snapshots: number
  /** In authoritative mode: inputs that came after their tick was closed, and those that the rules forbade. */
  lateInputs: number
  vetoedInputs: number
  /** Events of players who emitted more than ticks carry. */
  eventsDropped: number
}

/** What the outside may see of a peer. */
export interface HostPeerInfo {
  readonly peer: number
  readonly slot: number
  readonly name: string
  readonly playing: boolean
  readonly faults: number
  /** In authoritative mode: inputs that came too late, and those that the rules forbade. */
  readonly late: number
  readonly vetoed: number
  /** Cheated, as far as the host can tell: `notices` says how. */
  readonly caught: boolean
}

/** A reader that applies nothing for so long is let go: its line takes bytes that nobody reads. */
const MAX_LAG_SECONDS = 10

export class StarHost {
  readonly stats: HostStats = {
    ticksClosed: 0,
    faults: 0,
    heldBack: 0,
    dropped: 0,
    desyncs: 0,
    snapshots: 0,
    lateInputs: 0,
    vetoedInputs: 0,
    eventsDropped: 0,
  }
  readonly #room: string
  readonly #localPeer: number
  /** Of a match that another host ran. */
  #comeback: Comeback | null = null
  readonly #refereeOf: RefereeOf | null
  readonly #relayOf: EventRelayOf | null
  readonly #admission: NonNullable<StarHostOptions['admit']> | null
  #relay: EventRelay | null = null
  #referee: Referee | null = null
  readonly #ownState = (): Snapshot | null => this.#referee!.state()
  /** Calls that an authoritative host still waits for the first inputs of a match. */
  #holdCalls = 0
  readonly #offences = new Offences()
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
  readonly #snapshots: HostSnapshots
  /** Slots of players whose line broke, by ticket, until a host call. */
  readonly #reserved = new Map<string, { slot: number; until: number }>()
  readonly #departures: number[] = []
  #departuresTaken = false

  /** Goes on hosting a match whose host is gone, once everyone who played it is back, or has had the time to be. */
  static resume(room: string, match: HostedMatch, localPeer?: number, events?: EventRelayOf): StarHost {
    const { sessionId, epoch, seed } = match
    const host = new StarHost({ room, sessionId, epoch, seed, localPeer, events })
    host.#takeOver(match)
    return host
  }

  constructor(options: StarHostOptions) {
    const { hi, lo } = options.sessionId
    // Signed halves would never equal what comes back from the wire.
    if ((hi === 0 && lo === 0) || hi !== hi >>> 0 || lo !== lo >>> 0)
      throw new RangeError(`a session id is two u32, not both zero; not ${hi} and ${lo}`)
    this.#room = options.room
    this.#localPeer = options.localPeer ?? 0
    this.#refereeOf = options.referee ?? null
    this.#relayOf = options.events ?? null
    this.#admission = options.admit ?? null
    this.#outbox = new HostOutbox(options)
    this.#snapshots = new HostSnapshots(this.#outbox, options.snapshotRoom ?? (() => true))
    this.#inbox = new HostInbox(this.#outbox, this.#reader, {
      hello: (peer, v) => this.#onHello(peer, v),
      ready: (peer, v) => this.#onReady(peer, v),
      input: (peer, bytes, slice) => this.#onInput(peer, bytes, slice),
      tick: (peer, bytes, slice) => this.#onClosedTicks(peer, bytes, slice),
      hash: (peer, tick, sum) => this.#onHash(peer, tick, sum),
      heartbeat: (peer, stamp, rosterVersion) => this.#onHeartbeat(peer, stamp, rosterVersion),
      snapshotRequest: (peer, tick) => this.#onSnapshotRequest(peer, tick),
      snapshotHeader: (peer, v) => this.#expect(peer, this.#snapshots.header(peer, v)),
      snapshotChunk: (peer, tick, index, bytes) => this.#expect(peer, this.#snapshots.chunk(peer, tick, index, bytes)),
      snapshotAck: (peer, tick, next, mask) => this.#onSnapshotAck(peer, tick, next, mask),
      event: (peer, v) => this.#onEvent(peer, v),
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

  /** Who is here: players by slot, then spectators (slot -1). */
  peers(): HostPeerInfo[] {
    return [...this.#present(), ...this.#spectators()].map(p => ({
      peer: p.peer,
      slot: p.slot,
      name: p.name,
      playing: p.playing,
      faults: p.faultCount,
      late: p.late,
      vetoed: p.vetoed,
      caught: p.caught,
    }))
  }

  /** Who was caught at what in this match, also of those who are gone. In authoritative mode only. */
  get notices(): readonly Readonly<Notice>[] {
    return this.#offences.notices
  }

  /** Faults of events that this host has not relayed, by code; null: it does not know the game, or the game declares nothing. */
  get eventFaults(): Readonly<Record<FaultCode, number>> | null {
    return this.#relay?.faults.counts ?? null
  }

  /** From the next tick on this slot may do more; the same on every machine. False: nobody plays there. */
  grant(slot: number, capabilities: readonly string[]): boolean {
    return this.#tellRights(slot, 'net/grant', capabilities)
  }

  /** From the next tick on this slot may do less, until it is granted anew or somebody else has it. False: nobody plays there. */
  revoke(slot: number, capabilities: readonly string[]): boolean {
    return this.#tellRights(slot, 'net/revoke', capabilities)
  }

  #tellRights(slot: number, kind: 'net/grant' | 'net/revoke', caps: readonly string[]): boolean {
    const p = this.#slots[slot] ?? null
    if (p === null || !p.playing) return false
    this.#closer!.sayRights(slot, kind, caps)
    return true
  }

  /** Bytes of the state that is handed on here; 0 as soon as nobody needs one. */
  get snapshotBytes(): number {
    return this.#snapshots.bytes
  }

  get #authoritative(): boolean {
    return this.#terms?.mode === MODE.authoritative
  }

  // ---- what the transport says

  joined(peer: number): void {
    const p = new HostPeer(peer)
    p.hosts = peer === this.#localPeer
    this.#peers.set(peer, p)
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
    if (this.#authoritative) this.#judge(p)
    else this.#close()
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
      if (judge) p.inputsHeard = 0
      if (judge && p.takeRecentFaults() > FAULTS_PER_WINDOW) {
        this.#dismiss(p, BYE.protocol, 'this peer sent too many packets that make no sense', 0)
        this.#remove(p)
        continue
      }
      p.silentCalls = p.heard ? 0 : p.silentCalls + 1
      p.heard = false
      if (stuck && this.#waitsFor(p)) p.missingCalls++
      else p.missingCalls = 0
      if (p.playing || p.following) p.lagCalls = p.applied < this.#newestFor(p) ? p.lagCalls + 1 : 0
      // Who only waits stalls nobody, and says little: the game's own, shorter patience is for those who play.
      const limit = p.playing ? this.#terms!.dropAfterTicks : LIMITS.timeoutTicks
      const letGo = MAX_LAG_SECONDS * this.tickRate
      // Lag is of those who speak: silence has its own limit.
      const lags = p.lagCalls >= letGo && p.silentCalls === 0
      if (p.silentCalls >= limit || p.missingCalls >= limit || lags) this.#drop(p)
    }
    if (this.#comeback !== null && this.#comeback.waited()) this.#endComeback()
    this.#startRound()
    if (this.#authoritative) this.#closeOnTime()
    else this.#close()
    this.#handOnStates()
    this.#sendDue()
    if (this.closedTick >= LAST_TICK && !this.#over) this.end('the match has reached its last tick')
  }

  /** Says goodbye to everyone: the room ends. */
  end(reason: string): void {
    this.#over = true
    this.#snapshots.clear()
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
    if (p.entered) {
      this.#onHelloAgain(p, v.terms)
      return
    }
    const { terms } = v
    if (this.#terms === null || this.#begins(v)) {
      const refusal = this.#open(terms)
      if (refusal !== null) {
        this.#refuse(p, CODE.versionMismatch, `the room "${this.#room}" plays by other rules: ${refusal}`)
        return
      }
    }
    const difference = termsDifference(this.#terms!, terms)
    if (difference !== null) {
      this.#refuse(p, CODE.versionMismatch, `the room "${this.#room}" plays by other rules: ${difference}`)
      return
    }
    if (v.spectator) {
      p.enter(-1, v, this.#terms!)
      this.#welcome(p, v)
      this.#outbox.roster(p, this.#rosterVersion, this.#present())
      return
    }
    const admission = this.#admission === null ? NO_ADMISSION : this.#admission(this.#joining(v))
    if (typeof admission === 'string') {
      this.#refuse(p, CODE.generic, admission)
      return
    }
    this.#replace(v.ticket)
    const slot = this.#slotFor(v.ticket)
    if (slot < 0) {
      const { maxPlayers } = this.#terms!
      this.#refuse(p, CODE.bufferOverflow, `the room "${this.#room}" is full: ${maxPlayers} of ${maxPlayers} players`)
      return
    }
    p.enter(slot, v, this.#terms!)
    p.grants = admission.grants
    p.revoked = admission.revoked ?? []
    this.#slots[slot] = p
    this.#rosterDirty = true
    this.#welcome(p, v)
  }

  // Who comes into an empty room decides what is played there. Spectators go on watching where that is the same as before: then a
  // round of the match that they know begins. Else there is nothing for them to see any more.
  #begins({ spectator, terms }: Hello): boolean {
    if (this.#comeback !== null || this.#present().length > 0) return false
    return this.#spectators().length === 0 || (!spectator && termsDifference(this.#terms!, terms) !== null)
  }

  #joining({ name, profile, ticket }: Hello): JoiningPlayer {
    const key = ticketKey(ticket)
    const returns = key !== '' && (this.#reserved.has(key) || this.#present().some(each => each.ticket === key))
    return { name, profile, ticket, returns }
  }

  // With the state that it has it may go on at once: it plays on under this host, or hears what it missed.
  #welcome(p: HostPeer, v: Hello): void {
    const { sessionId, seed } = this.#outbox.session
    const same = v.sessionId.hi === sessionId.hi && v.sessionId.lo === sessionId.lo && v.seed === seed
    const known = same && v.applied > 0 && (v.applied >= this.closedTick || this.#closer!.rows.has(v.applied + 1))
    if (this.#comeback?.arrives(p.slot, p.key)?.playing === true) {
      if (known) {
        p.playOn(this.closedTick, v.applied)
        this.#comeback.knows(v.applied)
      } else this.#closer!.leaveSlot(p.slot)
    }
    if (known && !p.playing && v.applied <= this.closedTick) p.follow(v.applied)
    p.part = p.playing ? PART.plays : p.following ? PART.follows : PART.waits
    this.#outbox.welcome(p, this.tickRate, p.part)
  }

  // ---- a match that another host ran

  #takeOver(match: HostedMatch): void {
    const { terms, closedTick, rows, round, gone } = match
    this.#open(terms)
    const closer = this.#closer!
    let from = closedTick
    while (rows.has(from - 1)) from--
    for (let tick = from; tick <= closedTick; tick++)
      closer.adopt(tick, rows.row(tick), rows.control(tick), rows.events(tick))
    this.#outbox.closedTick = closedTick
    this.#named = { ...NO_ROUND, round }
    for (const slot of gone) closer.leaveSlot(slot)
    this.#comeback = new Comeback(match)
  }

  // Ticks that the old host had closed for this one, and for nobody else here.
  #onClosedTicks(p: HostPeer, bytes: Uint8Array, slice: MessageSlice): void {
    // A stranger may say this, too, in a room to which nobody has come yet.
    if (!p.playing || this.#comeback === null) {
      this.#expect(p, false)
      return
    }
    const { limits, maxPlayers, inputBytes } = this.#terms!
    const m = new TickMessage(2 * limits.inputBufferTicks, maxPlayers, inputBytes)
    const sound = m.read(this.#reader, bytes, slice.start, slice.end)
    this.#expect(p, sound)
    if (!sound) return
    const closer = this.#closer!
    for (let i = 0; i < m.count; i++) {
      if (m.firstTick + i !== closer.closedTick + 1) continue
      // It said that before this, and says both again.
      if (!m.fill(i, p.held)) break
      closer.adopt(closer.closedTick + 1, m.row(i), m.control(i), m.events(i))
      const restart = m.control(i)?.restart ?? null
      if (restart !== null) this.#named = { ...NO_ROUND, round: restart.round }
    }
    this.#outbox.closedTick = closer.closedTick
    for (const each of this.#present()) if (each.playing) each.playedUpTo(closer.closedTick)
  }

  #endComeback(): void {
    for (const { slot, playing } of this.#comeback!.players) if (playing) this.#closer!.leaveSlot(slot)
    this.#comeback = null
    this.#close()
  }

  /** Until everyone is back, and what anyone has of closed ticks is here, no tick is closed. */
  #waitsForComeback(): boolean {
    if (this.#comeback === null) return false
    if (!this.#comeback.isOver(this.closedTick)) return true
    this.#comeback = null
    return false
  }

  // Its line broke, and it is back before anyone noticed: what the old connection still had to say is forgotten.
  #replace(ticket: Uint8Array): void {
    const key = ticketKey(ticket)
    const old = key === '' ? undefined : this.#present().find(each => each.ticket === key)
    if (old === undefined) return
    this.#dismiss(old, BYE.replaced, 'the same player came again by another connection', 0)
    this.#remove(old)
  }

  // The slot that is kept for this ticket; else the lowest that is kept for nobody; else the one whose player is away longest.
  #slotFor(ticket: Uint8Array): number {
    const key = ticketKey(ticket)
    const comes = this.#comeback?.slotOf(ticketHash(ticket)) ?? -1
    if (comes >= 0) return comes
    const own = this.#reserved.get(key)
    this.#reserved.delete(key)
    if (own !== undefined) return own.slot
    const kept = [...this.#reserved.values(), ...(this.#comeback?.players ?? [])].map(each => each.slot)
    const free = this.#slots.findIndex((p, slot) => p === null && !kept.includes(slot))
    if (free >= 0 || this.#reserved.size === 0) return free
    const [oldest, { slot }] = [...this.#reserved][0]
    this.#reserved.delete(oldest)
    return slot
  }

  // A repeated HELLO means that WELCOME was lost, or that this machine has other rules now.
  #onHelloAgain(p: HostPeer, terms: Terms): void {
    if (p.state === 'syncing' || (p.playing && !p.spoken)) this.#outbox.welcome(p, this.tickRate, p.part)
    if (terms.rulesHash === this.#terms!.rulesHash) return
    if (terms.schemaHash !== this.#terms!.schemaHash) return
    p.proposed = terms
    const all = this.#present()
    if (!all.every(each => each.proposed?.rulesHash === terms.rulesHash)) return
    this.#terms = terms
    // Rules that were replaced while they ran are not the referee's: from now on the majority stands for them.
    this.#referee = null
    for (const each of all) each.proposed = null
    this.#closer!.swapNext(terms.rulesHash)
  }

  #onReady(p: HostPeer, v: ReadyUp): void {
    if (p.slot < 0) return
    if (p.ready !== v.ready) {
      p.ready = v.ready
      this.#rosterDirty = true
    }
    // Where nobody is waited for, it may tell of the last round's end after this one was named.
    const stale = this.#authoritative && v.endTick < this.#named.startTick
    if (v.endTick > 0 && p.playing && v.round === this.#named.round && !stale) {
      p.endTick = v.endTick
      p.carry = v.carry
    }
  }

  #onInput(p: HostPeer, bytes: Uint8Array, slice: MessageSlice): void {
    if (this.#authoritative && ++p.inputsHeard > MOST_INPUTS) {
      p.faults.unexpected++
      this.#catchAt(p, 'flood')
      return
    }
    if (p.playing) p.takeInput(this.#reader, bytes, slice, this.closedTick)
    else if (p.following) {
      const tick = p.takeFollowing(this.#reader, bytes, slice, this.closedTick)
      if (tick > 0) this.#admit(p, tick, bytes, slice)
    }
  }

  // Its tick comes later, and names it: then nobody waits for it.
  #onEvent(p: HostPeer, v: LargeEvent): void {
    this.#expect(p, p.playing && v.bytes.length > 0)
    if (!p.playing || v.bytes.length === 0) return
    p.held.keep(v)
    this.#outbox.event(p, { tick: 0, hash: v.hash, bytes: NO_BYTES })
  }

  // It has the state, and its input of a tick that is not closed: it plays from that one on, and nobody has waited.
  #admit(p: HostPeer, tick: number, bytes: Uint8Array, slice: MessageSlice): void {
    const closer = this.#closer!
    // A round that is about to start names everyone who is ready itself.
    if (p.slot < 0 || closer.nextStart > closer.closedTick) return
    p.play(tick)
    closer.joinAt(tick, p.slot)
    this.#rosterDirty = true
    p.takeInput(this.#reader, bytes, slice, this.closedTick)
  }

  #onHash(p: HostPeer, tick: number, sum: number): void {
    if (!p.playing || p.resyncing || tick > this.closedTick) return
    // It had a state a moment ago: what it told before, and a machine that goes wrong again and again, is not served at every word.
    if (p.resyncedTick > 0 && tick < p.resyncedTick + this.tickRate) return
    if (this.#referee !== null) {
      const own = this.#referee.checksum(tick)
      if (own === null || own === sum) return
      this.stats.desyncs++
      this.#catchAt(p, 'state')
      this.#resync(p, tick)
      return
    }
    this.#checksums.say(tick, p.slot, sum)
    const playing = this.#present().filter(each => each.playing && !each.resyncing)
    const verdict = this.#checksums.judge(
      tick,
      playing.map(each => each.slot),
    )
    if (verdict === null) return
    this.stats.desyncs++
    if (verdict.astray !== null) {
      for (const each of playing) {
        if (!verdict.astray.includes(each.slot)) continue
        if (this.#authoritative) this.#catchAt(each, 'state')
        this.#resync(each, tick)
      }
      return
    }
    const [one, other] = verdict.differ
    const reason = `desync at tick ${tick}: the states of players ${one} and ${other} differ; run synctest on the rules to find the field`
    for (const each of this.#present()) this.#dismiss(each, BYE.desync, reason, tick)
  }

  // Most agree, and this one does not: it gets their state, and goes on from there.
  #resync(p: HostPeer, tick: number): void {
    p.resyncing = true
    this.#snapshots.add(p, tick)
  }

  // ---- states

  #onSnapshotRequest(p: HostPeer, tick: number): void {
    if (!p.entered || p.resyncing) return
    if (!p.playing) {
      if (!p.following) this.#snapshots.add(p)
    } else if (
      // A request of before it played is late, and nothing else.
      tick === p.firstTick &&
      p.resyncedTick < tick &&
      this.#present().some(each => each !== p && each.playing && !each.resyncing)
    )
      // It came with a round of a match that others have played for longer. Once: it is no way to get out of being compared.
      this.#resync(p, tick)
  }

  #onSnapshotAck(p: HostPeer, tick: number, next: number, mask: Uint8Array): void {
    const has = this.#snapshots.acked(p, tick, next, mask)
    this.#expect(p, has >= 0)
    if (has <= 0) return
    this.stats.snapshots++
    if (p.playing) {
      p.resyncing = false
      p.resyncedTick = this.closedTick
    } else p.follow(has)
  }

  #expect(p: HostPeer, sound: boolean): void {
    if (!sound) p.faults.unexpected++
  }

  #handOnStates(): void {
    const sources = this.#present().filter(p => p.playing && !p.resyncing)
    const sum = (tick: number, slot: number): number | null => this.#checksums.other(tick, slot)
    const own = this.#referee === null ? null : this.#ownState
    for (const { peer, isSlow, reason } of this.#snapshots.tick(this.closedTick, sources, sum, own)) {
      if (isSlow) this.#dismiss(peer, BYE.timeout, reason, 0)
      else this.#refuse(peer, CODE.notReady, reason)
      this.#remove(peer)
    }
  }

  #onHeartbeat(p: HostPeer, stamp: number, rosterVersion: number): void {
    if (!p.entered) return
    if (rosterVersion !== this.#rosterVersion) this.#outbox.roster(p, this.#rosterVersion, this.#present())
    this.#outbox.heartbeat(p, stamp, this.#missing())
  }

  #onBye(p: HostPeer): void {
    // Whoever says goodbye does not come back for its slot.
    p.ticket = ''
    this.#depart(p.peer)
    this.#remove(p)
  }

  // ---- rooms, rounds, ticks

  // Somebody comes into an empty room: its game decides, and a new match begins, apart from the one before.
  // Answers why it may not be, if so.
  #open(terms: Terms): string | null {
    if (this.#terms !== null) {
      const { sessionId, epoch, seed } = this.#outbox.session
      this.#outbox.session = { sessionId, epoch: (epoch + 1) & 255, seed: (Math.imul(seed, 0x9e3779b1) + 1) >>> 0 }
      for (const p of this.#spectators()) {
        this.#dismiss(p, BYE.hostGone, 'another game, or another version of it, is played in this room now', 0)
        this.#remove(p)
      }
    }
    this.#terms = terms
    this.#slots = Array.from({ length: terms.maxPlayers }, () => null)
    this.#relay = this.#relayOf?.(terms) ?? null
    this.#closer = new TickCloser(this.#slots, terms, this.#relay)
    this.#outbox.closedTick = 0
    this.#named = NO_ROUND
    this.#checksums.clear()
    this.#snapshots.clear()
    this.#reserved.clear()
    this.#offences.clear()
    this.#holdCalls = 0
    this.#referee = null
    if (terms.mode !== MODE.authoritative || this.#refereeOf === null) return null
    const referee = this.#refereeOf(terms, this.#outbox.session.seed)
    if (typeof referee !== 'string') {
      this.#referee = referee
      return null
    }
    this.#terms = null
    this.#closer = null
    this.#slots = []
    return referee
  }

  #spectators(): HostPeer[] {
    return [...this.#peers.values()].filter(p => p.spectator && !p.gone)
  }

  /** Newest tick that this peer may see. */
  #newestFor(p: HostPeer): number {
    return this.closedTick - p.delayTicks
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
    if (closer === null || closer.nextStart > closer.closedTick || this.#waitsForComeback()) return
    const all = this.#present()
    const playing = all.filter(p => p.playing)
    const first = playing.length === 0
    let carry = NO_BYTES
    if (first) {
      if (all.length < this.#terms!.minPlayers || !all.every(p => p.ready)) return
    } else {
      const end = this.#authoritative ? this.#decidedEnd(playing) : this.#agreedEnd(playing)
      if (end === null) return
      carry = end.carry
      for (const p of playing) if (p.endTick > 0 && !endedThere(p, end)) this.#catchAt(p, 'state')
    }
    const startTick = closer.closedTick + 1 + (first ? 0 : ROUND_LEAD_TICKS)
    for (const p of all) {
      p.endTick = 0
      if (!p.playing && p.ready) {
        // What it still had to hear of the round before is of no use now.
        this.#snapshots.remove(p)
        p.play(startTick)
      }
    }
    const joins = all.filter(p => p.playing).map(p => p.slot)
    this.#named = { round: this.#named.round + 1, startTick, joins, carry }
    closer.restartAt(startTick, { round: this.#named.round, carry }, joins)
    this.#rosterDirty = true
    if (first && this.#authoritative) this.#holdCalls = this.tickRate
    for (const p of all) if (p.playing) this.#sendReady(p)
  }

  // Null: not over for everyone yet, or nobody may play on.
  #agreedEnd(playing: readonly HostPeer[]): RoundEnd | null {
    const end = { tick: playing[0].endTick, carry: playing[0].carry }
    if (!playing.every(p => p.endTick > 0)) return null
    if (playing.every(p => endedThere(p, end))) return end
    const reason = `desync at tick ${end.tick}: players disagree about how the round ended`
    for (const p of this.#present()) this.#dismiss(p, BYE.desync, reason, end.tick)
    return null
  }

  // The referee's word, else that of more than half: nobody holds the others up, by silence or by a lie.
  #decidedEnd(playing: readonly HostPeer[]): RoundEnd | null {
    if (this.#referee !== null) return this.#referee.roundEnd()
    for (const { endTick, carry } of playing) {
      const end = { tick: endTick, carry }
      if (endTick > 0 && 2 * playing.filter(p => endedThere(p, end)).length > playing.length) return end
    }
    return playing.every(p => p.endTick > 0) ? this.#agreedEnd(playing) : null
  }

  // One tick a call. Only the first ones of a match wait a little, so that inputs can be there.
  #closeOnTime(): void {
    const closer = this.#closer
    if (closer === null || this.#waitsForComeback()) return
    if (this.#holdCalls > 0 && !closer.complete) {
      this.#holdCalls--
      return
    }
    this.#holdCalls = 0
    this.#tellClosedTicks(closer.closeOnTime(this.#referee))
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const p = this.#slots[slot]
      if (p !== null && p.vetoed > p.judged.vetoed) this.#judge(p)
    }
  }

  #judge(p: HostPeer): void {
    const { judged } = p
    this.stats.lateInputs += p.late - judged.late
    this.stats.vetoedInputs += p.vetoed - judged.vetoed
    if (this.#offences.judge(p, this.closedTick)) this.#rosterDirty = true
  }

  #catchAt(p: HostPeer, offence: Offence, times = 1): void {
    if (this.#offences.add(p, offence, this.closedTick, times)) this.#rosterDirty = true
  }

  #close(): void {
    if (this.#closer === null || this.#waitsForComeback() || this.#authoritative) return
    this.#tellClosedTicks(this.#closer.close())
  }

  #tellClosedTicks(closed: number): void {
    if (closed === 0) return
    this.stats.ticksClosed += closed
    this.stats.eventsDropped += this.#closer!.dropped
    this.#closer!.dropped = 0
    this.#outbox.closedTick = this.closedTick
    for (const p of this.#peers.values()) if ((p.playing || p.following) && !p.gone) this.#sendTick(p)
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
    this.#snapshots.remove(p)
    this.stats.faults += p.faultCount
    this.#offences.forget(p)
    p.gone = true
    if (p.slot < 0) return
    if (p.ticket !== '') this.#reserved.set(p.ticket, { slot: p.slot, until: this.#calls + RESERVED_CALLS })
    if (p.playing) this.#closer!.leaveNext(p)
    this.#slots[p.slot] = null
    this.#rosterDirty = true
    this.#close()
  }

  // ---- what goes out

  #sendDue(): void {
    const beat = this.#calls % LIMITS.heartbeatTicks === 0
    if (beat) for (const [ticket, { until }] of this.#reserved) if (until <= this.#calls) this.#reserved.delete(ticket)
    const entered = [...this.#peers.values()].filter(p => p.entered && !p.gone)
    if (this.#rosterDirty) {
      this.#rosterDirty = false
      this.#rosterVersion = (this.#rosterVersion + 1) & 0xffff
      const present = this.#present()
      for (const p of entered) this.#outbox.roster(p, this.#rosterVersion, present)
    }
    const stalled = this.#slots.some(p => p !== null && p.missingCalls === RETRY_TICKS)
    for (const p of entered) {
      if (p.playing && !p.started && this.#calls % START_RETRY_TICKS === 0) this.#sendReady(p)
      if ((p.playing || p.following) && !p.ticksSent && p.applied < this.#newestFor(p)) this.#sendTick(p)
      p.ticksSent = false
      if (beat || stalled || p.wasStalled) this.#outbox.heartbeat(p, 0, this.#missing())
      if (beat && p.playing && p.started && this.#authoritative) this.#outbox.timing(p)
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
    const from = p.applied + 1
    const to = this.#newestFor(p)
    if (from > to) return
    p.ticksSent = true
    if (!closer.rows.has(from)) {
      this.#drop(p)
      return
    }
    if (p.lagCalls > this.tickRate && this.#calls % LIMITS.heartbeatTicks !== 0) this.stats.heldBack++
    else {
      if (closer.large.length > 0) this.#outbox.largeEvents(p, closer.large, from, to, this.#calls)
      this.#sendTicks(p, from, to)
    }
  }

  // One who catches up gets several packets at once: it takes ticks faster than they are closed.
  #sendTicks(p: HostPeer, from: number, to: number): void {
    let next = from
    for (let packets = p.following ? CATCH_UP_PACKETS : 1; packets > 0 && next <= to; packets--) {
      const count = this.#outbox.ticks(p, this.#closer!.rows, next, to)
      if (count === 0) return
      next += count
    }
  }

  /** Slots that everyone waits for, for long enough to be told. */
  #missing(): number[] {
    return this.#present()
      .filter(p => p.missingCalls >= RETRY_TICKS)
      .map(p => p.slot)
  }
}

/** INPUTs of one player in a fault window that are read; it sends one a tick, and a line that stood still brings many at once. */
const MOST_INPUTS = 8 * FAULT_WINDOW_TICKS
/** Host calls between two READY for one who has not begun: everyone waits for it. */
const START_RETRY_TICKS = 4
/** Packets of closed ticks that one call sends to somebody who has missed many. */
const CATCH_UP_PACKETS = 4

interface RoundEnd {
  readonly tick: number
  readonly carry: Uint8Array
}

function endedThere(p: HostPeer, end: RoundEnd): boolean {
  return p.endTick === end.tick && equalBytes(p.carry, end.carry)
}

const NOBODY: readonly number[] = []
const NO_ADMISSION: Admission = { grants: [] }
const NO_BYTES: Uint8Array = new Uint8Array(0)
const NO_ROUND: NamedRound = { round: 0, startTick: 0, joins: [], carry: NO_BYTES }

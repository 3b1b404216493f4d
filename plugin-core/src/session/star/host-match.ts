// The match that a room plays: who plays what, which tick is closed with whose input, when a round begins, and whose state is not the
// others'. A room that was empty plays another one, and nothing of the one before is left.

import { ByteReader } from '../../bytes/byte-reader.ts'
import type { EventRelay } from '../../event/event-relay.ts'
import { FAULT_WINDOW_TICKS, ROUND_LEAD_TICKS } from '../../wire/limits.ts'
import { BYE, MODE, PART, type Hello, type LargeEvent, type ReadyUp, type Terms } from '../../wire/messages.ts'
import type { MessageSlice } from '../../wire/packet.ts'
import { TickMessage } from '../../wire/tick-message.ts'
import type { Snapshot } from '../transfer/snapshot-offer.ts'
import { Comeback } from './comeback.ts'
import type { Goodbyes } from './goodbyes.ts'
import type { HostOutbox } from './host-outbox.ts'
import { ticketHash, ticketKey, type HostPeer } from './host-peer.ts'
import type { HostStats } from './host-report.ts'
import { HostRounds, agreedEnd, decidedEnd, endedThere } from './host-rounds.ts'
import { HostSnapshots, type SnapshotRoom, type Unserved } from './host-snapshots.ts'
import { HostStates } from './host-states.ts'
import type { HostedMatch } from './hosted-match.ts'
import { Offences } from './offences.ts'
import type { Offence, Referee } from './referee.ts'
import type { HostRoster } from './host-roster.ts'
import { TickCloser } from './tick-closer.ts'
import { TickFeed } from './tick-feed.ts'

/** INPUTs of one player in a fault window that are read; it sends one a tick, and a line that stood still brings many at once. */
const MOST_INPUTS = 8 * FAULT_WINDOW_TICKS

/** What of a room goes on when another match is played in it. */
export interface RoomParts {
  readonly roster: HostRoster
  readonly outbox: HostOutbox
  readonly goodbyes: Goodbyes
  readonly stats: HostStats
  readonly snapshotRoom: SnapshotRoom
}

export class HostMatch {
  /** Rules may be swapped while they run. */
  terms: Terms
  readonly relay: EventRelay | null
  readonly closer: TickCloser
  readonly feed: TickFeed
  readonly snapshots: HostSnapshots
  readonly offences = new Offences()
  readonly #rounds = new HostRounds()
  readonly #states: HostStates
  readonly #roster: HostRoster
  readonly #outbox: HostOutbox
  readonly #goodbyes: Goodbyes
  readonly #stats: HostStats
  readonly #reader = new ByteReader()
  #referee: Referee | null
  /** Of one that another host ran, until everyone who played it is back. */
  #comeback: Comeback | null = null
  /** Calls that an authoritative host still waits for the first inputs of a match. */
  #holdCalls = 0
  readonly #ownState = (): Snapshot | null => this.#referee!.state()

  constructor(terms: Terms, relay: EventRelay | null, referee: Referee | null, room: RoomParts) {
    this.terms = terms
    this.relay = relay
    this.#referee = referee
    this.#roster = room.roster
    this.#outbox = room.outbox
    this.#goodbyes = room.goodbyes
    this.#stats = room.stats
    this.closer = new TickCloser(room.roster.slots, terms, relay)
    this.feed = new TickFeed(this.closer, room.outbox, room.stats)
    this.snapshots = new HostSnapshots(room.outbox, room.snapshotRoom)
    this.#states = new HostStates(room.roster, this.snapshots, room.stats)
  }

  get closedTick(): number {
    return this.closer.closedTick
  }

  get isAuthoritative(): boolean {
    return this.terms.mode === MODE.authoritative
  }

  /** Somebody who played it under another host may still come back. */
  get isAwaited(): boolean {
    return this.#comeback !== null
  }

  // ---- of a match that another host ran

  /** Goes on where that one was, once everyone who played it is back, or has had the time to be. */
  takeOver(match: HostedMatch): void {
    const { closer } = this
    const { closedTick, rows, round, gone } = match
    let from = closedTick
    while (rows.has(from - 1)) from--
    for (let tick = from; tick <= closedTick; tick++)
      closer.adopt(tick, rows.row(tick), rows.control(tick), rows.events(tick))
    this.#outbox.closedTick = closedTick
    this.#rounds.resume(round)
    for (const slot of gone) closer.leaveSlot(slot)
    this.#comeback = new Comeback(match)
  }

  /** TICK: what that one had closed for this peer, and for nobody else here. False: nothing that is of use. */
  adopt(p: HostPeer, bytes: Uint8Array, slice: MessageSlice): boolean {
    // A stranger may say this, too, in a room to which nobody has come yet.
    if (!p.playing || this.#comeback === null) return false
    const { limits, maxPlayers, inputBytes } = this.terms
    const m = new TickMessage(2 * limits.inputBufferTicks, maxPlayers, inputBytes)
    if (!m.read(this.#reader, bytes, slice.start, slice.end)) return false
    const { closer } = this
    for (let i = 0; i < m.count; i++) {
      if (m.firstTick + i !== closer.closedTick + 1) continue
      // It said that before this, and says both again.
      if (!m.fill(i, p.held)) break
      closer.adopt(closer.closedTick + 1, m.row(i), m.control(i), m.events(i))
      const restart = m.control(i)?.restart ?? null
      if (restart !== null) this.#rounds.resume(restart.round)
    }
    this.#outbox.closedTick = closer.closedTick
    for (const each of this.#roster.players()) if (each.playing) each.playedUpTo(closer.closedTick)
    return true
  }

  /** The slot of whoever comes with this ticket; -1: all are taken. */
  slotFor(ticket: Uint8Array): number {
    const comes = this.#comeback?.slotOf(ticketHash(ticket)) ?? -1
    if (comes >= 0) return comes
    return this.#roster.slotFor(ticketKey(ticket), this.#comeback?.players.map(each => each.slot) ?? [])
  }

  /** It is in the room. With the state that it has it may go on at once: it plays on under this host, or hears what it missed. */
  welcome(p: HostPeer, { sessionId, seed, applied }: Hello): void {
    const { session } = this.#outbox
    const { closer, closedTick } = this
    const same = sessionId.hi === session.sessionId.hi && sessionId.lo === session.sessionId.lo && seed === session.seed
    const known = same && applied > 0 && (applied >= closedTick || closer.rows.has(applied + 1))
    if (this.#comeback?.arrives(p.slot, p.key)?.playing === true) {
      if (known) {
        p.playOn(closedTick, applied)
        this.#comeback.knows(applied)
      } else closer.leaveSlot(p.slot)
    }
    if (known && !p.playing && applied <= closedTick) p.follow(applied)
    p.part = p.playing ? PART.plays : p.following ? PART.follows : PART.waits
    this.#outbox.welcome(p, this.terms.tickRate, p.part)
  }

  // Until everyone is back, and what anyone has of closed ticks is here, no tick is closed.
  #waitsForComeback(): boolean {
    if (this.#comeback === null) return false
    if (!this.#comeback.isOver(this.closedTick)) return true
    this.#comeback = null
    return false
  }

  /** One host call. True: whoever is not back by now leaves. */
  waited(): boolean {
    if (this.#comeback?.waited() !== true) return false
    for (const { slot, playing } of this.#comeback.players) if (playing) this.closer.leaveSlot(slot)
    this.#comeback = null
    return true
  }

  // ---- what players say

  ready(p: HostPeer, v: ReadyUp): void {
    if (p.slot < 0) return
    if (p.ready !== v.ready) {
      p.ready = v.ready
      this.#roster.changed()
    }
    if (p.playing) this.#rounds.heard(p, v, this.isAuthoritative)
  }

  input(p: HostPeer, bytes: Uint8Array, slice: MessageSlice): void {
    if (this.isAuthoritative && ++p.inputsHeard > MOST_INPUTS) {
      p.faults.unexpected++
      this.#catchAt(p, 'flood')
      return
    }
    if (p.playing) p.takeInput(this.#reader, bytes, slice, this.closedTick)
    else if (p.following) {
      const tick = p.takeFollowing(this.#reader, bytes, slice, this.closedTick)
      if (tick > 0) this.#enter(p, tick, bytes, slice)
    }
  }

  // It has the state, and its input of a tick that is not closed: it plays from that one on, and nobody has waited.
  #enter(p: HostPeer, tick: number, bytes: Uint8Array, slice: MessageSlice): void {
    const { closer } = this
    // A round that is about to start names everyone who is ready itself.
    if (p.slot < 0 || closer.nextStart > closer.closedTick) return
    p.play(tick)
    closer.joinAt(tick, p.slot)
    this.#roster.changed()
    p.takeInput(this.#reader, bytes, slice, this.closedTick)
  }

  /** An event ahead of its tick, which names it: then nobody waits for it. */
  event(p: HostPeer, v: LargeEvent): void {
    p.held.keep(v)
    this.#outbox.event(p, { tick: 0, hash: v.hash, bytes: NO_BYTES })
  }

  /** Other rules with the same schema run from the next tick on, as soon as everyone here has proposed them. */
  propose(p: HostPeer, terms: Terms): void {
    if (terms.rulesHash === this.terms.rulesHash || terms.schemaHash !== this.terms.schemaHash) return
    p.proposed = terms
    const all = this.#roster.players()
    if (!all.every(each => each.proposed?.rulesHash === terms.rulesHash)) return
    this.terms = terms
    // Rules that were replaced while they ran are not the referee's: from now on the majority stands for them.
    this.#referee = null
    for (const each of all) each.proposed = null
    this.closer.swapNext(terms.rulesHash)
  }

  /** The host's own word on what a slot may, from the next tick on. False: nobody plays there. */
  tellRights(slot: number, kind: 'net/grant' | 'net/revoke', caps: readonly string[]): boolean {
    const p = this.#roster.slots[slot] ?? null
    if (p === null || !p.playing) return false
    this.closer.sayRights(slot, kind, caps)
    return true
  }

  // ---- states

  /** HASH. */
  checksum(p: HostPeer, tick: number, sum: number): void {
    if (!p.playing || p.resyncing || tick > this.closedTick) return
    // It had a state a moment ago: what it told before, and a machine that goes wrong again and again, is not served at every word.
    if (p.resyncedTick > 0 && tick < p.resyncedTick + this.terms.tickRate) return
    const astray = this.#states.compare(p, tick, sum, this.#referee)
    if (typeof astray === 'string') this.#endInDesync(astray, tick)
    else if (this.isAuthoritative) for (const each of astray) this.#catchAt(each, 'state')
  }

  #endInDesync(reason: string, tick: number): void {
    for (const p of this.#roster.players()) this.#goodbyes.dismiss(p, BYE.desync, reason, tick)
  }

  snapshotRequest(p: HostPeer, tick: number): void {
    this.#states.request(p, tick)
  }

  /** SNAPSHOT_ACK. False: it makes no sense. */
  snapshotAck(p: HostPeer, tick: number, next: number, mask: Uint8Array): boolean {
    return this.#states.acked(p, tick, next, mask, this.closedTick)
  }

  /** One host call: hands states on. Answers who gets none. */
  handOnStates(): readonly Unserved[] {
    return this.#states.handOn(this.closedTick, this.#referee === null ? null : this.#ownState)
  }

  // ---- rounds and ticks

  /** A round starts when everyone in the lobby is ready, and again whenever all who play say that theirs has ended. */
  startRound(): void {
    const { closer } = this
    if (closer.nextStart > closer.closedTick || this.#waitsForComeback()) return
    const all = this.#roster.players()
    const playing = all.filter(p => p.playing)
    const first = playing.length === 0
    let carry = NO_BYTES
    if (first) {
      if (all.length < this.terms.minPlayers || !all.every(p => p.ready)) return
    } else {
      const end = this.isAuthoritative ? decidedEnd(playing, this.#referee) : agreedEnd(playing)
      if (end === null) return
      if (end === 'disputed') {
        const { endTick } = playing[0]
        this.#endInDesync(`desync at tick ${endTick}: players disagree about how the round ended`, endTick)
        return
      }
      carry = end.carry
      for (const p of playing) if (p.endTick > 0 && !endedThere(p, end)) this.#catchAt(p, 'state')
    }
    const startTick = closer.closedTick + 1 + (first ? 0 : ROUND_LEAD_TICKS)
    for (const p of all) {
      p.endTick = 0
      if (!p.playing && p.ready) {
        // What it still had to hear of the round before is of no use now.
        this.snapshots.remove(p)
        p.play(startTick)
      }
    }
    const joins = all.filter(p => p.playing).map(p => p.slot)
    this.#rounds.name(startTick, joins, carry)
    closer.restartAt(startTick, { round: this.#rounds.named.round, carry }, joins)
    this.#roster.changed()
    if (first && this.isAuthoritative) this.#holdCalls = this.terms.tickRate
    for (const p of all) if (p.playing) this.sendReady(p)
  }

  /** READY: names the round that this peer plays. Who left since it was named does not play it. */
  sendReady(p: HostPeer): void {
    const { named } = this.#rounds
    this.#outbox.ready(p, { ...named, joins: this.closer.joinsOf(named.startTick) })
  }

  /** Closes what can be closed, where everyone is waited for. Answers whether that was anything. */
  close(): boolean {
    return !this.#waitsForComeback() && !this.isAuthoritative && this.#closed(this.closer.close())
  }

  /** Closes one tick, whoever is late. Only the first ones of a match wait a little, so that inputs can be there. */
  closeOnTime(): boolean {
    if (this.#waitsForComeback()) return false
    if (this.#holdCalls > 0 && !this.closer.complete) {
      this.#holdCalls--
      return false
    }
    this.#holdCalls = 0
    return this.#closed(this.closer.closeOnTime(this.#referee))
  }

  #closed(ticks: number): boolean {
    if (ticks === 0) return false
    this.#stats.ticksClosed += ticks
    this.#stats.eventsDropped += this.closer.dropped
    this.closer.dropped = 0
    this.#outbox.closedTick = this.closedTick
    return true
  }

  /** Looks at what this peer's inputs have done since the last time. */
  judge(p: HostPeer): void {
    const { judged } = p
    this.#stats.lateInputs += p.late - judged.late
    this.#stats.vetoedInputs += p.vetoed - judged.vetoed
    if (this.offences.judge(p, this.closedTick)) this.#roster.changed()
  }

  judgeVetoed(): void {
    const { slots } = this.#roster
    for (let slot = 0; slot < slots.length; slot++) {
      const p = slots[slot]
      if (p !== null && p.vetoed > p.judged.vetoed) this.judge(p)
    }
  }

  #catchAt(p: HostPeer, offence: Offence): void {
    if (this.offences.add(p, offence, this.closedTick)) this.#roster.changed()
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0)

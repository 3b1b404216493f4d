// What a host knows of one peer: where it stands, its inputs that no tick has taken yet, and how
// long it has been silent.

import type { ByteReader } from '../../bytes/byte-reader.ts'
import { xxhash32Bytes } from '../../bytes/xxhash32.ts'
import { InputLockstep } from '../../channel/input-lockstep.ts'
import { InputMessage, type InputRing } from '../../wire/input-message.ts'
import { EVENT_QUEUE, LIMITS } from '../../wire/limits.ts'
import { MODE, NO_MARGIN, PART, type Hello, type Terms } from '../../wire/messages.ts'
import type { MessageSlice } from '../../wire/packet.ts'
import { nextState, type PeerState } from '../peer-state.ts'
import { HeldEvents } from './held-events.ts'

/** Ticks of which it is kept that they were closed without a peer's input: as many as it may lag behind. */
const MISSED_TICKS = LIMITS.replayBufferTicks
/** Inputs that are told apart as early or late before that says anything. */
const LEAST_MARGINS = 10
/** INPUTs that go on, each with a newer input, before somebody whose inputs all come late plays without them. */
const LATE_ENTRY_INPUTS = 20

/** Spectators stay behind by this much at most: the ticks that they have not seen must still be there. */
const MOST_DELAY_TICKS = 600

export class HostPeer {
  readonly peer: number
  state: PeerState = 'handshake'
  slot = -1
  name = ''
  profile = ''
  ready = false
  /** What WELCOME made of it. */
  part: number = PART.waits
  /** Something came of it in the short form: it has read WELCOME. */
  spoken = false
  /** It speaks minor version 0: the full form alone. */
  fullForm = false
  /** What it said who it is: whoever comes with the same ticket gets the same slot. */
  ticket = ''
  /** xxHash32 of it; 0 without one. */
  key = 0
  /** This host runs on its machine. */
  hosts = false
  spectator = false
  /** Capabilities beyond those that the game gives to everyone, and those that it has not, though everyone has; and whether the others know. */
  grants: readonly string[] = []
  revoked: readonly string[] = []
  granted = false
  /** Ticks that it stays behind the closed one. */
  delayTicks = 0
  /** Has a state, and gets every closed tick: a spectator, or somebody about to play. */
  following = false
  /** Its state is not the others': it gets theirs. */
  resyncing = false
  /** Was asked for its state once, at least. */
  snapshotAsked = false
  /** Chunks came of the state that it hands on. */
  snapshotAckDue = false
  /** Let go: nothing it still sends counts. */
  gone = false
  /** Rules that it proposed to swap to. */
  proposed: Terms | null = null
  /** Where its round ended, 0 when it has not; and what it hands on. */
  endTick = 0
  carry: Uint8Array = new Uint8Array(0)

  /** First tick that this peer plays. */
  firstTick = 0
  /** Newest tick that it has applied, as its newest INPUT says: less than before once it has taken another state. */
  applied = 0
  /** Host calls since it last applied one while there was one to apply: its ack lag. */
  lagCalls = 0
  /** Its first INPUT has come: it knows that it plays. */
  started = false
  ticksSent = false
  wasStalled = false
  seq = 0

  /** A packet came since the last host call. */
  heard = true
  silentCalls = 0
  missingCalls = 0
  /** The host does not wait: inputs that came too late, that the rules forbade, that contradict others, and that are far ahead. */
  late = 0
  vetoed = 0
  contradicting = 0
  farAhead = 0
  /** How many of each the host has dealt with. */
  readonly judged = { late: 0, vetoed: 0, contradicting: 0, farAhead: 0 }
  /** INPUTs since the host last looked. */
  inputsHeard = 0
  /** Cheated, as far as the host can tell. */
  caught = false
  /** Closed tick at which it had another state: HASHes of ticks before may be of one that it has no more. */
  resyncedTick = 0
  /** The newest input that came too late for its tick, and that tick; 0: none. */
  lateTick = 0
  lateInput: Uint8Array = new Uint8Array(0)
  /** Events of inputs that came too late: the next tick takes them. And how many there was no room for. */
  lateEvents: Uint8Array[] = []
  lateDropped = 0
  /** Everything that it said up to this tick is here. */
  heardTick = 0
  /** Its events that came ahead of the ticks that will name them. */
  readonly held = new HeldEvents()
  /** The oldest tick with a large event that it has not applied, the call at which that was last sent, and the newest such tick that was. */
  largeTick = 0
  largeCall = 0
  largeSent = 0
  readonly faults = { malformed: 0, wrongSession: 0, unexpected: 0 }

  #judgedFaults = 0
  /** Of the newest INPUT; -1: none came. */
  #newestSeq = -1
  #inputs: InputLockstep | null = null
  #message: InputMessage | null = null
  #marginSum = 0
  #marginCount = 0
  #lastMargin = 0
  /** By tick, where the host does not wait: the ticks that were closed without this peer's input; negative once it has come. */
  #missed: Float64Array | null = null
  #worstMargin = Infinity
  #worstCount = 0
  #followedTo = 0
  #followedInputs = 0

  constructor(peer: number) {
    this.peer = peer
  }

  get playing(): boolean {
    return this.state === 'running'
  }

  /** In the room: HELLO was answered by WELCOME. */
  get entered(): boolean {
    return this.state !== 'handshake'
  }

  get faultCount(): number {
    return this.faults.malformed + this.faults.wrongSession + this.faults.unexpected
  }

  /** One host call: for how long it has said nothing, its input was missing, and it has applied nothing of what there is up to `newest`. */
  called(isMissing: boolean, newest: number): void {
    this.silentCalls = this.heard ? 0 : this.silentCalls + 1
    this.heard = false
    this.missingCalls = isMissing ? this.missingCalls + 1 : 0
    if (this.playing || this.following) this.lagCalls = this.applied < newest ? this.lagCalls + 1 : 0
  }

  /** Faults since the last time. */
  takeRecentFaults(): number {
    const recent = this.faultCount - this.#judgedFaults
    this.#judgedFaults = this.faultCount
    return recent
  }

  /** Inputs that no tick has taken yet. */
  get inputs(): InputRing {
    return this.#inputs!.ring
  }

  /** Newest tick up to which every input of it is here. */
  get lastInput(): number {
    return this.#inputs?.lastTick ?? 0
  }

  /** Slot -1: it only watches. */
  enter(slot: number, { name, profile, ticket, spectator, delayTicks }: Hello, terms: Terms): void {
    this.#move('welcome')
    this.slot = slot
    this.name = name
    this.profile = profile
    this.ticket = ticketKey(ticket)
    this.key = ticketHash(ticket)
    this.spectator = spectator
    this.delayTicks = spectator ? Math.min(delayTicks, MOST_DELAY_TICKS) : 0
    this.#inputs = new InputLockstep(2 * terms.limits.inputBufferTicks, terms.inputBytes)
    this.#message = new InputMessage(terms.limits.inputBufferTicks, terms.inputBytes)
    this.lateInput = new Uint8Array(terms.inputBytes)
    this.#missed = terms.mode === MODE.authoritative ? new Float64Array(MISSED_TICKS) : null
  }

  /** Has the state after this tick, and gets what follows. */
  follow(tick: number): void {
    this.following = true
    this.applied = tick
    this.lagCalls = 0
  }

  /** Plays from this tick on. */
  play(startTick: number): void {
    this.#move('start')
    this.#inputs!.start(startTick)
    // In the lobby it was silent most of the time: a player's shorter patience begins here.
    this.silentCalls = 0
    this.missingCalls = 0
    this.firstTick = startTick
    this.heardTick = startTick - 1
    this.#followedInputs = 0
    this.started = false
    this.resyncing = false
    if (!this.following) this.applied = startTick - 1
    this.following = false
    this.lagCalls = 0
  }

  /** Plays on where another host had it: its inputs are wanted from the tick after `closedTick` on. */
  playOn(closedTick: number, applied: number): void {
    this.#move('start')
    this.#inputs!.start(closedTick + 1)
    this.firstTick = closedTick + 1
    this.heardTick = closedTick
    this.applied = applied
    this.started = true
  }

  /** Ticks up to this one are closed: inputs of them, which it may still repeat, are of no use. */
  playedUpTo(closedTick: number): void {
    this.firstTick = Math.max(this.firstTick, closedTick + 1)
    this.#inputs!.skipTo(closedTick)
  }

  /**
   * Takes an INPUT of one who plays. A repeat is harmless; another input for a tick that has one never replaces the first,
   * and is counted; inputs beyond the buffer wait to be sent again.
   */
  takeInput(r: ByteReader, bytes: Uint8Array, slice: MessageSlice, closedTick: number): void {
    const m = this.#message!
    if (!m.read(r, bytes, slice.start, slice.end) || m.applied > closedTick || m.firstTick > this.lastInput + 1) {
      this.faults.malformed++
      return
    }
    this.spoken = true
    const limit = closedTick + LIMITS.inputBufferTicks
    for (let i = 0; i < m.count; i++) {
      const tick = m.firstTick + i
      // A tick of which a large event is not here is not here, either: it comes again.
      if (!m.fill(i, this.held) && (tick > closedTick || this.#missedTick(tick))) break
      if (!this.#takeOne(tick, m, i, closedTick, limit)) continue
      if (tick > this.heardTick) this.heardTick = tick
    }
    // Only an input of its first tick tells that it knows of it.
    if (this.lastInput >= this.firstTick) this.started = true
    this.#takeApplied(m.applied, slice.seq)
  }

  #missedTick(tick: number): boolean {
    return this.#missed !== null && this.#missed[tick % MISSED_TICKS] === tick
  }

  /** False: not taken yet, because it is too far ahead. */
  #takeOne(tick: number, m: InputMessage, i: number, closedTick: number, limit: number): boolean {
    const missed = this.#missed
    if (missed !== null && tick <= closedTick && this.#missedTick(tick)) {
      missed[tick % MISSED_TICKS] = -tick
      this.late++
      // Said again for its events alone, after its player knew the tick closed, it tells nothing of how far the line is.
      if (tick > m.applied || m.events(0) === null) this.countWorstMargin(tick - closedTick - 1)
      if (tick > this.lateTick) {
        this.lateTick = tick
        this.lateInput.set(m.input(i))
      }
      // What was emitted with it is not lost: an event has no tick of its own.
      const events = m.events(i)
      if (events === null) return true
      if (this.lateEvents.length < EVENT_QUEUE) this.lateEvents.push(...events)
      else this.lateDropped += events.length
      return true
    }
    const arrival = this.#inputs!.take(tick, m.input(i), m.events(i), limit)
    if (arrival === 'contradicts') {
      this.faults.unexpected++
      this.contradicting++
    } else if (arrival === 'ahead' && missed !== null) {
      this.faults.unexpected++
      this.farAhead++
    }
    return arrival !== 'ahead'
  }

  /** A tick was closed without this peer's input: if it still comes, it is refused. */
  missTick(tick: number): void {
    this.#missed![tick % MISSED_TICKS] = tick
    this.#inputs!.skipTo(tick)
  }

  /**
   * Takes an INPUT of one who follows. Answers the first tick for which it brought its input that is not closed: from there on
   * it can play; 0 when there is none.
   */
  takeFollowing(r: ByteReader, bytes: Uint8Array, slice: MessageSlice, closedTick: number): number {
    const m = this.#message!
    if (!m.read(r, bytes, slice.start, slice.end) || m.applied > closedTick) {
      this.faults.malformed++
      return 0
    }
    this.#takeApplied(m.applied, slice.seq)
    const first = Math.max(m.firstTick, closedTick + 1)
    if (first < m.firstTick + m.count && first <= closedTick + LIMITS.inputBufferTicks) return first
    if (this.#missed === null || m.count === 0) return 0
    // They all come late. It plays nevertheless, and hears by how much: so it can sample further ahead.
    const newest = m.firstTick + m.count - 1
    if (newest > this.#followedTo) this.#followedInputs++
    this.#followedTo = newest
    return this.#followedInputs > LATE_ENTRY_INPUTS ? closedTick + 1 : 0
  }

  // A lower word counts when it is the newest: a peer that took an older state has to be sent what follows that. A higher one counts
  // always: one sequence that was wrong must not make this host deaf for as long as it is ahead.
  #takeApplied(applied: number, seq: number): void {
    const isNewest = this.#newestSeq < 0 || ((seq - this.#newestSeq) << 16) >> 16 > 0
    if (isNewest) this.#newestSeq = seq
    if (isNewest ? applied === this.applied : applied <= this.applied) return
    this.applied = applied
    this.lagCalls = 0
  }

  /** Counts how many ticks early this peer's input was when a tick closed. */
  countMargin(ticks: number): void {
    this.#marginSum += ticks
    this.#marginCount++
  }

  /** How many ticks before the end of its tick an input was here; negative: after it. */
  countWorstMargin(ticks: number): void {
    this.#worstCount++
    if (ticks < this.#worstMargin) this.#worstMargin = ticks
  }

  /** The worst one since the last time, in sixteenths of a tick. */
  takeWorstMargin(): number {
    if (this.#worstCount < LEAST_MARGINS) return NO_MARGIN
    const worst = 16 * this.#worstMargin
    this.#worstCount = 0
    this.#worstMargin = Infinity
    return worst
  }

  /** Sixteenths of a tick, the mean since the last time. */
  takeMargin(): number {
    if (this.#marginCount >= LIMITS.heartbeatTicks / 2) {
      this.#lastMargin = Math.min(32767, Math.round((this.#marginSum * 16) / this.#marginCount))
      this.#marginSum = 0
      this.#marginCount = 0
      return this.#lastMargin
    }
    // Too few ticks closed to tell: no news is not "in time".
    return -1
  }

  #move(event: 'welcome' | 'start'): void {
    const next = nextState(this.state, event)
    if (next === null) throw new Error(`peer ${this.peer}: no ${event} in state ${this.state}`)
    this.state = next
  }
}

/** By this, and not by the ticket itself, others of the room know it. */
export function ticketHash(ticket: Uint8Array): number {
  return ticket.length === 0 ? 0 : xxhash32Bytes(ticket, 0)
}

/** Bytes as a key: empty when there is no ticket. */
export function ticketKey(ticket: Uint8Array): string {
  return String.fromCharCode(...ticket)
}

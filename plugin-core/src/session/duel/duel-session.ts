// One of two equal sides (`specs/rbn1.md`): bytes in, facts and bytes out. It knows no socket, no clock and no sim. Each side
// closes ticks by itself, as soon as both inputs are there; what a tick is besides inputs, slot 0 names (`changes.ts`).
// Inputs travel in datagrams that repeat what is not acknowledged, everything else on a channel that loses nothing.

import { ReusedList } from '../../bytes/reused-list.ts'
import { LAST_TICK, LIMITS, RETRY_TICKS } from '../../wire/limits.ts'
import { BYE, TYPE, refused, type Terms } from '../../wire/messages.ts'
import { CODE, ZERO64, type Packet } from '../../wire/packet.ts'
import { Rbn1Datagram, decodeRbn1Into } from '../../wire/rbn1.ts'
import type { EndCode, Fact } from '../fact.ts'
import { FactList } from '../fact-list.ts'
import type { PeerState } from '../peer-state.ts'
import type { Session, SessionFaults } from '../session.ts'
import { Agenda } from './agenda.ts'
import { ChecksumPair } from './checksum-pair.ts'
import { ControlLine } from './control-line.ts'
import { DatagramWriter } from './datagram-writer.ts'
import { BYE_REPEATS, DuelGoodbye } from './duel-goodbye.ts'
import { DuelInbox } from './duel-inbox.ts'
import { CHANGE, DUEL_TYPE, duelEvents, duelHello, duelReady } from './duel-messages.ts'
import type { Change, DuelHello, DuelReady } from './duel-messages.ts'
import { PEER_STATE, nextDuelState, type DuelEvent, type DuelState } from './duel-state.ts'
import { DuelWatch } from './duel-watch.ts'
import { Handshake, MAX_INPUT_DELAY, checkInputDelay, type HandshakeOptions, type Refusal } from './handshake.ts'
import { LineMeter } from './line-meter.ts'
import { OwnInputs } from './own-inputs.ts'
import { REMOTE_TICKS, RemoteInputs } from './remote-inputs.ts'
import { RoundTrip } from './round-trip.ts'
import { TickPair } from './tick-pair.ts'

export type DuelSessionOptions = HandshakeOptions

/** Datagrams start with "R", packets do not. */
const DATAGRAM_MARK = 0x52
/** Calls between two heartbeats of a running duel: they measure the way there and back, and datagrams say that all is well. */
const RUNNING_BEAT_TICKS = 120
/** Calls that the way there and back is waited for before the match begins. */
const MEASURE_TICKS = 4 * RETRY_TICKS

export class DuelSession implements Session {
  slot = -1
  round = 0
  readonly faults: SessionFaults = { malformed: 0, wrongSession: 0, unexpected: 0 }
  /** A duel hands no states on: who leaves it ends it. */
  readonly snapshots = null
  /** How much of the other side's datagrams is lost, by its time sync blocks. */
  readonly line = new LineMeter()

  readonly #terms: Terms
  readonly #options: DuelSessionOptions
  readonly #handshake: Handshake
  readonly #control = new ControlLine()
  readonly #goodbye = new DuelGoodbye(this.#control)
  readonly #datagrams: DatagramWriter
  readonly #datagram = new Rbn1Datagram()
  readonly #agenda: Agenda
  readonly #inbox: DuelInbox
  readonly #watch = new DuelWatch()
  readonly #roundTrip = new RoundTrip()
  readonly #checksums = new ChecksumPair()
  #own: OwnInputs
  readonly #remote: RemoteInputs
  readonly #ticks: TickPair
  readonly #facts = new FactList()
  readonly #packets = new ReusedList<Packet>()

  #state: DuelState = 'disconnected'
  #calls = 0
  #headTick = 0
  #stamp = 0
  #helloDue = false
  #ended = false

  #ready = false
  #otherReady = false
  /** What the other side knows of this one is older. */
  #readyDue = false
  #rosterDirty = false
  /** Calls until this side begins: slot 1 hears of it half a round trip later. */
  #beginIn = 0
  #agreedCall = 0

  constructor(options: DuelSessionOptions) {
    const { terms, inputDelay } = options
    if (terms.maxPlayers < 2 || terms.minPlayers > 2)
      throw new RangeError(
        `a duel has two players, and "${terms.game}" is for ${terms.minPlayers} to ${terms.maxPlayers}`,
      )
    checkInputDelay(inputDelay, terms.predictionWindow)
    this.#options = options
    this.#terms = terms
    this.#handshake = new Handshake(options)
    this.#agenda = new Agenda(terms.predictionWindow, this.#control)
    this.#inbox = new DuelInbox(this.#control, this.#handshake, this.faults, {
      agree: () => this.#agree(),
      heard: () => this.#watch.heard(),
      hello: v => this.#onHello(v),
      refused: (code, reason) => this.#end(code === CODE.versionMismatch ? 'version' : 'refused', reason, 0),
      otherVersion: () =>
        this.#end('version', 'the other side speaks another version of the protocol: both need the same Lockstride', 0),
      heartbeat: (stamp, echo) => this.#onHeartbeat(stamp, echo),
      bye: (code, reason, tick) => this.#onBye(code, reason, tick),
      ready: v => this.#onReady(v),
      rules: v => {
        this.#agenda.otherProposed = v
      },
      change: v => this.#onChange(v),
      events: (tick, events) => this.#handshake.version === 2 && this.#remote.takeEvents(tick, events, this.#lastTick),
    })
    this.#datagrams = new DatagramWriter(terms.inputBytes)
    this.#own = new OwnInputs(terms.inputBytes)
    this.#remote = new RemoteInputs(terms.inputBytes)
    this.#ticks = new TickPair(terms)
  }

  get state(): PeerState {
    return PEER_STATE[this.#state]
  }

  get closedTick(): number {
    return this.#ticks.closedTick
  }

  // ---- what the loop says

  connected(): void {
    if (this.#move('connect')) this.#handshake.say(this.#control)
  }

  disconnected(reason: string, cause?: 'full' | 'bye'): void {
    if (cause === 'full') this.#end('full', reason, 0)
    else if (cause === 'bye') this.#end('peer-left', reason, 0)
    else if (this.state === 'disconnected') this.#end('refused', reason, 0)
    else this.#end('peer-gone', `the line to the other player is gone: ${reason}`, 0)
  }

  setReady(ready: boolean): void {
    this.#ready = ready
    this.#readyDue = true
  }

  endRound(_round: number, tick: number, carry: Uint8Array): void {
    if (tick < this.#agenda.roundStart) return
    this.#agenda.roundEnd = { tick, carry: carry.slice() }
    this.#readyDue = true
  }

  proposeRules(terms: Terms): void {
    this.#agenda.proposed = terms
    if (this.#isAgreed) this.#sendRules(terms)
  }

  /** Asks for another input delay, for both sides, from a tick on that a `delay` fact names. 0-15; throws a sentence. */
  proposeDelay(delay: number): void {
    checkInputDelay(delay, this.#terms.predictionWindow)
    this.#agenda.wantedDelay = delay
  }

  emit(bytes: Uint8Array): boolean {
    if (this.#isAgreed && this.#handshake.version === 1)
      throw new Error(
        'the other side speaks RBN1 version 1, which carries no events: emit needs version 2 on both sides',
      )
    return this.#own.queueEvent(bytes)
  }

  setLocalInput(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null {
    const events = this.#own.set(tick, bytes)
    if (events !== null) this.#control.send(DUEL_TYPE.event, duelEvents, { tick, events: [...events] })
    return events
  }

  setChecksum(tick: number, checksum: number): void {
    if (this.#ended) return
    this.#datagrams.setChecksum(tick, checksum)
    if (!this.#checksums.say(this.slot, tick, checksum)) this.#desync(tick)
  }

  leave(code: EndCode, reason: string, tick = 0): void {
    this.#end(code, reason, tick, code === 'rules' ? BYE.rules : code === 'desync' ? BYE.desync : BYE.left)
  }

  tick(headTick: number, stamp: number): void {
    this.#calls++
    this.#headTick = headTick
    this.#control.headTick = headTick
    this.#stamp = stamp >>> 0
    if (this.#ended) {
      this.#goodbye.again(this.#calls)
      return
    }
    if (this.#state === 'disconnected' || !this.#judge()) return
    const retry = this.#calls % RETRY_TICKS === 0
    if (!this.#isAgreed) {
      if (this.#helloDue || retry) this.#handshake.say(this.#control)
      this.#helloDue = false
      return
    }
    if (this.#readyDue) this.#sendReady()
    this.#decide()
    if (this.#beginIn > 0 && --this.#beginIn === 0) this.#begin()
    if (this.#calls % this.#beatTicks === 0) this.#beat()
    this.#control.flush(this.#calls)
    if (!this.#isPlaying || !this.#waits()) return
    const { sendUpTo } = this.#agenda.changes
    this.#datagrams.write(this.#own, sendUpTo, this.#remote.received, headTick, this.line)
  }

  takePackets(): ReusedList<Packet> {
    const packets = this.#packets
    packets.clear()
    const control = this.#control.takePackets()
    for (let i = 0; i < control.length; i++) packets.push(control.at(i))
    const datagram = this.#datagrams.take()
    if (datagram !== null) packets.push(datagram)
    return packets
  }

  // Ticks are closed here, and nowhere else: the loop samples while it reads facts, and they must stay as they are.
  takeFacts(): ReusedList<Fact> {
    if (this.#rosterDirty) this.#pushRoster()
    if (this.#isPlaying) this.#close()
    return this.#facts.take()
  }

  #close(): void {
    this.#ticks.close(this.slot, this.#own, this.#remote, this.#agenda.changes, this.#facts)
    if (this.closedTick >= LAST_TICK) this.#end('left', 'the match has reached its last tick', this.closedTick)
  }

  // ---- what the other side says

  receive(bytes: Uint8Array): void {
    if (this.#ended || this.#state === 'disconnected') return
    if (bytes.length > 0 && bytes[0] === DATAGRAM_MARK) this.#onDatagram(bytes)
    else {
      this.#inbox.receive(bytes)
      if (!this.#ended) this.#decide()
    }
  }

  #onDatagram(bytes: Uint8Array): void {
    const d = this.#datagram
    if (!this.#isAgreed) this.faults.wrongSession++
    else if (!decodeRbn1Into(bytes, this.#handshake.version, d) || d.inputSize !== this.#terms.inputBytes)
      this.faults.malformed++
    else {
      // Slot 1 begins as soon as it is told to; to slot 0 its first inputs say that it has.
      if (this.#beginIn > 0) this.#begin()
      // Not yet told: inputs come again, and so does the word that the match begins.
      if (this.#isPlaying) this.#onInputs(d)
    }
  }

  #onInputs(d: Rbn1Datagram): void {
    const own = this.#own
    const lastTick = this.#lastTick
    // Of another match, or of somebody who makes things up: nothing of it counts, least of all its acknowledgement.
    if (d.ackFrame > own.sent || (d.hasChecksum && d.checksumFrame > own.newest) || !this.#remote.take(d, lastTick)) {
      this.faults.unexpected++
      return
    }
    this.#watch.heard()
    if (d.ackFrame > own.acked) own.acked = d.ackFrame
    const sixteenths = this.#leadOf(d)
    if (sixteenths >= 0) this.#facts.push({ kind: 'margin', sixteenths })
    if (d.hasChecksum && !this.#checksums.say(1 - this.slot, d.checksumFrame, d.checksum)) this.#desync(d.checksumFrame)
  }

  #leadOf(d: Rbn1Datagram): number {
    const { line } = this
    if (d.version === 1) {
      const { calls } = this.#roundTrip
      return calls < 0 ? -1 : line.guess(this.#own.newest, d.startFrame + d.count - 1, calls)
    }
    line.count()
    return d.hasTimeSync ? line.sync(this.#headTick, d.sentFrame, d.advantage) : -1
  }

  // The other side confirms nothing without this side's inputs, and is at most its window and its delay ahead of that.
  get #lastTick(): number {
    const ahead = this.#own.newest + this.#terms.predictionWindow + 1 + MAX_INPUT_DELAY
    return Math.min(ahead, this.closedTick + REMOTE_TICKS - 1)
  }

  #onHello(v: DuelHello): void {
    if (this.#isAgreed) {
      // Its answer to this side's HELLO was not the first: it hears of the session by READY. Or somebody else is on this line.
      if (!this.#handshake.isOther(v)) this.faults.wrongSession++
      return
    }
    const heard = this.#handshake.hear(v, this.#stamp ^ Math.imul(this.#calls, 0x9e3779b1))
    this.#helloDue = true
    this.#watch.heard()
    if (heard === 'heard') this.#move('hello')
    else if (heard !== 'drawn') this.#refuse(heard)
  }

  #onReady(v: DuelReady): void {
    if (this.#otherReady !== v.ready) this.#rosterDirty = true
    this.#otherReady = v.ready
    if (v.endTick === 0 || v.round !== this.round) return
    this.#agenda.otherRoundEnd = { tick: v.endTick, carry: v.carry }
    this.#compareRoundEnds()
  }

  #onHeartbeat(stamp: number, echo: number): void {
    if (stamp !== 0) this.#control.heartbeat(0, stamp)
    if (echo === 0) return
    this.#facts.push({ kind: 'echo', stamp: echo })
    this.#roundTrip.back(echo, this.#calls)
  }

  #onBye(code: number, reason: string, tick: number): void {
    const left = code === BYE.left || code === BYE.hostGone
    this.#end(END_OF_BYE[code] ?? 'peer-left', left ? 'the other player left' : reason, tick)
  }

  // ---- agreeing

  #agree(): void {
    const { agreement, inputDelay, version } = this.#handshake
    if (agreement === null || !this.#move('agree')) return
    this.slot = agreement.slot
    this.#inbox.isAgreed = true
    this.#agreedCall = this.#calls
    this.#control.session = agreement.sessionId
    this.#control.epoch = agreement.epoch
    this.#datagrams.version = version
    // Events that wait for a tick cannot travel.
    if (version === 1) this.#own = new OwnInputs(this.#terms.inputBytes)
    this.#facts.push({ kind: 'welcome', slot: agreement.slot, seed: agreement.seed })
    if (inputDelay !== this.#options.inputDelay) this.#facts.push({ kind: 'delay', tick: 1, delay: inputDelay })
    this.#sendReady()
    if (this.#agenda.proposed !== null) this.#sendRules(this.#agenda.proposed)
    this.#beat()
  }

  #refuse({ code, reason }: Refusal): void {
    this.#handshake.say(this.#control)
    for (let i = 0; i < BYE_REPEATS; i++) {
      this.#control.begin(ZERO64)
      this.#control.add(TYPE.refused, refused, {
        code: code === 'version' ? CODE.versionMismatch : CODE.generic,
        reason,
      })
      this.#control.end()
    }
    this.#end(code, reason, 0)
  }

  // Slot 0 names what both want.
  #decide(): void {
    if (!this.#isAgreed) return
    const agenda = this.#agenda
    if (this.slot === 1) {
      agenda.ask()
      return
    }
    for (;;) {
      const named = agenda.next(this.round, this.#mayBegin, this.#own.newest)
      if (named === null) return
      this.#apply(named)
    }
  }

  // Before the first round: both are ready, and the way there and back is known, or cannot be learned.
  get #mayBegin(): boolean {
    const isMeasured = this.#roundTrip.calls >= 0 || this.#calls - this.#agreedCall > MEASURE_TICKS
    return this.round === 0 && this.#ready && this.#otherReady && isMeasured
  }

  #onChange(v: Change): boolean {
    if (this.slot === 0) return this.#agenda.answered(v)
    if (this.#agenda.told(v, this.round, this.#remote.received)) {
      this.#apply(v)
      return true
    }
    const reason = `the other side named something for tick ${v.tick} that cannot be`
    this.#end('protocol', reason, v.tick, BYE.protocol)
    return false
  }

  #apply(v: Change): void {
    if (v.what === CHANGE.delay) this.#facts.push({ kind: 'delay', tick: v.tick, delay: v.value })
    if (v.what !== CHANGE.round) return
    // Half a round trip later both begin at once.
    const half = this.#roundTrip.calls >> 1
    if (v.value > 1) this.#startRound(v.value)
    else if (this.slot === 0 && half > 0) this.#beginIn = half
    else this.#begin()
  }

  #begin(): void {
    this.#beginIn = 0
    if (!this.#move('start')) return
    this.#watch.heard()
    this.#startRound(1)
  }

  #startRound(round: number): void {
    this.round = round
    this.#rosterDirty = true
    const tick = this.#agenda.roundStart
    const control = this.#agenda.changes.controlOf(tick)!
    this.#facts.push({ kind: 'start', tick, round, control, closedTick: this.closedTick, begins: false })
  }

  #compareRoundEnds(): void {
    const tick = this.#agenda.disputedTick
    if (tick === 0) return
    this.#end('desync', `desync at tick ${tick}: players disagree about how the round ended`, tick, BYE.desync)
  }

  // ---- what goes wrong

  // Faults and silence. False: they ended it.
  #judge(): boolean {
    if (this.#watch.isFlooded(this.faults, this.#calls)) {
      this.#end('protocol', 'the other side sent too many packets that make no sense', 0, BYE.protocol)
      return false
    }
    // Whoever calls waits for as long as it takes.
    const limit = this.#isPlaying ? this.#terms.dropAfterTicks : LIMITS.timeoutTicks
    if (this.#state === 'calling' || this.#watch.silence() < limit) return true
    this.#timeOut()
    return false
  }

  // Ticks stand still as long as an input is missing. False: that took too long.
  #waits(): boolean {
    const own = this.#own
    const next = this.closedTick + 1
    if (own.stalled !== (this.#state === 'stalled')) this.#move(own.stalled ? 'stall' : 'resume')
    const forOther = own.stalled || this.#remote.received < next
    const slot = forOther ? 1 - this.slot : own.newest < next ? this.slot : -1
    const { waiting } = this.#watch
    const calls = this.#watch.missing(this.closedTick, slot)
    if (forOther && calls >= this.#terms.dropAfterTicks) {
      this.#timeOut()
      return false
    }
    if (this.#watch.waiting !== waiting) this.#facts.push({ kind: 'waiting', slots: this.#watch.waiting })
    return true
  }

  #timeOut(): void {
    this.#end('timeout', 'nothing was heard of the other player for too long', 0, BYE.timeout)
  }

  #desync(tick: number): void {
    const reason = `desync at tick ${tick}: the states of players 0 and 1 differ; run synctest on the rules to find the field`
    this.#end('desync', reason, tick, BYE.desync)
  }

  // ---- what goes out

  #sendReady(): void {
    this.#readyDue = false
    this.#rosterDirty = true
    const { tick, carry } = this.#agenda.roundEnd
    this.#control.send(TYPE.ready, duelReady, { ready: this.#ready, round: this.round, endTick: tick, carry })
    this.#compareRoundEnds()
  }

  #sendRules(terms: Terms): void {
    const { name, profile, inputDelay, rbn1 = 2 } = this.#options
    this.#control.send(TYPE.hello, duelHello, { terms, name, profile, rbn1, inputDelay, nonce: ZERO64 })
  }

  get #beatTicks(): number {
    if (this.#roundTrip.calls < 0) return RETRY_TICKS
    return this.#isPlaying ? RUNNING_BEAT_TICKS : LIMITS.heartbeatTicks
  }

  #beat(): void {
    const stamp = this.#stamp === 0 ? 1 : this.#stamp
    this.#roundTrip.sent(stamp, this.#calls)
    this.#control.heartbeat(stamp, 0)
  }

  #pushRoster(): void {
    this.#rosterDirty = false
    const playing = this.#isPlaying
    const { name, profile } = this.#options
    const peers = [{ slot: this.slot, name, profile, ready: this.#ready, playing }]
    const { other } = this.#handshake
    if (other !== null)
      peers.push({ slot: 1 - this.slot, name: other.name, profile: other.profile, ready: this.#otherReady, playing })
    this.#facts.push({ kind: 'roster', peers: peers.sort((a, b) => a.slot - b.slot) })
  }

  // ---- states

  get #isAgreed(): boolean {
    return this.slot >= 0
  }

  get #isPlaying(): boolean {
    return this.#state === 'running' || this.#state === 'stalled'
  }

  #move(event: DuelEvent): boolean {
    const next = nextDuelState(this.#state, event)
    if (next === null) return false
    this.#state = next
    return true
  }

  /** `byeCode`: the other side is told. */
  #end(code: EndCode, reason: string, tick: number, byeCode = -1): void {
    if (this.#ended) return
    this.#ended = true
    this.#inbox.isOver = true
    if (byeCode >= 0 && this.#isAgreed) this.#goodbye.say(byeCode, tick, reason)
    this.#move(code === 'left' ? 'close' : 'fail')
    this.#facts.push({ kind: 'end', code, reason, tick })
  }
}

const END_OF_BYE: readonly (EndCode | undefined)[] = [
  'peer-left',
  'peer-left',
  'timeout',
  'desync',
  'protocol',
  'rules',
]

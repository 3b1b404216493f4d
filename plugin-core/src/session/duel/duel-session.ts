// One of two equal sides (`specs/rbn1.md`): bytes in, facts and bytes out. It knows no socket, no clock and no sim. Each side
// closes ticks by itself, as soon as both inputs are there; what a tick is besides inputs, slot 0 names (`changes.ts`).
// Inputs travel in datagrams that repeat what is not acknowledged, everything else on a channel that loses nothing.

import { ByteReader } from '../../bytes/byte-reader.ts'
import { equalBytes } from '../../bytes/equal.ts'
import { ReusedList } from '../../bytes/reused-list.ts'
import type { SlotEvent } from '../../input/tick-control.ts'
import { FAULTS_PER_WINDOW, FAULT_WINDOW_TICKS, LIMITS, RETRY_TICKS, ROUND_LEAD_TICKS } from '../../wire/limits.ts'
import { BYE, TYPE, ack, bye, refused, type Terms } from '../../wire/messages.ts'
import { CHANNEL, CODE, PacketReader, ZERO64, type MessageSlice, type Packet } from '../../wire/packet.ts'
import { Rbn1Datagram, decodeRbn1Into } from '../../wire/rbn1.ts'
import { decode, type Codec } from '../../wire/schema.ts'
import type { EndCode, Fact } from '../fact.ts'
import { FactList } from '../fact-list.ts'
import type { PeerState } from '../peer-state.ts'
import type { Session, SessionFaults } from '../session.ts'
import { Changes } from './changes.ts'
import { ChecksumPair } from './checksum-pair.ts'
import { ControlLine } from './control-line.ts'
import { DatagramWriter } from './datagram-writer.ts'
import {
  CHANGE,
  DUEL_TYPE,
  change,
  duelEvents,
  duelHeartbeat,
  duelHello,
  duelReady,
  duelWelcome,
} from './duel-messages.ts'
import type { Change, DuelHello, DuelReady } from './duel-messages.ts'
import { PEER_STATE, nextDuelState, type DuelEvent, type DuelState } from './duel-state.ts'
import { Handshake, MAX_INPUT_DELAY, checkInputDelay, type HandshakeOptions } from './handshake.ts'
import { LineMeter } from './line-meter.ts'
import { OwnInputs } from './own-inputs.ts'
import { REMOTE_TICKS, RemoteInputs } from './remote-inputs.ts'

export type DuelSessionOptions = HandshakeOptions

/** Datagrams start with "R", packets do not. */
const DATAGRAM_MARK = 0x52
/** Calls between two heartbeats of a running duel: they measure the way there and back, and datagrams say that all is well. */
const RUNNING_BEAT_TICKS = 120
/** Heartbeats that may be on their way. */
const KEPT_BEATS = 8
/** Calls that the way there and back is waited for before the match begins. */
const MEASURE_TICKS = 4 * RETRY_TICKS
/** A goodbye is said so often at once, and so often again while this side is still called: nobody answers it. */
const BYE_REPEATS = 3
const LATE_BYES = 5
const NO_BYTES: Uint8Array = new Uint8Array(0)
const NO_END: { readonly tick: number; readonly carry: Uint8Array } = { tick: 0, carry: NO_BYTES }

export class DuelSession implements Session {
  slot = -1
  closedTick = 0
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
  readonly #datagrams: DatagramWriter
  readonly #datagram = new Rbn1Datagram()
  readonly #changes = new Changes()
  readonly #checksums = new ChecksumPair()
  #own: OwnInputs
  readonly #remote: RemoteInputs
  readonly #facts = new FactList()
  readonly #packets = new ReusedList<Packet>()
  readonly #packetReader = new PacketReader()
  readonly #reader = new ByteReader()
  readonly #row: Uint8Array

  #state: DuelState = 'disconnected'
  #calls = 0
  #headTick = 0
  #stamp = 0
  #helloDue = false
  #ended = false
  #goodbye: { code: number; tick: number; reason: string } | null = null
  #byesLeft = LATE_BYES

  #ready = false
  #otherReady = false
  /** What the other side knows of this one is older. */
  #readyDue = false
  #rosterDirty = false
  /** Where the round that is played ended, as each side says; tick 0: it has not. */
  #roundEnd = NO_END
  #otherRoundEnd = NO_END
  #roundStart = 0
  /** Calls until this side begins: slot 1 hears of it half a round trip later. */
  #beginIn = 0
  /** Rules that each side could swap to. */
  #proposed: Terms | null = null
  #otherProposed: Terms | null = null
  #wantedDelay = -1

  #silentCalls = 0
  #missingCalls = 0
  #watchedTick = 0
  #waiting: readonly number[] = NOBODY
  #judgedFaults = 0
  /** Stamps of the newest heartbeats, and the calls at which they left. */
  readonly #beats = { stamps: new Float64Array(KEPT_BEATS), calls: new Float64Array(KEPT_BEATS), next: 0 }
  /** Calls there and back; -1: not measured yet. */
  #roundTripCalls = -1
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
    this.#datagrams = new DatagramWriter(terms.inputBytes)
    this.#own = new OwnInputs(terms.inputBytes)
    this.#remote = new RemoteInputs(terms.inputBytes)
    this.#row = new Uint8Array(terms.maxPlayers * terms.inputBytes)
  }

  get state(): PeerState {
    return PEER_STATE[this.#state]
  }

  // ---- what the loop says

  connected(): void {
    if (this.#move('connect')) this.#handshake.say(this.#control)
  }

  disconnected(reason: string): void {
    this.#end('host-gone', `the line to the other player is gone: ${reason}`, 0)
  }

  setReady(ready: boolean): void {
    this.#ready = ready
    this.#readyDue = true
  }

  endRound(tick: number, carry: Uint8Array): void {
    if (tick < this.#roundStart) return
    this.#roundEnd = { tick, carry: carry.slice() }
    this.#readyDue = true
  }

  proposeRules(terms: Terms): void {
    this.#proposed = terms
    if (this.#isAgreed) this.#sendRules(terms)
  }

  /** Asks for another input delay, for both sides, from a tick on that a `delay` fact names. 0-15; throws a sentence. */
  proposeDelay(delay: number): void {
    checkInputDelay(delay, this.#terms.predictionWindow)
    this.#wantedDelay = delay
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
      this.#sayGoodbyeAgain()
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
    if (!this.#isPlaying || !this.#watch()) return
    const { sendUpTo } = this.#changes
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

  // ---- what the other side says

  receive(bytes: Uint8Array): void {
    if (this.#ended || this.#state === 'disconnected') return
    if (bytes.length > 0 && bytes[0] === DATAGRAM_MARK) this.#onDatagram(bytes)
    else this.#onPacket(bytes)
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
    if (d.ackFrame > own.newest || (d.hasChecksum && d.checksumFrame > own.newest) || !this.#remote.take(d, lastTick)) {
      this.faults.unexpected++
      return
    }
    this.#silentCalls = 0
    if (d.ackFrame > own.acked) own.acked = d.ackFrame
    const sixteenths = this.#leadOf(d)
    if (sixteenths >= 0) this.#facts.push({ kind: 'margin', sixteenths })
    if (d.hasChecksum && !this.#checksums.say(1 - this.slot, d.checksumFrame, d.checksum)) this.#desync(d.checksumFrame)
  }

  #leadOf(d: Rbn1Datagram): number {
    const { line } = this
    if (d.version === 1) {
      if (this.#roundTripCalls < 0) return -1
      return line.guess(this.#own.newest, d.startFrame + d.count - 1, this.#roundTripCalls)
    }
    line.count()
    return d.hasTimeSync ? line.sync(this.#headTick, d.sentFrame, d.advantage) : -1
  }

  // The other side confirms nothing without this side's inputs, and is at most its window and its delay ahead of that.
  get #lastTick(): number {
    const ahead = this.#own.newest + this.#terms.predictionWindow + 1 + MAX_INPUT_DELAY
    return Math.min(ahead, this.closedTick + REMOTE_TICKS - 1)
  }

  #onPacket(bytes: Uint8Array): void {
    const reader = this.#packetReader
    const code = reader.read(bytes)
    if (code === CODE.versionMismatch && !this.#isAgreed) {
      this.#end('version', 'the other side speaks another version of the protocol: both need the same Lockstride', 0)
      return
    }
    if (code !== CODE.ok) {
      this.faults.malformed++
      return
    }
    const { form, epoch, sessionHi, sessionLo } = reader.header
    const isHello = form === 'full' && sessionHi === 0 && sessionLo === 0
    if (!isHello && form === 'full') {
      const id = this.#handshake.agreement?.sessionId
      if (id === undefined || id.hi !== sessionHi || id.lo !== sessionLo) {
        this.faults.wrongSession++
        return
      }
      // Whoever speaks of this session has heard this side's HELLO.
      if (!this.#isAgreed) this.#agree()
    } else if (!isHello && (!this.#isAgreed || epoch !== this.#control.epoch)) {
      this.faults.wrongSession++
      return
    }
    if (!isHello) this.#silentCalls = 0
    for (let i = 0; i < reader.messageCount && !this.#ended; i++) {
      const m = reader.messages[i]
      if (isHello) this.#onHandshake(bytes, m)
      else if (m.channel === CHANNEL.control) {
        if (!this.#control.receive(m, bytes)) this.faults.unexpected++
      } else this.#onUnordered(bytes, m)
    }
    this.#drainControl()
  }

  #onHandshake(bytes: Uint8Array, m: MessageSlice): void {
    if (m.type === TYPE.hello) this.#read(duelHello, bytes, m.start, m.end, v => this.#onHello(v))
    else if (m.type === TYPE.welcome)
      this.#read(duelWelcome, bytes, m.start, m.end, v => {
        if (this.#handshake.confirms(v) && !this.#isAgreed) this.#agree()
      })
    else if (m.type === TYPE.refused && !this.#isAgreed)
      this.#read(refused, bytes, m.start, m.end, v =>
        this.#end(v.code === CODE.versionMismatch ? 'version' : 'refused', v.reason, 0),
      )
    else this.faults.unexpected++
  }

  #onUnordered(bytes: Uint8Array, m: MessageSlice): void {
    switch (m.type) {
      case TYPE.ack:
        this.#read(ack, bytes, m.start, m.end, v => {
          if (v.channel !== CHANNEL.control || !this.#control.acknowledged(v.next, v.mask)) this.faults.unexpected++
        })
        break
      case TYPE.heartbeat:
        this.#read(duelHeartbeat, bytes, m.start, m.end, v => this.#onHeartbeat(v.stamp, v.echo))
        break
      case TYPE.bye:
        this.#read(bye, bytes, m.start, m.end, v => {
          const left = v.code === BYE.left || v.code === BYE.hostGone
          this.#end(END_OF_BYE[v.code] ?? 'host-gone', left ? 'the other player left' : v.reason, v.tick)
        })
        break
      default:
        this.faults.unexpected++
    }
  }

  #drainControl(): void {
    for (let m = this.#control.next(); m !== null && !this.#ended; m = this.#control.next()) {
      const { type, bytes } = m
      switch (type) {
        case TYPE.ready:
          this.#read(duelReady, bytes, 0, bytes.length, v => this.#onReady(v))
          break
        case TYPE.hello:
          this.#read(duelHello, bytes, 0, bytes.length, v => {
            this.#otherProposed = v.terms
          })
          break
        case DUEL_TYPE.change:
          this.#read(change, bytes, 0, bytes.length, v => this.#onChange(v))
          break
        case DUEL_TYPE.event:
          this.#read(duelEvents, bytes, 0, bytes.length, v => {
            if (this.#handshake.version === 1 || !this.#remote.takeEvents(v.tick, v.events, this.#lastTick))
              this.faults.unexpected++
          })
          break
        default:
          this.faults.unexpected++
      }
    }
    if (!this.#ended) this.#decide()
  }

  #read<T>(codec: Codec<T>, bytes: Uint8Array, start: number, end: number, use: (value: T) => void): void {
    const value = decode(codec, this.#reader, bytes, start, end)
    if (value === null) this.faults.malformed++
    else use(value)
  }

  #onHello(v: DuelHello): void {
    if (this.#isAgreed) {
      // Its answer to this side's HELLO was not the first: it hears of the session by READY. Or somebody else is on this line.
      if (!this.#handshake.isOther(v)) this.faults.wrongSession++
      return
    }
    const heard = this.#handshake.hear(v, this.#stamp ^ Math.imul(this.#calls, 0x9e3779b1))
    this.#helloDue = true
    this.#silentCalls = 0
    if (heard === null) this.#move('hello')
    else if (heard !== 'drawn') this.#refuse(heard)
  }

  #onReady(v: DuelReady): void {
    if (this.#otherReady !== v.ready) this.#rosterDirty = true
    this.#otherReady = v.ready
    if (v.endTick === 0 || v.round !== this.round) return
    this.#otherRoundEnd = { tick: v.endTick, carry: v.carry }
    this.#compareRoundEnds()
  }

  #onHeartbeat(stamp: number, echo: number): void {
    if (stamp !== 0) this.#control.heartbeat(0, stamp)
    if (echo === 0) return
    this.#facts.push({ kind: 'echo', stamp: echo })
    const place = this.#beats.stamps.indexOf(echo)
    if (place >= 0) this.#roundTripCalls = this.#calls - this.#beats.calls[place]
  }

  // ---- agreeing

  #agree(): void {
    const { agreement, inputDelay, version } = this.#handshake
    if (agreement === null || !this.#move('agree')) return
    this.slot = agreement.slot
    this.#agreedCall = this.#calls
    this.#control.session = agreement.sessionId
    this.#control.epoch = agreement.epoch
    this.#datagrams.version = version
    // Events that wait for a tick cannot travel.
    if (version === 1) this.#own = new OwnInputs(this.#terms.inputBytes)
    this.#facts.push({ kind: 'welcome', slot: agreement.slot, seed: agreement.seed })
    if (inputDelay !== this.#options.inputDelay) this.#facts.push({ kind: 'delay', tick: 1, delay: inputDelay })
    this.#sendReady()
    if (this.#proposed !== null) this.#sendRules(this.#proposed)
    this.#beat()
  }

  #refuse(reason: string): void {
    this.#handshake.say(this.#control)
    for (let i = 0; i < BYE_REPEATS; i++) {
      this.#control.begin(ZERO64)
      this.#control.add(TYPE.refused, refused, { code: CODE.versionMismatch, reason })
      this.#control.end()
    }
    this.#end('version', reason, 0)
  }

  // Slot 0 decides when everything that it takes is there. What both have said already decides most of it.
  #decide(): void {
    if (this.slot !== 0 || !this.#isAgreed) {
      if (this.slot === 1 && this.#wantedDelay >= 0) {
        const value = this.#wantedDelay
        this.#wantedDelay = -1
        this.#control.send(DUEL_TYPE.change, change, { what: CHANGE.delay, tick: 0, value, carry: NO_BYTES })
      }
      return
    }
    const { carry, tick } = this.#roundEnd
    if (this.round === 0 ? this.#mayBegin : tick > 0 && this.#otherRoundEnd.tick > 0)
      this.#name(CHANGE.round, this.round + 1, carry)
    const rules = this.#proposed?.rulesHash
    if (rules !== undefined && rules === this.#otherProposed?.rulesHash) this.#name(CHANGE.rules, rules, NO_BYTES)
    if (this.#wantedDelay >= 0 && this.#name(CHANGE.delay, this.#wantedDelay, NO_BYTES)) this.#wantedDelay = -1
  }

  // Both are ready, and the way there and back is known, or cannot be learned.
  get #mayBegin(): boolean {
    const isMeasured = this.#roundTripCalls >= 0 || this.#calls - this.#agreedCall > MEASURE_TICKS
    return this.#ready && this.#otherReady && isMeasured
  }

  // Above every input that is sampled: none of that tick or a later one has left this side.
  #name(what: number, value: number, carry: Uint8Array): boolean {
    const changes = this.#changes
    if (changes.isComing(what)) return false
    const isBefore = this.round === 0 && !changes.isComing(CHANGE.round)
    const named = { what, tick: isBefore ? 1 : this.#own.newest + ROUND_LEAD_TICKS, value, carry }
    this.#control.send(DUEL_TYPE.change, change, named)
    // Slot 1 closes nothing before it has heard of the first round; and no tick depends on the delay.
    changes.name(named, what !== CHANGE.delay && !(what === CHANGE.round && value === 1))
    this.#apply(named)
    return true
  }

  #onChange(v: Change): void {
    if (this.slot === 0) {
      if (v.what === CHANGE.delay && v.tick === 0 && this.#isDelay(v.value)) this.#wantedDelay = v.value
      else if (!this.#changes.take(v)) this.faults.unexpected++
      return
    }
    if (!this.#mayCome(v)) {
      const reason = `the other side named something for tick ${v.tick} that cannot be`
      this.#end('protocol', reason, v.tick, BYE.protocol)
      return
    }
    this.#control.send(DUEL_TYPE.change, change, v)
    this.#changes.hear(v)
    this.#apply(v)
  }

  #mayCome(v: Change): boolean {
    if (v.what === CHANGE.delay) return v.tick > 0 && this.#isDelay(v.value)
    if (v.tick <= this.#remote.received || this.#changes.isComing(v.what)) return false
    if (v.what === CHANGE.rules) return v.value === this.#proposed?.rulesHash
    if (v.what !== CHANGE.round || v.value !== this.round + 1) return false
    if (v.value === 1) return v.tick === 1
    return this.#roundEnd.tick > 0 && v.tick > this.#roundEnd.tick && equalBytes(v.carry, this.#roundEnd.carry)
  }

  #isDelay(value: number): boolean {
    return value <= MAX_INPUT_DELAY && this.#terms.predictionWindow + value < LIMITS.inputBufferTicks
  }

  #apply(v: Change): void {
    switch (v.what) {
      case CHANGE.round:
        this.#roundStart = v.tick
        this.#roundEnd = NO_END
        this.#otherRoundEnd = NO_END
        if (v.value > 1) this.#startRound(v.value)
        else if (this.slot === 0 && this.#roundTripCalls > 1) this.#beginIn = this.#roundTripCalls >> 1
        else this.#begin()
        break
      case CHANGE.rules:
        this.#proposed = null
        this.#otherProposed = null
        break
      case CHANGE.delay:
        this.#facts.push({ kind: 'delay', tick: v.tick, delay: v.value })
        break
    }
  }

  #begin(): void {
    this.#beginIn = 0
    if (!this.#move('start')) return
    this.#silentCalls = 0
    this.#startRound(1)
  }

  #startRound(round: number): void {
    this.round = round
    this.#rosterDirty = true
    const tick = this.#roundStart
    const control = this.#changes.controlOf(tick)!
    this.#facts.push({ kind: 'start', tick, round, control, closedTick: this.closedTick })
  }

  #compareRoundEnds(): void {
    const [mine, theirs] = [this.#roundEnd, this.#otherRoundEnd]
    if (mine.tick === 0 || theirs.tick === 0) return
    if (mine.tick === theirs.tick && equalBytes(mine.carry, theirs.carry)) return
    const tick = Math.min(mine.tick, theirs.tick)
    this.#end('desync', `desync at tick ${tick}: players disagree about how the round ended`, tick, BYE.desync)
  }

  // ---- closing ticks

  #close(): void {
    const own = this.#own
    const remote = this.#remote
    while (!own.stalled) {
      const tick = this.closedTick + 1
      if (tick > own.newest || tick > remote.received) break
      const size = this.#terms.inputBytes
      own.copy(tick, this.#row, this.slot * size)
      remote.copy(tick, this.#row, (1 - this.slot) * size)
      this.#facts.pushTick(tick, this.#row, this.#changes.controlOf(tick), this.#eventsOf(tick))
      this.closedTick = tick
    }
    this.#changes.closed(this.closedTick)
  }

  // In the order of slots, then of sending.
  #eventsOf(tick: number): SlotEvent[] | null {
    const mine = this.#own.events(tick)
    const theirs = this.#remote.takenEvents(tick)
    if (mine === null && theirs === null) return null
    const events: SlotEvent[] = []
    for (let slot = 0; slot < 2; slot++)
      for (const bytes of (slot === this.slot ? mine : theirs) ?? []) events.push({ slot, bytes })
    return events
  }

  // ---- what goes wrong

  // Faults and silence. False: they ended it.
  #judge(): boolean {
    if (this.#calls % FAULT_WINDOW_TICKS === 0) {
      const { malformed, wrongSession, unexpected } = this.faults
      const recent = malformed + wrongSession + unexpected - this.#judgedFaults
      this.#judgedFaults += recent
      if (recent > FAULTS_PER_WINDOW) {
        this.#end('protocol', 'the other side sent too many packets that make no sense', 0, BYE.protocol)
        return false
      }
    }
    // Whoever calls waits for as long as it takes.
    if (this.#state === 'calling') return true
    const limit = this.#isPlaying ? this.#terms.dropAfterTicks : LIMITS.timeoutTicks
    if (++this.#silentCalls < limit) return true
    this.#timeOut()
    return false
  }

  // Who is waited for, once that takes long enough to be told. False: it took too long.
  #watch(): boolean {
    const own = this.#own
    const next = this.closedTick + 1
    if (own.stalled !== (this.#state === 'stalled')) this.#move(own.stalled ? 'stall' : 'resume')
    const forOther = own.stalled || this.#remote.received < next
    const isStuck = this.closedTick === this.#watchedTick && (forOther || own.newest < next)
    this.#watchedTick = this.closedTick
    this.#missingCalls = isStuck ? this.#missingCalls + 1 : 0
    if (forOther && this.#missingCalls >= this.#terms.dropAfterTicks) {
      this.#timeOut()
      return false
    }
    const waiting = this.#missingCalls < RETRY_TICKS ? NOBODY : SLOTS[forOther ? 1 - this.slot : this.slot]
    if (waiting === this.#waiting) return true
    this.#waiting = waiting
    this.#facts.push({ kind: 'waiting', slots: waiting })
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
    const { tick, carry } = this.#roundEnd
    this.#control.send(TYPE.ready, duelReady, { ready: this.#ready, round: this.round, endTick: tick, carry })
    this.#compareRoundEnds()
  }

  #sendRules(terms: Terms): void {
    const { name, profile, inputDelay, rbn1 = 2 } = this.#options
    this.#control.send(TYPE.hello, duelHello, { terms, name, profile, rbn1, inputDelay, nonce: ZERO64 })
  }

  get #beatTicks(): number {
    if (this.#roundTripCalls < 0) return RETRY_TICKS
    return this.#isPlaying ? RUNNING_BEAT_TICKS : LIMITS.heartbeatTicks
  }

  #beat(): void {
    const beats = this.#beats
    const place = beats.next++ % KEPT_BEATS
    const stamp = this.#stamp === 0 ? 1 : this.#stamp
    beats.stamps[place] = stamp
    beats.calls[place] = this.#calls
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

  #sayGoodbyeAgain(): void {
    if (this.#goodbye === null || this.#byesLeft === 0 || this.#calls % RETRY_TICKS !== 0) return
    this.#byesLeft--
    this.#sayGoodbye(this.#goodbye)
  }

  #sayGoodbye(value: { code: number; tick: number; reason: string }): void {
    this.#control.begin(this.#control.session)
    this.#control.add(TYPE.bye, bye, value)
    this.#control.end()
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
    if (byeCode >= 0 && this.#isAgreed) {
      this.#goodbye = { code: byeCode, tick, reason }
      for (let i = 0; i < BYE_REPEATS; i++) this.#sayGoodbye(this.#goodbye)
    }
    this.#move(code === 'left' ? 'close' : 'fail')
    this.#facts.push({ kind: 'end', code, reason, tick })
  }
}

const NOBODY: readonly number[] = []
const SLOTS: readonly (readonly number[])[] = [[0], [1]]
const END_OF_BYE: readonly (EndCode | undefined)[] = [
  'host-gone',
  'host-gone',
  'timeout',
  'desync',
  'protocol',
  'rules',
]

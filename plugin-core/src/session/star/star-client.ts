// One player's side of the star (`specs/domn.md`): bytes in, facts and bytes out. It knows no socket, no
// clock and no sim; whoever runs it calls `tick` once a tick and carries the packets. Nothing here waits for an
// answer: what matters is repeated until it is seen to have arrived, so that loss costs time, not truth.

import { ByteReader } from '../../bytes/byte-reader.ts'
import type { ReusedList } from '../../bytes/reused-list.ts'
import { writeInput } from '../../wire/input-message.ts'
import { LIMITS, NO_SLOT, RETRY_TICKS } from '../../wire/limits.ts'
import { slotsOf } from '../../wire/mask.ts'
import {
  BYE,
  PART,
  TYPE,
  bye,
  event,
  hash,
  heartbeatDown,
  heartbeatUp,
  hello,
  readyDown,
  readyUp,
  refused,
  roster,
  snapshotAck,
  snapshotChunk,
  snapshotHeader,
  snapshotRequest,
  timing,
  welcome,
  type Roster,
  type SnapshotHeader,
  type Terms,
  type Timing,
  type Welcome,
} from '../../wire/messages.ts'
import {
  CHANNEL,
  CODE,
  PacketQueue,
  PacketReader,
  ROLE,
  ZERO64,
  type MessageSlice,
  type Packet,
  type U64,
} from '../../wire/packet.ts'
import { decode, type Codec } from '../../wire/schema.ts'
import type { TickControl } from '../../input/tick-control.ts'
import { TickMessage } from '../../wire/tick-message.ts'
import type { EndCode, Fact } from '../fact.ts'
import { FactList } from '../fact-list.ts'
import { LocalInputs } from '../local-inputs.ts'
import type { ClientPace } from './client-pace.ts'
import type { HostedMatch } from './hosted-match.ts'
import { LargeEvents } from './large-events.ts'
import type { TickHistory } from './tick-history.ts'
import { nextState, type PeerEvent, type PeerState } from '../peer-state.ts'
import type { RecordSink } from '../record-sink.ts'
import { RosterParts, type RosterPeer } from '../roster-parts.ts'
import type { Session, SessionFaults, SnapshotPort } from '../session.ts'
import { SnapshotIntake } from '../transfer/snapshot-intake.ts'
import type { OfferMouth, SnapshotOffer } from '../transfer/snapshot-offer.ts'

export interface StarClientOptions {
  terms: Terms
  name: string
  profile: string
  /** Whoever comes again with the same one gets the same slot. */
  ticket?: Uint8Array
  /** Enters a round that is played already, rather than wait for the next one. Default true. */
  lateJoin?: boolean
  /** Only watches, this many ticks behind at least. */
  spectate?: { delayTicks: number } | null
  /** A line that breaks does not end the session: it waits to be connected again. */
  comesBack?: boolean
  /** Keeps the newest closed ticks, so that this machine can host the match if the one that does is gone. */
  history?: TickHistory | null
  /** Hears what a recording of the match keeps. */
  record?: RecordSink | null
  /** Keeps inputs in time where the host does not wait for them. */
  pace?: ClientPace | null
}

const HOST = 0
/** Who begins with a later round asks for so long for what it has missed. */
const WANT_TICKS = 60
const NO_BYTES = new Uint8Array(0)
/** A HASH goes out in this many packets: losing all of them only skips one comparison. */
const HASH_REPEATS = 2
/** Calls after which a state is not offered any longer: the host is silent, or wants it no more. */
const OFFER_CALLS = 120
/** Closed ticks beyond the newest simulated one that are taken: a timeline keeps those of 512. */
const AHEAD_TICKS = 448
/** Tells this many times that it leaves; nobody answers that. */
const BYE_REPEATS = 3

export class StarClient implements Session {
  state: PeerState = 'disconnected'
  slot = -1
  /** Newest tick of which everything up to it has been received: what INPUT acknowledges. */
  closedTick = 0
  round = 0
  readonly faults: SessionFaults = { malformed: 0, wrongSession: 0, unexpected: 0 }

  #terms: Terms
  readonly #options: StarClientOptions
  #sessionId: U64 = ZERO64
  #epoch = 0
  /** The host speaks minor version 0: the full form alone. */
  #fullForm = false
  /** A state of this tick or later is asked for although this player plays already; 0 before it plays. */
  #wantsFrom = 0
  #calls = 0
  #seq = 0
  #headTick = 0
  #ready = false
  #readySent = false
  #proposing = false
  #ended = false

  // The round that this side asks to be closed: repeated until the host names the next one.
  #endTick = 0
  #carry: Uint8Array = NO_BYTES

  readonly #large: LargeEvents
  readonly #inputs: LocalInputs
  readonly #pace: ClientPace | null

  #hashTick = 0
  #hashSum = 0
  #hashLeft = 0
  #stamp = 0

  /** Somebody plays a round now. */
  #underWay = false
  /** Asked for a state at the last call. */
  #asked = false
  /** Has a state, and hears every closed tick, without playing yet. */
  #following = false
  /** This side's inputs begin with this tick; 0: not yet. */
  #firstInput = 0
  /** Has just begun to watch: to be told at the next call. */
  #watches = false
  readonly #intake = new SnapshotIntake()
  #offer: SnapshotOffer | null = null
  readonly #mouth: OfferMouth = {
    header: header => this.#sendShort(TYPE.snapshotHeader, snapshotHeader, header),
    chunk: (tick, index, bytes) => this.#sendShort(TYPE.snapshotChunk, snapshotChunk, { tick, index, bytes }),
  }

  readonly #history: TickHistory | null
  /** The round of the newest restart that is closed: what another host goes on from. */
  #playedRound = 0
  /** Where the rules ended the round, once more for another host. */
  #lastEnd: { tick: number; carry: Uint8Array } | null = null
  #seed = 0
  #peers: readonly RosterPeer[] = []
  /** Knows closed ticks that this host does not know yet. */
  #ahead = false

  readonly snapshots = {
    hostTick: 0,
    offer: (offer: SnapshotOffer): void => {
      this.#offer = offer
    },
    taken: (tick: number): void => this.#taken(tick),
    refused: (): void => this.#intake.clear(),
    wanting: false as boolean,
    want: (startTick: number): void => {
      this.snapshots.wanting = true
      this.#wantsFrom = startTick
    },
    begin: (firstTick: number): void => {
      this.#firstInput = firstTick
      this.#inputs.start(firstTick)
      this.#large.begin(firstTick)
    },
  } satisfies SnapshotPort

  readonly #roster = new RosterParts()
  readonly #facts = new FactList()
  readonly #packets = new PacketQueue()
  readonly #packetReader = new PacketReader()
  readonly #reader = new ByteReader()
  readonly #tickMessage: TickMessage

  constructor(options: StarClientOptions) {
    this.#options = options
    this.#terms = options.terms
    const { inputBytes, maxPlayers, limits } = options.terms
    this.#pace = options.pace ?? null
    this.#large = this.#pace?.sent ?? new LargeEvents()
    this.#inputs = new LocalInputs(inputBytes, this.#large)
    this.#tickMessage = new TickMessage(2 * limits.inputBufferTicks, maxPlayers, inputBytes)
    this.#history = options.history ?? null
  }

  // ---- what the loop says

  /** The line to the host is up. */
  connected(): void {
    if (this.#move('connect')) this.#sendHello()
  }

  /** The line to the host is gone: that ends the match, unless another one may come. */
  disconnected(reason: string, cause?: 'full' | 'bye'): void {
    const inRoom = this.state === 'syncing' || this.state === 'running'
    const between = this.#sessionId !== ZERO64 && this.state !== 'error'
    if (this.#ended || this.#options.comesBack !== true || !(inRoom || between)) {
      this.#end(cause === 'full' ? 'full' : 'host-gone', reason, 0)
      return
    }
    this.#move('close')
    this.#intake.clear()
    this.#offer = null
    // Also when a new line never came up: whoever tries hears of each try.
    this.#facts.push({ kind: 'lost', reason })
  }

  /** What this machine would host from; null when it knows too little. */
  hostedMatch(): HostedMatch | null {
    return (
      this.#history?.match(
        {
          sessionId: this.#sessionId,
          // Another host, another epoch: what the old one still has on its way is of no use.
          epoch: (this.#epoch + 1) & 255,
          seed: this.#seed,
          terms: this.#terms,
          closedTick: this.closedTick,
          round: this.#playedRound,
        },
        this.#peers,
      ) ?? null
    )
  }

  setReady(ready: boolean): void {
    this.#ready = ready
    this.#readySent = false
  }

  /** This machine's rules ended the round at a confirmed tick; `carry` goes to the next one. */
  endRound(round: number, tick: number, carry: Uint8Array): void {
    // Who catches up finds the end of a round after the next one was named to it.
    if (this.slot < 0 || round < this.round) return
    this.#endTick = tick
    this.#carry = carry.slice()
    this.#lastEnd = { tick, carry: this.#carry }
    if (this.state === 'running') this.#sendReady()
  }

  /** Other rules with the same schema: asks the host for the tick from which everyone runs them. */
  proposeRules(terms: Terms): void {
    this.#terms = terms
    this.#proposing = true
    if (this.state === 'syncing' || this.state === 'running') this.#sendHello()
  }

  /** False when too many wait already: the caller says so. */
  emit(bytes: Uint8Array): boolean {
    const queued = this.#inputs.queueEvent(bytes)
    if (queued) this.#large.add(bytes)
    return queued
  }

  /**
   * Fixes this player's input of a tick; ticks follow one another. Answers the events that travel with it
   * (null: none), because the local prediction delivers them at that tick, too.
   */
  setLocalInput(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null {
    return this.#inputs.set(tick, bytes, this.state === 'running')
  }

  setChecksum(tick: number, checksum: number): void {
    this.#options.record?.checksum(tick, checksum)
    if (this.slot < 0) return
    this.#hashTick = tick
    this.#hashSum = checksum
    this.#hashLeft = HASH_REPEATS
  }

  /** Says goodbye and ends. */
  leave(code: EndCode, reason: string, tick = 0): void {
    if (this.#ended) return
    if (this.state !== 'disconnected') {
      const byeCode = code === 'rules' ? BYE.rules : code === 'desync' ? BYE.desync : BYE.left
      for (let i = 0; i < BYE_REPEATS; i++) this.#sendFull(TYPE.bye, bye, { code: byeCode, tick, reason })
    }
    this.#end(code, reason, tick)
  }

  /**
   * One call a tick. `headTick` is the newest simulated tick, `stamp` comes back by an `echo` fact
   * (milliseconds of any clock, u32).
   */
  tick(headTick: number, stamp: number): void {
    if (this.state === 'disconnected' || this.#ended) return
    this.#calls++
    this.#headTick = headTick
    if (this.state === 'running') this.#pace?.runs(headTick - this.closedTick)
    // Not at once: the facts that brought the state are still being read.
    if (this.#watches) this.#facts.push({ kind: 'entered', tick: this.closedTick, round: this.#playedRound })
    this.#watches = false
    const retry = this.#calls % RETRY_TICKS === 0
    const beat = this.#calls % LIMITS.heartbeatTicks === 0
    this.#stamp = stamp >>> 0
    if (this.state === 'handshake' || this.#proposing) {
      if (retry) this.#sendHello()
    }
    if (this.state === 'handshake') return
    if ((this.state === 'syncing' && this.#ready !== this.#readySent) || this.#endTick > 0) {
      if (retry) this.#sendReady()
    }
    if (this.state === 'running') this.#sendLargeEvents()
    if (this.state === 'running' || this.#following) this.#sendRunning(beat)
    else if (beat)
      this.#sendFull(TYPE.heartbeat, heartbeatUp, { stamp: this.#stamp, rosterVersion: this.#roster.version })
    this.#handStates(retry)
  }

  // Behind the inputs of this call, so that nobody waits for them because of a state.
  #handStates(retry: boolean): void {
    const wants = this.#wantsState()
    if (wants && (retry || !this.#asked))
      this.#sendShort(TYPE.snapshotRequest, snapshotRequest, { tick: this.snapshots.wanting ? this.#wantsFrom : 0 })
    this.#asked = wants
    const coming = this.#intake.due()
    if (coming !== null) this.#sendShort(TYPE.snapshotAck, snapshotAck, coming)
    if (this.#offer === null) return
    const { header } = this.#offer
    this.#offer.tick(header.chunks, RETRY_TICKS, this.#mouth)
    if (this.#offer.done || this.#offer.silentCalls > OFFER_CALLS) this.#offer = null
  }

  #wantsState(): boolean {
    if (this.state === 'running') {
      const { snapshots } = this
      const asks = snapshots.wanting && this.closedTick < this.#wantsFrom + WANT_TICKS
      snapshots.wanting = asks || (snapshots.wanting && this.#intake.active)
      return asks && !this.#intake.active
    }
    if (this.state !== 'syncing' || !this.#underWay || this.#following || this.#intake.active) return false
    return this.#options.spectate != null || (this.#ready && this.#options.lateJoin !== false)
  }

  /** Valid until the next call. */
  takePackets(): ReusedList<Packet> {
    return this.#packets.take()
  }

  /** What was learned since the last time; valid until the next `receive`. */
  takeFacts(): ReusedList<Fact> {
    return this.#facts.take()
  }

  // ---- what the host says

  /** One packet from the host. Malformed ones are counted and dropped whole. */
  receive(bytes: Uint8Array): void {
    if (this.#deaf()) return
    const code = this.#packetReader.read(bytes)
    if (code === CODE.versionMismatch) {
      this.#end('version', 'the host speaks another version of the protocol: both sides need the same Lockstride', 0)
      return
    }
    const { header } = this.#packetReader
    if (code !== CODE.ok) {
      this.faults.malformed++
      return
    }
    if (
      header.form === 'short' ? header.epoch !== this.#epoch : !this.#sameSession(header.sessionHi, header.sessionLo)
    ) {
      this.faults.wrongSession++
      return
    }
    if (header.tick > this.snapshots.hostTick) this.snapshots.hostTick = header.tick
    for (let i = 0; i < this.#packetReader.messageCount && !this.#deaf(); i++) {
      const m = this.#packetReader.messages[i]
      // Apart from the rest: these come all the time, and the others take closures to read.
      if (m.type === TYPE.tick) this.#onTick(bytes, m.start, m.end)
      else if (m.type === TYPE.heartbeat) this.#onHeartbeat(bytes, m)
      else this.#onRare(bytes, m, header.tick)
    }
  }

  #onRare(bytes: Uint8Array, m: MessageSlice, hostTick: number): void {
    switch (m.type) {
      case TYPE.welcome:
        this.#take(welcome, bytes, m, v => this.#onWelcome(v))
        break
      case TYPE.refused:
        this.#take(refused, bytes, m, v => this.#end(END_OF_CODE[v.code] ?? 'refused', v.reason, 0))
        break
      case TYPE.roster:
        this.#take(roster, bytes, m, v => this.#onRoster(v))
        break
      case TYPE.ready:
        this.#take(readyDown, bytes, m, v => this.#onReady(v, hostTick))
        break
      case TYPE.snapshotRequest:
        this.#take(snapshotRequest, bytes, m, v => this.#facts.push({ kind: 'snapshot-wanted', tick: v.tick }))
        break
      case TYPE.snapshotHeader:
        this.#take(snapshotHeader, bytes, m, v => this.#onSnapshotHeader(v))
        break
      case TYPE.snapshotChunk:
        this.#take(snapshotChunk, bytes, m, v => this.#onSnapshotChunk(v.tick, v.index, v.bytes))
        break
      case TYPE.snapshotAck:
        this.#take(snapshotAck, bytes, m, v => this.#onSnapshotAck(v.tick, v.next, v.mask))
        break
      case TYPE.event:
        this.#take(event, bytes, m, v => this.#large.heard(v, this.closedTick))
        break
      case TYPE.timing:
        this.#take(timing, bytes, m, v => this.#onTiming(v))
        break
      case TYPE.bye:
        this.#take(bye, bytes, m, v => this.#onBye(v.code, v.reason, v.tick))
        break
      default:
        this.faults.unexpected++
    }
  }

  /** Over, or without a line: what still comes is not meant for it. */
  #deaf(): boolean {
    return this.#ended || this.state === 'disconnected'
  }

  #sameSession(hi: number, lo: number): boolean {
    if (this.state === 'handshake') return true
    return hi === this.#sessionId.hi && lo === this.#sessionId.lo
  }

  #take<T>(codec: Codec<T>, bytes: Uint8Array, m: MessageSlice, use: (value: T) => void): void {
    const value = decode(codec, this.#reader, bytes, m.start, m.end)
    if (value === null) this.faults.malformed++
    else use(value)
  }

  #onHeartbeat(bytes: Uint8Array, m: MessageSlice): void {
    const v = decode(heartbeatDown, this.#reader, bytes, m.start, m.end)
    if (v === null) {
      this.faults.malformed++
      return
    }
    if (this.#ahead) {
      this.#ahead = v.closedTick < this.closedTick
      if (this.#ahead) this.#tellClosed(v.closedTick)
    }
    if (v.echo !== 0) this.#facts.push({ kind: 'echo', stamp: v.echo })
    this.#facts.push({ kind: 'margin', sixteenths: v.margin })
    this.#facts.push({ kind: 'waiting', slots: slotsOf(v.waiting) })
  }

  #onTiming({ margin, late, vetoed, heard }: Timing): void {
    if (this.state !== 'running') return
    this.#facts.push({ kind: 'refused', late, vetoed })
    const pace = this.#pace
    if (pace === null) return
    pace.sent.there(heard)
    const { delay } = pace
    const ticks = pace.hears(margin)
    if (ticks !== 0) this.#facts.push({ kind: 'pace', ticks })
    if (pace.delay !== delay) this.#facts.push({ kind: 'delay', tick: this.#headTick + 1, delay: pace.delay })
  }

  #onWelcome(v: Welcome): void {
    if (this.state !== 'handshake') return
    if (v.slot !== NO_SLOT && v.slot >= this.#terms.maxPlayers) {
      this.faults.malformed++
      return
    }
    this.#move('welcome')
    this.#fullForm = this.#packetReader.header.minor === 0
    const same = this.#sameMatch(v)
    this.#sessionId = v.sessionId
    this.#epoch = v.epoch
    this.#seed = v.seed
    this.slot = v.slot === NO_SLOT ? -1 : v.slot
    this.#roster.version = 0
    this.#following = false
    this.#large.newLine()
    if (same) this.#resume(v)
    else {
      this.#forget()
      this.#options.record?.match(this.#terms, v.seed, this.slot)
      this.#facts.push({ kind: 'welcome', slot: this.slot, seed: v.seed })
    }
    this.#sendReady()
  }

  #sameMatch(v: Welcome): boolean {
    const { hi, lo } = v.sessionId
    return hi === this.#sessionId.hi && lo === this.#sessionId.lo && v.seed === this.#seed && this.closedTick > 0
  }

  // Back in the match, with the state that this machine has.
  #resume(v: Welcome): void {
    const plays = v.part === PART.plays && this.#firstInput > 0
    if (plays) {
      this.#move('start')
      this.#pace?.sent.moved(this.#inputs)
    } else {
      this.#firstInput = 0
      // Inputs of before would let it in at once, before it has caught up, and it would never know.
      this.#inputs.start(this.closedTick + 1)
      this.#pace?.sent.stop()
      this.#following = v.part === PART.follows
      if (this.#following && this.slot < 0) this.#watch()
    }
    // A round that the old host had named, and never started, is not known to this one.
    this.round = this.#playedRound
    if (this.#lastEnd !== null && this.#lastEnd.tick <= this.closedTick) {
      this.#endTick = this.#lastEnd.tick
      this.#carry = this.#lastEnd.carry
    }
    this.#facts.push({ kind: 'resumed', slot: this.slot, plays })
    this.#ahead = v.tick < this.closedTick
    if (this.#ahead) this.#tellClosed(v.tick)
  }

  // Without the ticks between: what is kept to host from has no gaps, and inputs that are closed are not sent again.
  #leap(closedTick: number): void {
    if (closedTick !== this.closedTick) {
      this.#history?.clear()
      this.#pace?.sent.skip(this.#inputs, closedTick)
    }
    this.closedTick = closedTick
    this.#inputs.closed(closedTick)
  }

  // Another match under the same name.
  #forget(): void {
    this.#leap(0)
    this.#pace?.sent.clear()
    this.round = 0
    this.snapshots.hostTick = 0
    this.#playedRound = 0
    this.#lastEnd = null
    this.#endTick = 0
    this.#firstInput = 0
    this.#hashLeft = 0
    this.#underWay = false
    this.#intake.clear()
  }

  // The old host had closed more than the new one knows: what is closed stays closed.
  #tellClosed(from: number): void {
    const history = this.#history
    if (history?.has(from + 1) !== true) return
    for (const each of history.large(from + 1, this.closedTick)) this.#sendShort(TYPE.event, event, each)
    const q = this.#packets
    if (!this.#begin()) return
    history.write(q.beginMessage(), from + 1, this.closedTick)
    q.endMessage(TYPE.tick, CHANNEL.input, this.#seq++)
    q.end()
  }

  #onRoster(part: Roster): void {
    const peers = this.#roster.add(part)
    if (peers === null) return
    this.#readySent = peers.find(p => p.slot === this.slot)?.ready ?? false
    this.#peers = peers
    this.#underWay = peers.some(p => p.playing)
    this.#facts.push({ kind: 'roster', peers })
  }

  #onReady(v: { round: number; startTick: number; joins: U64; carry: Uint8Array }, hostTick: number): void {
    if (this.state !== 'syncing' && this.state !== 'running') return
    if (v.round <= this.round || v.startTick <= this.closedTick) return
    const joins = slotsOf(v.joins)
    let begins = false
    if (this.state === 'syncing') {
      if (!joins.includes(this.slot)) return
      this.#move('start')
      // One who follows already goes on hearing of every tick before it.
      if (!this.#following) this.#leap(v.startTick - 1)
      // Its own first inputs may be of later ticks: it was about to come in by itself.
      begins = this.#firstInput === 0 || this.#firstInput > v.startTick
      if (begins) this.snapshots.begin(v.startTick)
      this.#following = false
      this.#intake.clear()
    }
    this.round = v.round
    this.#endTick = 0
    const control: TickControl = { restart: { round: v.round, carry: v.carry }, joins, leaves: [], swap: null }
    this.#facts.push({ kind: 'start', tick: v.startTick, round: v.round, control, closedTick: hostTick, begins })
  }

  #onTick(bytes: Uint8Array, start: number, end: number): void {
    const m = this.#tickMessage
    if (this.state !== 'running' && !this.#following) return
    if (!m.read(this.#reader, bytes, start, end)) {
      this.faults.malformed++
      return
    }
    // Sent before our last acknowledgement arrived (fine), or ahead of what we have: a gap that the next one covers.
    if (m.firstTick > this.closedTick + 1) return
    // Who catches up takes no more than it can keep; the rest comes again, and so does a tick whose large events are not here.
    const last = this.#wholeUpTo(m, Math.min(m.firstTick + m.count - 1, this.#headTick + AHEAD_TICKS))
    if (last > this.closedTick) this.#options.record?.tick(this.closedTick + 1, last, bytes, start, end)
    for (let tick = this.closedTick + 1; tick <= last; tick++) {
      const i = tick - m.firstTick
      const control = m.control(i)
      this.closedTick = tick
      const fact = this.#facts.pushTick(tick, m.row(i), control, m.events(i))
      this.#history?.keep(fact)
      if (control === null) continue
      this.#onControl(control, tick)
      if (this.#deaf()) return
    }
    this.#inputs.closed(this.closedTick)
    this.#pace?.sent.keep(this.#inputs, this.closedTick)
    this.#large.closed(this.closedTick)
  }

  #wholeUpTo(m: TickMessage, last: number): number {
    for (let tick = this.closedTick + 1; tick <= last; tick++) {
      const i = tick - m.firstTick
      if (m.events(i) === null) continue
      if (!m.fill(i, this.#large)) return tick - 1
      this.#options.record?.events(tick, m.events(i)!)
      this.#pace?.sent.seen(m.events(i)!, this.slot)
    }
    return last
  }

  #onControl(control: TickControl, tick: number): void {
    const { restart, joins, leaves, swap } = control
    if (restart !== null) {
      this.#playedRound = restart.round
      this.#lastEnd = null
      if (restart.round >= this.round) {
        this.round = restart.round
        this.#endTick = 0
      }
    }
    if (swap === this.#terms.rulesHash) this.#proposing = false
    // Up to its first tick it is somebody else, who had the slot before.
    if (this.state === 'running' && tick > this.#firstInput && leaves.includes(this.slot))
      this.#dropped(`the host dropped this player at tick ${tick}: nothing was heard of it for too long`, tick)
    // Before its first input it was somebody else, or itself by an earlier connection.
    else if (
      this.state === 'syncing' &&
      this.#firstInput > 0 &&
      tick >= this.#firstInput &&
      joins.includes(this.slot)
    ) {
      this.#move('start')
      this.#following = false
      this.#facts.push({ kind: 'entered', tick, round: this.round })
    }
  }

  #onBye(code: number, reason: string, tick: number): void {
    const end = END_OF_BYE[code] ?? 'host-gone'
    if (end === 'timeout') this.#dropped(reason, tick)
    else this.#end(end, reason, tick)
  }

  // A machine that slept is back now: it may come again.
  #dropped(reason: string, tick: number): void {
    if (this.#options.comesBack === true) this.disconnected(reason)
    else this.#end('timeout', reason, tick)
  }

  // ---- states that are handed on

  #onSnapshotHeader(v: SnapshotHeader): void {
    // Somebody who plays gets one because its own is not the others'.
    const expected = this.state === 'running' || this.#wantsState() || this.#intake.active
    if (!expected || this.#following) {
      this.faults.unexpected++
      return
    }
    if (!this.#intake.header(v)) this.faults.malformed++
  }

  #onSnapshotAck(tick: number, next: number, mask: Uint8Array): void {
    if (this.#offer?.header.tick === tick && !this.#offer.acked(next, mask)) this.faults.malformed++
  }

  #onSnapshotChunk(tick: number, index: number, bytes: Uint8Array): void {
    const whole = this.#intake.chunk(tick, index, bytes)
    // A chunk that comes twice, after the state was used: no fault, the line did it.
    if (whole !== true) return
    const { header, bytes: state } = this.#intake.whole!
    this.#facts.push({ kind: 'snapshot', header, bytes: state })
  }

  #taken(tick: number): void {
    const { header, bytes } = this.#intake.whole!
    this.#options.record?.state(header, bytes)
    this.#intake.use()
    this.snapshots.wanting = false
    this.#leap(tick)
    this.#hashLeft = 0
    this.#headTick = tick
    this.#playedRound = header.round
    if (header.round > this.round) this.round = header.round
    if (this.state !== 'syncing') return
    this.#following = true
    // Who only watches has nothing to wait for any more.
    if (this.slot < 0) this.#watch()
  }

  #watch(): void {
    this.#move('start')
    this.#watches = true
  }

  // ---- what goes out

  #sendHello(): void {
    const { name, profile, ticket, spectate } = this.#options
    const spectator = spectate != null
    const delayTicks = spectate?.delayTicks ?? 0
    this.#sendFull(TYPE.hello, hello, {
      terms: this.#terms,
      name,
      profile,
      ticket: ticket ?? NO_BYTES,
      spectator,
      delayTicks,
      sessionId: this.#sessionId,
      seed: this.#seed,
      applied: this.closedTick,
    })
  }

  #sendReady(): void {
    this.#sendFull(TYPE.ready, readyUp, {
      ready: this.#ready,
      round: this.round,
      endTick: this.#endTick,
      carry: this.#carry,
    })
  }

  #sendShort<T>(type: number, codec: Codec<T>, value: T): void {
    if (!this.#begin()) return
    codec.write(this.#packets.beginMessage(), value)
    this.#packets.endMessage(type, CHANNEL.unreliable, this.#seq++)
    this.#packets.end()
  }

  #begin(): boolean {
    return this.#fullForm
      ? this.#packets.beginFull(HOST, this.#sessionId, ROLE.client, this.#headTick)
      : this.#packets.beginShort(HOST, this.#headTick, this.#epoch)
  }

  #sendFull<T>(type: number, codec: Codec<T>, value: T): void {
    // Another host may run another session: it says which by WELCOME.
    const sessionId = this.state === 'handshake' ? ZERO64 : this.#sessionId
    if (!this.#packets.beginFull(HOST, sessionId, ROLE.client, this.#headTick)) return
    codec.write(this.#packets.beginMessage(), value)
    this.#packets.endMessage(type, CHANNEL.control, this.#seq++)
    this.#packets.end()
  }

  // Before the input that names it: the host has it by then.
  #sendLargeEvents(): void {
    for (let v = this.#large.due(this.#calls); v !== null; v = this.#large.due(this.#calls))
      this.#sendShort(TYPE.event, event, v)
  }

  #sendRunning(beat: boolean): void {
    const q = this.#packets
    if (!this.#begin()) return
    const { ring } = this.#inputs
    const sent = this.state === 'running' ? this.#pace?.sent : null
    const room = sent?.overdue === true ? sent.repeat(q, this.closedTick, this.#seq++) : LIMITS.payloadBytes
    if (room > 0) {
      writeInput(q.beginMessage(), ring, this.#inputs.rangeFor(this.closedTick), room)
      q.endMessage(TYPE.input, CHANNEL.input, this.#seq++)
    }
    if (this.#hashLeft > 0) {
      this.#hashLeft--
      hash.write(q.beginMessage(), { tick: this.#hashTick, checksum: this.#hashSum })
      q.endMessage(TYPE.hash, CHANNEL.unreliable, this.#seq++)
    }
    if (beat) {
      heartbeatUp.write(q.beginMessage(), { stamp: this.#stamp, rosterVersion: this.#roster.version })
      q.endMessage(TYPE.heartbeat, CHANNEL.unreliable, this.#seq++)
    }
    q.end()
  }

  // ---- states and facts

  #move(event: PeerEvent): boolean {
    const next = nextState(this.state, event)
    if (next === null) return false
    this.state = next
    return true
  }

  #end(code: EndCode, reason: string, tick: number): void {
    if (this.#ended) return
    this.#ended = true
    this.#move(code === 'left' ? 'close' : 'fail')
    this.#options.record?.end(code, reason, tick)
    this.#facts.push({ kind: 'end', code, reason, tick })
  }
}

const END_OF_CODE: Readonly<Record<number, EndCode | undefined>> = {
  [CODE.versionMismatch]: 'version',
  [CODE.bufferOverflow]: 'full',
}

const END_OF_BYE: readonly (EndCode | undefined)[] = [
  'host-gone',
  'host-gone',
  'timeout',
  'desync',
  'protocol',
  'rules',
  'replaced',
]

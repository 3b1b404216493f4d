// One player's side of the star (`specs/domn.md`): bytes in, facts and bytes out. It knows no socket, no
// clock and no sim; whoever runs it calls `tick` once a tick and carries the packets. Nothing here waits for an
// answer: what matters is repeated until it is seen to have arrived, so that loss costs time, not truth.

import type { ReusedList } from '../../bytes/reused-list.ts'
import { LIMITS, NO_SLOT, RETRY_TICKS } from '../../wire/limits.ts'
import { slotsOf } from '../../wire/mask.ts'
import {
  PART,
  TYPE,
  bye,
  event,
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
  type HeartbeatDown,
  type ReadyDown,
  type Roster,
  type SnapshotChunk,
  type SnapshotHeader,
  type Terms,
  type Timing,
  type Welcome,
} from '../../wire/messages.ts'
import { CODE, ZERO64, type MessageSlice, type Packet } from '../../wire/packet.ts'
import type { Codec } from '../../wire/schema.ts'
import type { TickControl } from '../../input/tick-control.ts'
import type { EndCode, Fact } from '../fact.ts'
import { FactList } from '../fact-list.ts'
import { nextState, type PeerEvent, type PeerState } from '../peer-state.ts'
import { RosterParts, type RosterPeer } from '../roster-parts.ts'
import type { Session } from '../session.ts'
import { ClientOutbox } from './client-outbox.ts'
import type { StarClientOptions } from './client-options.ts'
import type { ClientPace } from './client-pace.ts'
import { ClientRounds } from './client-rounds.ts'
import { ClientStates } from './client-states.ts'
import { ClosedTicks } from './closed-ticks.ts'
import { byeOf, endOfBye, endOfRefusal } from './end-codes.ts'
import { HostLine } from './host-line.ts'
import type { HostedMatch } from './hosted-match.ts'

const NO_BYTES = new Uint8Array(0)
/** Tells this many times that it leaves; nobody answers that. */
const BYE_REPEATS = 3

export class StarClient implements Session {
  state: PeerState = 'disconnected'
  slot = -1
  #terms: Terms
  readonly #options: StarClientOptions
  readonly #line = new HostLine()
  readonly faults = this.#line.faults
  readonly #facts = new FactList()
  readonly #roster = new RosterParts()
  readonly #pace: ClientPace | null
  readonly #outbox: ClientOutbox
  readonly #ticks: ClosedTicks
  readonly #rounds = new ClientRounds()
  readonly snapshots: ClientStates

  #calls = 0
  #stamp = 0
  #ready = false
  #readySent = false
  #proposing = false
  #ended = false
  #seed = 0
  #peers: readonly RosterPeer[] = []
  /** Somebody plays a round now. */
  #underWay = false
  /** Has a state, and hears every closed tick, without playing yet. */
  #following = false
  /** This side's inputs begin with this tick; 0: not yet. */
  #firstInput = 0
  /** Has just begun to watch: to be told at the next call. */
  #watches = false

  /** By type, made once: a closure for each message would cost memory at every tick. */
  readonly #handlers: Readonly<Record<number, (bytes: Uint8Array, m: MessageSlice) => void>> = {
    [TYPE.tick]: (bytes, m) => this.#onTick(bytes, m),
    [TYPE.heartbeat]: this.#on(heartbeatDown, v => this.#onHeartbeat(v)),
    [TYPE.welcome]: this.#on(welcome, v => this.#onWelcome(v)),
    [TYPE.refused]: this.#on(refused, v => this.#end(endOfRefusal(v.code), v.reason, 0)),
    [TYPE.roster]: this.#on(roster, v => this.#onRoster(v)),
    [TYPE.ready]: this.#on(readyDown, v => this.#onReady(v)),
    [TYPE.snapshotRequest]: this.#on(snapshotRequest, v => this.#facts.push({ kind: 'snapshot-wanted', tick: v.tick })),
    [TYPE.snapshotHeader]: this.#on(snapshotHeader, v => this.#onSnapshotHeader(v)),
    [TYPE.snapshotChunk]: this.#on(snapshotChunk, v => this.#onSnapshotChunk(v)),
    [TYPE.snapshotAck]: this.#on(snapshotAck, v => {
      if (!this.snapshots.acked(v.tick, v.next, v.mask)) this.faults.malformed++
    }),
    [TYPE.event]: this.#on(event, v => this.#outbox.large.heard(v, this.closedTick)),
    [TYPE.timing]: this.#on(timing, v => this.#onTiming(v)),
    [TYPE.bye]: this.#on(bye, v => this.#onBye(v.code, v.reason, v.tick)),
  }

  constructor(options: StarClientOptions) {
    const { terms, pace = null, history = null, record = null } = options
    this.#options = options
    this.#terms = terms
    this.#pace = pace
    this.#outbox = new ClientOutbox(this.#line, terms.inputBytes, pace?.sent ?? null)
    this.#ticks = new ClosedTicks(this.#line, terms, this.#facts, this.#outbox, history, record)
    this.snapshots = new ClientStates(this.#line, record, {
      taken: (tick, round) => this.#taken(tick, round),
      begin: firstTick => this.#begin(firstTick),
    })
  }

  /** Newest tick of which everything up to it has been received: what INPUT acknowledges. */
  get closedTick(): number {
    return this.#ticks.tick
  }

  get round(): number {
    return this.#rounds.round
  }

  // ---- what the loop says

  /** The line to the host is up. */
  connected(): void {
    if (!this.#move('connect')) return
    this.#line.isAgreed = false
    this.#sendHello()
  }

  /** The line to the host is gone: that ends the match, unless another one may come. */
  disconnected(reason: string, cause?: 'full' | 'bye'): void {
    const inRoom = this.state === 'syncing' || this.state === 'running'
    const between = this.#line.session !== ZERO64 && this.state !== 'error'
    if (this.#ended || this.#options.comesBack !== true || !(inRoom || between)) {
      this.#end(cause === 'full' ? 'full' : 'host-gone', reason, 0)
      return
    }
    this.#move('close')
    this.snapshots.drop()
    // Also when a new line never came up: whoever tries hears of each try.
    this.#facts.push({ kind: 'lost', reason })
  }

  /** What this machine would host from; null when it knows too little. */
  hostedMatch(): HostedMatch | null {
    const { session, epoch } = this.#line
    return (
      this.#options.history?.match(
        {
          sessionId: session,
          // Another host, another epoch: what the old one still has on its way is of no use.
          epoch: (epoch + 1) & 255,
          seed: this.#seed,
          terms: this.#terms,
          closedTick: this.closedTick,
          round: this.#rounds.played,
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
    this.#rounds.ended(tick, carry)
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
    return this.#outbox.emit(bytes)
  }

  /**
   * Fixes this player's input of a tick; ticks follow one another. Answers the events that travel with it
   * (null: none), because the local prediction delivers them at that tick, too.
   */
  setLocalInput(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null {
    return this.#outbox.inputs.set(tick, bytes, this.state === 'running')
  }

  setChecksum(tick: number, checksum: number): void {
    this.#options.record?.checksum(tick, checksum)
    if (this.slot >= 0) this.#outbox.setChecksum(tick, checksum)
  }

  /** Says goodbye and ends. */
  leave(code: EndCode, reason: string, tick = 0): void {
    if (this.#ended) return
    if (this.state !== 'disconnected') {
      for (let i = 0; i < BYE_REPEATS; i++) this.#line.full(TYPE.bye, bye, { code: byeOf(code), tick, reason })
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
    this.#line.headTick = headTick
    if (this.state === 'running') this.#pace?.runs(headTick - this.closedTick)
    // Not at once: the facts that brought the state are still being read.
    if (this.#watches) this.#facts.push({ kind: 'entered', tick: this.closedTick, round: this.#rounds.played })
    this.#watches = false
    const retry = this.#calls % RETRY_TICKS === 0
    this.#stamp = stamp >>> 0
    if (retry && (this.state === 'handshake' || this.#proposing)) this.#sendHello()
    if (this.state === 'handshake') return
    if (retry && ((this.state === 'syncing' && this.#ready !== this.#readySent) || this.#rounds.isOver))
      this.#sendReady()
    const beat =
      this.#calls % LIMITS.heartbeatTicks === 0 ? { stamp: this.#stamp, rosterVersion: this.#roster.version } : null
    if (this.state === 'running' || this.#following)
      this.#outbox.send(this.#calls, this.closedTick, this.state === 'running', beat)
    else if (beat !== null) this.#line.full(TYPE.heartbeat, heartbeatUp, beat)
    // Behind the inputs of this call, so that nobody waits for them because of a state.
    this.snapshots.call(this.#wantsState(), retry)
  }

  #wantsState(): boolean {
    if (this.state === 'running') return this.snapshots.asks(this.closedTick)
    const { spectate, lateJoin } = this.#options
    if (this.state !== 'syncing' || !this.#underWay || this.#following || this.snapshots.intake.active) return false
    return spectate != null || (this.#ready && lateJoin !== false)
  }

  /** Valid until the next call. */
  takePackets(): ReusedList<Packet> {
    return this.#line.packets.take()
  }

  /** What was learned since the last time; valid until the next `receive`. */
  takeFacts(): ReusedList<Fact> {
    return this.#facts.take()
  }

  // ---- what the host says

  /** One packet from the host. Malformed ones are counted and dropped whole. */
  receive(bytes: Uint8Array): void {
    if (this.#deaf()) return
    const { incoming } = this.#line
    const code = this.#line.read(bytes)
    if (code === CODE.versionMismatch)
      this.#end('version', 'the host speaks another version of the protocol: both sides need the same Lockstride', 0)
    if (code !== CODE.ok) return
    this.snapshots.hostTick = Math.max(this.snapshots.hostTick, incoming.header.tick)
    for (let i = 0; i < incoming.messageCount && !this.#deaf(); i++) {
      const m = incoming.messages[i]
      const handle = this.#handlers[m.type]
      if (handle === undefined) this.faults.unexpected++
      else handle(bytes, m)
    }
  }

  /** Over, or without a line: what still comes is not meant for it. */
  #deaf(): boolean {
    return this.#ended || this.state === 'disconnected'
  }

  #on<T>(codec: Codec<T>, use: (value: T) => void): (bytes: Uint8Array, m: MessageSlice) => void {
    return (bytes, m) => {
      const value = this.#line.take(codec, bytes, m)
      if (value !== null) use(value)
    }
  }

  #onHeartbeat(v: HeartbeatDown): void {
    if (this.#ticks.isAhead) this.#ticks.hostHas(v.closedTick)
    if (v.echo !== 0) this.#facts.push({ kind: 'echo', stamp: v.echo })
    this.#facts.push({ kind: 'margin', sixteenths: v.margin })
    this.#facts.push({ kind: 'waiting', slots: slotsOf(v.waiting) })
  }

  #onTiming({ margin, late, vetoed, heard }: Timing): void {
    if (this.state !== 'running') return
    this.#facts.push({ kind: 'refused', late, vetoed })
    this.#pace?.timing(margin, heard, this.#line.headTick + 1, this.#facts)
  }

  #onRoster(part: Roster): void {
    const peers = this.#roster.add(part)
    if (peers === null) return
    this.#readySent = peers.find(p => p.slot === this.slot)?.ready ?? false
    this.#peers = peers
    this.#underWay = peers.some(p => p.playing)
    this.#facts.push({ kind: 'roster', peers })
  }

  #onBye(code: number, reason: string, tick: number): void {
    const end = endOfBye(code)
    if (end === 'timeout') this.#dropped(reason, tick)
    else this.#end(end, reason, tick)
  }

  // A machine that slept is back now: it may come again.
  #dropped(reason: string, tick: number): void {
    if (this.#options.comesBack === true) this.disconnected(reason)
    else this.#end('timeout', reason, tick)
  }

  // ---- coming in, perhaps again

  #onWelcome(v: Welcome): void {
    if (this.state !== 'handshake') return
    if (v.slot !== NO_SLOT && v.slot >= this.#terms.maxPlayers) {
      this.faults.malformed++
      return
    }
    this.#move('welcome')
    const same = this.#sameMatch(v)
    this.#line.agree(v)
    this.#seed = v.seed
    this.slot = v.slot === NO_SLOT ? -1 : v.slot
    this.#roster.version = 0
    this.#following = false
    this.#outbox.large.newLine()
    if (same) this.#resume(v)
    else {
      this.#forget()
      this.#options.record?.match(this.#terms, v.seed, this.slot)
      this.#facts.push({ kind: 'welcome', slot: this.slot, seed: v.seed })
    }
    this.#sendReady()
  }

  #sameMatch({ sessionId, seed }: Welcome): boolean {
    const { hi, lo } = this.#line.session
    return sessionId.hi === hi && sessionId.lo === lo && seed === this.#seed && this.closedTick > 0
  }

  // Back in the match, with the state that this machine has.
  #resume(v: Welcome): void {
    const plays = v.part === PART.plays && this.#firstInput > 0
    if (plays) {
      this.#move('start')
      this.#outbox.moved()
    } else {
      this.#firstInput = 0
      this.#outbox.stop(this.closedTick)
      this.#following = v.part === PART.follows
      if (this.#following && this.slot < 0) this.#watch()
    }
    this.#rounds.resume(this.closedTick)
    this.#facts.push({ kind: 'resumed', slot: this.slot, plays })
    this.#ticks.hostHas(v.tick)
  }

  // Another match under the same name.
  #forget(): void {
    this.#ticks.leap(0)
    this.#outbox.clear()
    this.#rounds.clear()
    this.snapshots.hostTick = 0
    this.#firstInput = 0
    this.#underWay = false
    this.snapshots.intake.clear()
  }

  #begin(firstTick: number): void {
    this.#firstInput = firstTick
    this.#outbox.begin(firstTick)
  }

  #watch(): void {
    this.#move('start')
    this.#watches = true
  }

  // ---- rounds and ticks

  #onReady(v: ReadyDown): void {
    if (this.state !== 'syncing' && this.state !== 'running') return
    if (v.round <= this.round || v.startTick <= this.closedTick) return
    const joins = slotsOf(v.joins)
    let begins = false
    if (this.state === 'syncing') {
      if (!joins.includes(this.slot)) return
      this.#move('start')
      // One who follows already goes on hearing of every tick before it.
      if (!this.#following) this.#ticks.leap(v.startTick - 1)
      // Its own first inputs may be of later ticks: it was about to come in by itself.
      begins = this.#firstInput === 0 || this.#firstInput > v.startTick
      if (begins) this.#begin(v.startTick)
      this.#following = false
      this.snapshots.intake.clear()
    }
    this.#rounds.named(v.round)
    const control: TickControl = { restart: { round: v.round, carry: v.carry }, joins, leaves: [], swap: null }
    const { tick: closedTick } = this.#line.incoming.header
    this.#facts.push({ kind: 'start', tick: v.startTick, round: v.round, control, closedTick, begins })
  }

  #onTick(bytes: Uint8Array, m: MessageSlice): void {
    const ticks = this.#ticks
    if ((this.state !== 'running' && !this.#following) || !ticks.read(bytes, m, this.slot)) return
    while (ticks.next()) {
      if (ticks.control === null) continue
      this.#onControl(ticks.control, ticks.tick)
      if (this.#deaf()) return
    }
    this.#outbox.closed(ticks.tick)
  }

  #onControl(control: TickControl, tick: number): void {
    const { restart, joins, leaves, swap } = control
    if (restart !== null) this.#rounds.begun(restart.round)
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

  // ---- states

  #onSnapshotHeader(v: SnapshotHeader): void {
    const { intake } = this.snapshots
    // Somebody who plays gets one because its own is not the others'.
    const expected = this.state === 'running' || this.#wantsState() || intake.active
    if (!expected || this.#following) this.faults.unexpected++
    else if (!intake.header(v)) this.faults.malformed++
  }

  #onSnapshotChunk(v: SnapshotChunk): void {
    const whole = this.snapshots.chunk(v)
    if (whole !== null) this.#facts.push({ kind: 'snapshot', header: whole.header, bytes: whole.bytes })
  }

  #taken(tick: number, round: number): void {
    this.#ticks.leap(tick)
    this.#outbox.dropChecksum()
    this.#line.headTick = tick
    this.#rounds.joined(round)
    if (this.state !== 'syncing') return
    this.#following = true
    // Who only watches has nothing to wait for any more.
    if (this.slot < 0) this.#watch()
  }

  // ---- what goes out

  #sendHello(): void {
    const { name, profile, ticket = NO_BYTES, spectate } = this.#options
    this.#line.full(TYPE.hello, hello, {
      terms: this.#terms,
      name,
      profile,
      ticket,
      spectator: spectate != null,
      delayTicks: spectate?.delayTicks ?? 0,
      sessionId: this.#line.session,
      seed: this.#seed,
      applied: this.closedTick,
    })
  }

  #sendReady(): void {
    const { round, endTick, carry } = this.#rounds
    this.#line.full(TYPE.ready, readyUp, { ready: this.#ready, round, endTick, carry })
  }

  // ---- states of the connection

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

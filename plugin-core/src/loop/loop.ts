// The only orchestrator: it polls the session, hands facts to the timeline, fulfils the timeline's requests on the
// sim, and sends packets. It runs no timer (the pacer calls it) and touches no page (its hooks are told).

import type { ReusedList } from '../bytes/reused-list.ts'
import { decodeEvent, encodeEvent } from '../event/event-codec.ts'
import { RaisedLog, type RaisedNews } from '../event/raised-log.ts'
import { InputDelay } from '../input/input-delay.ts'
import type { SlotEvent } from '../input/tick-control.ts'
import type { Fact } from '../session/fact.ts'
import type { Session } from '../session/session.ts'
import type { Game } from '../sim/game.ts'
import { guard } from '../sim/guard.ts'
import { RulesError } from '../sim/rules-error.ts'
import type { ScriptNews, ScriptSet, SimScripts } from '../sim/sim-scripts.ts'
import { Simulation, type SimEvent } from '../sim/simulation.ts'
import { SnapshotRing } from '../timeline/snapshot-ring.ts'
import { Timeline, type Request } from '../timeline/timeline.ts'
import type { Clock } from '../transport/clock.ts'
import type { Transport } from '../transport/transport.ts'
import { CHECKSUM_TICKS, assertLimits } from '../wire/limits.ts'
import type { SnapshotHeader, Terms } from '../wire/messages.ts'
import type { EventLine } from './event-line.ts'
import { gameTerms } from './game-terms.ts'
import type { HandOff, StateTransfer } from './hand-off.ts'
import type { Outputs } from './outputs.ts'
import { TimeSync } from './time-sync.ts'

export interface LoopHooks {
  /** A fact that people may want to hear of (not those of every tick). */
  fact(fact: Fact): void
  /** Events of the rules that are shown, confirmed or cancelled now, in order. The list is reused. */
  raised(news: readonly RaisedNews[]): void
  /** The rules threw; the match is over on this machine. */
  fault(error: RulesError): void
  /** Other rules run from this tick on. */
  swapped(tick: number): void
  /** What scripts tell people. The list is reused. */
  scripts?(news: readonly ScriptNews[]): void
  /** A confirmed tick on the checksum grid. */
  checksum?(tick: number, checksum: number): void
  /** This machine's state was not the others', and theirs is in its place: what was different, in lines for people. */
  astray?: (report: string) => void
}

export interface LoopOptions {
  game: Game
  /** Its scripts, by `loadScripts`. */
  scripts?: ScriptSet | null
  /** Tells two versions of the rules apart where their text does not. */
  sourceId: string
  transport: Transport
  clock: Clock
  hooks: LoopHooks
  /** Makes the session for the game's terms: how facts arrive. */
  session: (terms: Terms) => Session
  inputDelay: number
  predictionWindow: number
  /** The host closes ticks on time, whoever is late. */
  authoritative?: boolean
  /** Confirmed ticks between two checksums. */
  checksumTicks?: number
  /** Packs and hands on states that go to other machines, and unpacks theirs. Without it this one serves nobody, and takes none. */
  compression?: StateTransfer | null
  /** How events travel and are judged, where the game declares who may send them. */
  events?: (simulation: Simulation) => EventLine
  /** Carries what the rules say to the network. Without it they say it to nobody, as in a replay. */
  outputs?: Outputs
  /** Off only to measure what it costs. */
  guarded?: boolean
}

export interface LoopStats {
  pingMs: number
  stalledTicks: number
  packetsSent: number
  packetsReceived: number
  bytesSent: number
  bytesReceived: number
  checksum: number
  checksumTick: number
  longestGapMs: number
  /** Where the host waits for nobody: this player's inputs that came too late. */
  lateInputs: number
  /** And those that the rules on the host forbade. */
  vetoedInputs: number
}

const HOST = 0
/** Ticks that one call runs to catch up with the others. */
const CATCH_UP_TICKS = 32
/** A call that catches up stops after so much time: packets wait meanwhile. */
const CATCH_UP_MS = 12
/** Who only watches stays behind by this much, so that a late packet stops nothing. */
const WATCH_BEHIND_TICKS = 2
/** Behind by more than this is behind, and not the network's ups and downs. */
const BEHIND_TICKS = 12
/** Who plays or watches hears of what happened up to so many ticks ago: a short stall must not swallow a line of the chat. */
const HISTORY_TICKS = 60
/** Most neutral inputs that somebody who enters a running round sends ahead: less than the input buffer. */
const ENTRY_TICKS = 20
const NO_EVENTS: readonly SimEvent[] = []

export class Loop {
  readonly session: Session
  readonly timeline: Timeline
  readonly snapshots: SnapshotRing
  simulation: Simulation
  /** Null: events travel as they are. */
  readonly events: EventLine | null
  readonly timeSync = new TimeSync()
  readonly stats: LoopStats = {
    pingMs: 0,
    stalledTicks: 0,
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    checksum: 0,
    checksumTick: 0,
    longestGapMs: 0,
    lateInputs: 0,
    vetoedInputs: 0,
  }
  /** Ticks are simulated: this player plays, or watches. */
  running = false
  /** This player's inputs are sampled. */
  #sampling = false
  paused = false
  /** Due time, on the loop's clock, of the newest simulated tick. */
  headDueMs = 0
  /** The same in whole milliseconds, to measure gaps: fractions are boxed each time while the code is still cold. */
  #headMs = 0

  readonly #options: LoopOptions
  #transport: Transport
  readonly #input: Uint8Array
  /** The input of the newest tick that has one. */
  readonly #lastInput: Uint8Array
  readonly #inputDelay: InputDelay
  readonly #checksumTicks: number
  /** Ticks to wait before the first one of a round that others are still playing towards. */
  #startIn = 0
  #newestInput = 0
  #nextChecksum = 0
  #reportedEnd = 0
  #over = false
  readonly #eras: { fromTick: number; game: Game; scripts: SimScripts | null }[]
  #candidate: { game: Game; scripts: SimScripts | null; rulesHash: number } | null = null
  readonly #raised: RaisedLog
  /** Ticks that run now are no history. */
  #live = true
  #changed = false
  readonly #handOff: HandOff | null

  constructor(options: LoopOptions) {
    const { game, predictionWindow, inputDelay, scripts = null } = options
    const terms = gameTerms(game, options.sourceId, predictionWindow, options.authoritative, scripts)
    assertLimits(terms.limits, { predictionWindow, inputDelay })
    this.#options = options
    this.#transport = options.transport
    this.#checksumTicks = options.checksumTicks ?? CHECKSUM_TICKS
    this.session = options.session(terms)
    this.simulation = new Simulation(game, { seed: 0, scripts })
    this.events = options.events?.(this.simulation) ?? null
    if (game.rights !== null && this.events === null)
      throw new TypeError('new Loop: this game needs { events: await loadEvents(game) }')
    this.timeline = new Timeline({
      slots: terms.maxPlayers,
      inputBytes: terms.inputBytes,
      predictionWindow,
      predict: game.predict && ((last, ticksAhead, into) => this.#predict(last, ticksAhead, into)),
    })
    this.snapshots = new SnapshotRing(predictionWindow, this.simulation.sizeBytes)
    // Every place is touched once: its pages and its views are there before the first tick.
    for (let place = 0; place < this.snapshots.capacity; place++) {
      this.#save(place)
      this.simulation.checksum(this.snapshots.view(place), this.snapshots.image(place))
    }
    this.snapshots.clear()
    this.#input = new Uint8Array(terms.inputBytes)
    this.#lastInput = new Uint8Array(terms.inputBytes)
    this.#inputDelay = new InputDelay(inputDelay)
    this.#eras = [{ fromTick: 0, game, scripts: this.simulation.scripts }]
    this.#raised = new RaisedLog(predictionWindow)
    this.#handOff = options.compression?.handOff() ?? null
  }

  /** Opens the transport: HELLO goes out when the line is up. */
  open(): void {
    this.#openLine(this.#transport)
  }

  /** Another line in place of the one that broke, or is about to: the match goes on with the state that is here. */
  reopen(transport: Transport): void {
    this.#transport.close()
    if (this.session.state !== 'disconnected') this.session.disconnected('another line takes its place')
    this.#transport = transport
    this.#openLine(transport)
  }

  #openLine(transport: Transport): void {
    const { clock } = this.#options
    transport.open({
      message: (_peer, bytes) => this.receive(bytes, clock.now()),
      joined: () => {
        this.session.connected()
        this.#send()
      },
      left: (_peer, reason, cause) => {
        if (transport !== this.#transport) return
        this.session.disconnected(reason, cause)
        this.#takeFacts(clock.now())
      },
    })
  }

  /** One packet from the host. */
  receive(bytes: Uint8Array, nowMs: number): void {
    this.stats.packetsReceived++
    this.stats.bytesReceived += bytes.length
    this.session.receive(bytes)
    this.#takeFacts(nowMs)
    this.#send()
  }

  /** The inputs that the next ticks sample, encoded by the game's input schema. */
  setInput(bytes: Uint8Array): void {
    this.#input.set(bytes)
  }

  /** Queues an event for this player's next input. `causes`: hashes of the envelopes that it comes from. Throws a sentence when it cannot travel. */
  emit(kind: string, payload: unknown, causes?: readonly Uint8Array[]): void {
    if (this.session.slot < 0)
      throw new Error(
        `emit('${kind}'): events travel with a player's input, and this one only watches or is not in yet`,
      )
    const bytes =
      this.events?.encode(this.session.slot, kind, payload, this.#newestInput + 1, causes) ?? encodeEvent(kind, payload)
    if (!this.session.emit(bytes))
      throw new Error(`emit('${kind}'): too many events wait to be sent; emit at most a few a tick`)
  }

  /** Says goodbye and stops. */
  leave(): void {
    if (!this.#over) {
      this.session.leave('left', 'this player left')
      this.#send()
      this.#takeFacts(this.#options.clock.now())
    }
  }

  close(): void {
    this.#over = true
    this.running = false
    this.#endRaised()
    this.#transport.close()
    this.timeline.watcher?.ended()
  }

  /**
   * Other rules for the same schema: they run from a tick that the host names once every machine of the room has them.
   * With another schema a new loop is needed.
   */
  replaceGame(game: Game, sourceId: string, set: ScriptSet | null = null): void {
    const { predictionWindow, authoritative } = this.#options
    const last = this.#eras[this.#eras.length - 1].scripts
    const scripts = set === null || set === last?.set ? last : this.simulation.openScripts(set, last?.set ?? null)
    const terms = gameTerms(game, sourceId, predictionWindow, authoritative, scripts?.set)
    this.#candidate = { game, scripts, rulesHash: terms.rulesHash }
    this.session.proposeRules(terms)
    this.#send()
  }

  /** One call a tick, on the grid: answers whether there is a new state to show. */
  call(dueMs: number): boolean {
    if (this.#over) return false
    this.#changed = false
    const nowMs = Math.round(this.#options.clock.now())
    this.#takeFacts(nowMs)
    if (this.running) this.#advance(dueMs, nowMs)
    this.#tellScripts()
    const state = this.#handOff?.call() ?? null
    if (state !== null) this.session.snapshots?.offer(this.#options.compression!.offer(state))
    // After sampling: this tick's input leaves with this tick's packet.
    this.session.tick(this.timeline.headTick, nowMs)
    this.#send()
    return this.#changed
  }

  // ---- what was learned

  #takeFacts(nowMs: number): void {
    const facts = this.session.takeFacts()
    for (let i = 0; i < facts.length; i++) {
      const fact = facts.at(i)
      switch (fact.kind) {
        case 'tick':
          // Learned before the state that this machine goes on from now: it will be told again what follows that.
          if (fact.tick !== this.timeline.confirmedTick + 1) break
          if (fact.control?.swap != null) this.#swapAt(fact.tick, fact.control.swap)
          this.timeline.confirm(fact.tick, fact.row, fact.control, fact.events)
          if (fact.control !== null) this.#options.hooks.fact(fact)
          break
        case 'welcome':
          this.running = false
          this.#sampling = false
          this.#endRaised()
          this.simulation.reset(fact.seed)
          this.events?.rebase(0)
          this.#options.outputs?.begin(0)
          this.#options.hooks.fact(fact)
          break
        case 'start':
          this.#start(fact)
          this.#options.hooks.fact(fact)
          break
        case 'delay':
          this.#inputDelay.change(fact.tick, fact.delay)
          this.#options.hooks.fact(fact)
          break
        case 'margin':
          this.timeSync.lead(fact.sixteenths)
          break
        case 'pace':
          this.timeSync.shift(fact.ticks)
          break
        case 'refused':
          this.stats.lateInputs = fact.late
          this.stats.vetoedInputs = fact.vetoed
          break
        case 'echo':
          this.#ping(fact.stamp, nowMs)
          break
        case 'end':
          this.running = false
          this.#endRaised()
          this.#options.hooks.fact(fact)
          break
        case 'snapshot-wanted':
          this.#handOff?.want(fact.tick)
          break
        case 'snapshot':
          this.#takeOver(fact.header, fact.bytes)
          break
        case 'resumed':
          if (!fact.plays) this.#sampling = false
          this.#options.hooks.fact(fact)
          break
        case 'entered':
          this.stats.longestGapMs = 0
          this.#options.hooks.fact(fact)
          break
        case 'lost':
        case 'roster':
        case 'waiting':
          this.#options.hooks.fact(fact)
          break
      }
    }
  }

  #start(fact: Extract<Fact, { kind: 'start' }>): void {
    if (!this.running) {
      this.running = true
      this.timeline.start(fact.tick)
      this.#raised.end(fact.tick - 1)
      this.#options.outputs?.begin(fact.tick - 1)
      this.snapshots.clear()
      this.#save(fact.tick - 1)
      this.#nextChecksum = this.#gridTick(fact.tick)
      // Others have played before: what of that outlives rounds comes with a state of theirs.
      if (fact.round > 1 && this.simulation.outlivesRounds) this.session.snapshots?.want(fact.tick)
      this.#startIn = this.#ticksUntil(fact.tick, fact.closedTick)
      this.headDueMs = 0
      this.#headMs = 0
      this.#beginInputs(fact.tick, this.#inputDelay.newestFor(fact.tick) - fact.tick)
    } else if (fact.begins) {
      // It followed the round before, and plays this one.
      this.#beginInputs(fact.tick, this.#inputDelay.newestFor(fact.tick) - fact.tick)
    }
    this.stats.longestGapMs = 0
    this.timeline.expect(fact.tick, fact.control, null)
  }

  // The first inputs are neutral, and on their way before their tick is simulated.
  #beginInputs(firstTick: number, count: number): void {
    this.#sampling = true
    this.#newestInput = firstTick - 1
    this.#input.fill(0)
    this.#lastInput.fill(0)
    this.#sampleUpTo(firstTick - 1 + count)
  }

  // Another machine's state, to begin with or in place of this one's.
  #takeOver(header: SnapshotHeader, bytes: Uint8Array): void {
    const { timeline, session } = this
    const { tick } = header
    const snapshots = session.snapshots!
    // Neither at the beginning nor where it is wanted was there anything that the others' state is to be compared with.
    const astray = this.running && !snapshots.wanting ? this.#options.hooks.astray : undefined
    const loaded = this.#handOff?.load(this.simulation, header, bytes, astray) ?? false
    if (loaded === false) snapshots.refused()
    else if (loaded !== true) session.leave('protocol', loaded, tick)
    if (loaded !== true) return
    this.snapshots.clear()
    this.#save(tick)
    if (this.running) timeline.rebase(tick)
    else timeline.start(tick + 1)
    this.#raised.rebase(tick)
    this.#options.outputs?.rebase(tick)
    this.events?.rebase(tick)
    this.running = true
    this.#nextChecksum = this.#gridTick(tick + 1)
    this.#headMs = 0
    snapshots.taken(tick)
  }

  // The host was at `closedTick` when it named the tick; since then half a round trip has passed, and this player's inputs
  // take the other half. Starting that much earlier, nobody waits for them.
  #ticksUntil(tick: number, closedTick: number): number {
    return Math.max(0, tick - closedTick - 2 + this.#inputDelay.delay - this.#roundTripTicks())
  }

  #roundTripTicks(): number {
    return Math.ceil((this.stats.pingMs * this.#options.game.schema.tickRate) / 1000)
  }

  #ping(stamp: number, nowMs: number): void {
    const ms = Math.max(0, nowMs - stamp)
    if (ms > 60_000) return
    this.stats.pingMs = this.stats.pingMs === 0 ? ms : this.stats.pingMs * 0.75 + ms * 0.25
  }

  // ---- what is computed

  #advance(dueMs: number, nowMs: number): void {
    if (this.#startIn > 0) {
      this.#startIn--
      return
    }
    const { timeline, session } = this
    // Both inputs of a tick may be there by the input delay before it is wanted: that is not behind.
    const behind = timeline.confirmedTick - timeline.headTick > BEHIND_TICKS + this.#inputDelay.delay
    if (!this.#sampling || session.state === 'syncing' || behind) this.#catchUp(dueMs)
    else this.#play(dueMs, nowMs)
    if (!this.running) return
    this.#checksums()
    this.#reportRoundEnd()
    this.#tellRaised()
  }

  // Behind the others, or not in their round yet: several ticks a call. What happened long ago the scene does not hear.
  #catchUp(dueMs: number): void {
    const { timeline, session } = this
    const { clock, predictionWindow } = this.#options
    const inputDelay = this.#inputDelay.delay
    const watches = session.slot < 0
    const roundTrip = this.#roundTripTicks()
    const ahead = watches ? -WATCH_BEHIND_TICKS : Math.min(predictionWindow, Math.max(0, roundTrip + 1 - inputDelay))
    const behind = timeline.confirmedTick + ahead - timeline.headTick
    let steps = Math.min(behind, watches && behind <= BEHIND_TICKS ? 1 : CATCH_UP_TICKS)
    const until = clock.now() + CATCH_UP_MS
    // What turned out wrong is corrected, whether there is a tick to run or not: its checksum is told.
    this.#fulfil(false)
    if (!this.running) return
    for (; steps > 0 && timeline.canAdvance() && clock.now() <= until; steps--) {
      this.#raised.silent = behind > (session.state === 'syncing' ? BEHIND_TICKS : HISTORY_TICKS)
      this.#live = false
      this.#fulfil(true)
      this.#live = true
      this.#raised.silent = false
      if (!this.running) return
      // Before the ring has forgotten them: it keeps fewer ticks than one call may run.
      this.#checksums()
    }
    this.headDueMs = dueMs
    this.#headMs = 0
    if (watches) return
    // One who plays goes on giving inputs meanwhile: the others do not wait.
    if (this.#sampling) {
      this.#sampleUpTo(session.state === 'syncing' ? timeline.headTick + 1 + inputDelay : this.#newestInput + 1)
      return
    }
    // Nobody should have to wait for one who is not there.
    if (this.paused) return
    const { hostTick } = session.snapshots!
    if (timeline.headTick < Math.max(hostTick, timeline.confirmedTick + ahead)) return
    // Caught up. Its first inputs reach the host before their ticks are closed, so that nobody waits for it.
    session.snapshots!.begin(timeline.headTick + 1)
    this.#beginInputs(timeline.headTick + 1, Math.min(ENTRY_TICKS, inputDelay + roundTrip + 2))
  }

  #play(dueMs: number, nowMs: number): void {
    const { timeline } = this
    // Paused: the past is still corrected, and nothing is sampled, so the others wait.
    let advance = !this.paused && !this.timeSync.skipsThisTick()
    if (advance) {
      // Sampled when the tick is first wanted, whether it may run now or not.
      this.#sampleUpTo(this.#inputDelay.newestFor(timeline.headTick + 1))
      // A duel closes the ticks of which only this player's input was missing: what is known is not predicted.
      this.#takeFacts(nowMs)
      if (!this.running) return
      if (!timeline.canAdvance()) {
        this.stats.stalledTicks++
        advance = false
      }
    }
    const before = timeline.headTick
    this.#fulfil(advance)
    if (!this.running) return
    if (advance && this.timeSync.addsTick() && timeline.canAdvance()) {
      this.#sampleUpTo(this.#inputDelay.newestFor(timeline.headTick + 1))
      this.#fulfil(true)
      if (!this.running) return
    }
    if (timeline.headTick > before) {
      this.headDueMs = dueMs
      const gapMs = nowMs - this.#headMs
      if (this.#headMs > 0 && gapMs > this.stats.longestGapMs) this.stats.longestGapMs = gapMs
      this.#headMs = nowMs
    }
  }

  #sampleUpTo(tick: number): void {
    while (this.#newestInput < tick) {
      const next = ++this.#newestInput
      const { slot } = this.session
      // The gap that a raised delay leaves repeats the last input.
      if (next === tick) this.#lastInput.set(this.#input)
      const events = this.session.setLocalInput(next, this.#lastInput)
      this.timeline.setInput(slot, next, this.#lastInput)
      if (events !== null) this.timeline.expect(next, null, ofSlot(slot, events))
    }
  }

  #fulfil(advance: boolean): void {
    try {
      const requests = this.timeline.plan(advance)
      if (requests.length > 0) this.#compute(requests)
    } catch (error) {
      // Of the game's own prediction, or of its rules.
      this.#fault(error)
    }
    if (!this.running) return
    const { confirmedTick, headTick } = this.timeline
    this.#raised.settle(confirmedTick, headTick)
    this.events?.settle(Math.min(confirmedTick, headTick))
    this.#options.outputs?.settle(Math.min(confirmedTick, headTick), this)
  }

  #predict(last: Uint8Array, ticksAhead: number, into: Uint8Array): void {
    const { predict } = this.simulation.game
    // Rules that came by a swap may have none.
    if (predict === null) return into.set(last)
    try {
      predict(last, ticksAhead, into)
    } catch (error) {
      throw new RulesError(this.timeline.headTick + 1, error)
    }
  }

  #save(tick: number): void {
    this.simulation.save(this.snapshots.claim(tick), this.snapshots.image(tick))
  }

  #compute(requests: ReusedList<Request>): void {
    this.#changed = true
    const guarded = this.#options.guarded ?? true
    if (guarded) guard.enter()
    try {
      this.#run(requests)
    } finally {
      // Before anyone is told of what was thrown: telling reads the clock.
      if (guarded) guard.leave()
    }
  }

  #run(requests: ReusedList<Request>): void {
    for (let i = 0; i < requests.length; i++) {
      const request = requests.at(i)
      switch (request.kind) {
        case 'load':
          this.simulation.load(this.snapshots.view(request.tick), this.snapshots.image(request.tick))
          this.#raised.rewind(request.tick)
          this.#options.outputs?.rewind(request.tick)
          break
        case 'advance':
          this.#advanceSim(request)
          break
        case 'save':
          this.#save(request.tick)
          break
      }
    }
  }

  #advanceSim(request: Extract<Request, { kind: 'advance' }>): void {
    const { tick, row, control, events } = request
    if (this.#eras.length > 1) this.#useRulesOf(tick)
    const heard = this.events?.open(tick, control, events) ?? (events === null ? NO_EVENTS : decodeAll(events))
    const { simulation, snapshots } = this
    simulation.advance(tick, row, control, heard, snapshots.view(tick - 1), snapshots.image(tick - 1))
    this.#raised.run(tick, simulation.raised)
    this.#options.outputs?.run(tick, simulation.said, this.session.slot, this.#live)
  }

  #tellScripts(): void {
    const { scripts } = this.simulation
    if (scripts === null) return
    scripts.settle(this.timeline.confirmedTick)
    if (scripts.news.length > 0) this.#options.hooks.scripts?.(scripts.news)
    scripts.news.length = 0
  }

  #tellRaised(): void {
    const { news } = this.#raised
    if (news.length === 0) return
    this.#options.hooks.raised(news)
    news.length = 0
  }

  // No tick runs any more: nothing that was shown is left open.
  #endRaised(): void {
    this.#raised.end()
    this.#tellRaised()
  }

  #fault(error: unknown): void {
    if (!(error instanceof RulesError)) throw error
    this.running = false
    this.session.leave('rules', error.message, error.tick)
    this.#send()
    this.#options.hooks.fault(error)
    this.#takeFacts(this.#options.clock.now())
  }

  // Confirmed ticks on the grid: canonical in the snapshot's copy, so that the live world stays as the rules left it.
  #checksums(): void {
    const { timeline } = this
    const upTo = Math.min(timeline.confirmedTick, timeline.headTick)
    if (this.session.snapshots?.wanting === true) this.#nextChecksum = this.#gridTick(upTo + 1)
    for (; this.#nextChecksum <= upTo; this.#nextChecksum += this.#checksumTicks) {
      const tick = this.#nextChecksum
      if (!this.snapshots.has(tick)) continue
      const state = this.snapshots.view(tick)
      const image = this.snapshots.image(tick)
      const checksum = this.simulation.checksum(state, image)
      this.#handOff?.confirmed(tick, this.simulation, checksum, state, image)
      this.stats.checksum = checksum
      this.stats.checksumTick = tick
      this.session.setChecksum(tick, checksum)
      this.#options.hooks.checksum?.(tick, checksum)
      if (this.#eras.length > 1 && this.#eras[1].fromTick < timeline.confirmedTick - 2) this.#eras.shift()
    }
  }

  #gridTick(from: number): number {
    return Math.ceil(from / this.#checksumTicks) * this.#checksumTicks
  }

  // The rules say that the round is over: once that is confirmed, the host hears of it, and names the next one.
  #reportRoundEnd(): void {
    const { timeline, simulation } = this
    if (simulation.roundEndTick === 0) {
      this.#reportedEnd = 0
      return
    }
    const endTick = simulation.roundEndTick
    if (this.#reportedEnd === endTick || endTick > timeline.confirmedTick) return
    this.#reportedEnd = endTick
    this.session.endRound(simulation.round, endTick, simulation.carry)
  }

  // ---- rules that change

  #swapAt(tick: number, rulesHash: number): void {
    if (this.#candidate?.rulesHash !== rulesHash) return
    const { game, scripts } = this.#candidate
    this.#eras.push({ fromTick: tick, game, scripts })
    this.#candidate = null
    this.#options.hooks.swapped(tick)
  }

  #useRulesOf(tick: number): void {
    let now = this.#eras[0]
    for (const era of this.#eras) if (era.fromTick <= tick) now = era
    const { simulation } = this
    if (now.game !== simulation.game || now.scripts !== simulation.scripts) simulation.swapRules(now.game, now.scripts)
  }

  // ---- what goes out

  #send(): void {
    const packets = this.session.takePackets()
    for (let i = 0; i < packets.length; i++) {
      const { bytes } = packets.at(i)
      this.stats.packetsSent++
      this.stats.bytesSent += bytes.length
      this.#transport.send(HOST, bytes)
    }
  }
}

function ofSlot(slot: number, events: readonly Uint8Array[]): SlotEvent[] {
  return events.map(bytes => ({ slot, bytes }))
}

// Each rollback decodes anew: events are rare, and rules may have written into the payload.
function decodeAll(events: readonly SlotEvent[]): SimEvent[] {
  const out: SimEvent[] = []
  for (const { slot, bytes } of events) {
    const event = decodeEvent(bytes)
    if (event !== null) out.push({ slot, kind: event.kind, payload: event.payload })
  }
  return out
}

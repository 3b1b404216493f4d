// The branches of a running match, for a debugger or a tool: what was predicted and left, what-ifs beside it, and what they become
// together. It looks on, and is there only while somebody asks: the match computes the same with it and without it.

import type { EventEnvelope } from '../event/envelope.ts'
import { decodeEvent } from '../event/event-codec.ts'
import { hashOf } from '../event/hash.ts'
import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { Game, SimEvent } from '../sim/game.ts'
import type { SimScripts } from '../sim/sim-scripts.ts'
import { Simulation } from '../sim/simulation.ts'
import { Bridge, type Crossing, type Paradox } from '../timeline/branch-tree-bridge.ts'
import { lastWriter, type MergeDecision, type MergeRule, type Side } from '../timeline/branch-tree-merge.ts'
import { BranchTree, type BranchNode, type BranchState } from '../timeline/branch-tree.ts'
import type { Request, TimelineWatcher } from '../timeline/timeline.ts'
import { ColumnTrace } from './column-trace.ts'
import { FactHistory, factBytes, type SavedState, type TickFacts } from './fact-history.ts'
import type { Loop } from './loop.ts'
import { mergeStates } from './merge-forks.ts'
import { WhatIf, type ForkInputs, type ForkOptions, type WhatIfHome } from './what-if.ts'

export interface BranchesOptions {
  /** Ticks behind the confirmed one in which predictions that were left are kept, and forks may begin. Default 120; from 32 to 3600. */
  windowTicks?: number
  /** Ticks between two states that are kept in the window, at least: a fork there begins at the last one. Default 30; 32 states are kept at most. */
  stateTicks?: number
  /** Whether this tool was granted a capability. Default: whether this machine's player was, where the game declares who may what. */
  may?: (capability: 'timeline:branch' | 'timeline:merge') => boolean
  /** Where the host waits for nobody, it alone decides about a paradox: true lets it pass. Default: none passes. */
  decide?: (paradox: Paradox) => boolean
  /** The match is over, and everything of it was let go. */
  ended?: () => void
  /** Sends an event that crossed to the match. Default: as this player's next event, which takes that one's place in the order. */
  deliver?: (envelope: EventEnvelope) => void
}

/** A branch as a tool shows it. */
export interface BranchFacts {
  readonly id: string
  readonly state: BranchState
  /** Null: it is the match. */
  readonly parent: string | null
  readonly forkTick: number
  /** Newest tick of its own. */
  readonly tick: number
  /** Newest tick that it has in common with what the match goes on with; -1: forgotten. */
  readonly sharedTick: number
  /** Of a collapsed one: what it became part of. */
  readonly mergedInto: string | null
}

export interface MergeOptions extends ForkOptions {
  /** The game's word on cells that both changed, by `Component.field`. */
  rules?: Readonly<Record<string, MergeRule>>
}

export interface Merged {
  /** Goes on from the merged state. The two that it is made of do not. */
  readonly whatIf: WhatIf
  /** Where they parted. */
  readonly base: { readonly branch: string; readonly tick: number }
  /** What was decided, cell by cell; `ours` is of the first one that was named. */
  readonly decisions: readonly MergeDecision[]
  readonly last: Side
}

const WINDOW_TICKS = 120
/** A rollback never goes back by more. */
const LEAST_WINDOW_TICKS = 32
/** A minute: each tick of it may have left a prediction. */
const MOST_WINDOW_TICKS = 3600
const STATE_TICKS = 30
/** Most states in a window: they may be large. */
const STATES = 32
/** Simulations that are kept for the next what-ifs: making one touches all of its memory. */
const SPARE = 2
/** Changes of the rules that are remembered: who edits them saves so often in a minute. */
const RULES = 8

/** Watches the loop's branches from now on, until `stop` or the end of the match. One at a time. */
export function watchBranches(loop: Loop, options: BranchesOptions = {}): Branches {
  return new Branches(loop, options)
}

export class Branches implements TimelineWatcher {
  readonly tree: BranchTree<SavedState>
  readonly #loop: Loop
  readonly #options: BranchesOptions
  readonly #trace: ColumnTrace
  readonly #bridge: Bridge<SavedState>
  readonly #whatIfs = new Set<WhatIf>()
  readonly #home: WhatIfHome
  readonly #spare: Simulation[] = []
  /** Rules that ran before a tick, the oldest first. */
  readonly #rules: { before: number; game: Game; scripts: SimScripts | null }[] = []
  #history: FactHistory
  /** Why nothing more is to be had here. */
  #why: string | null = null

  constructor(loop: Loop, options: BranchesOptions) {
    const { timeline } = loop
    if (timeline.watcher !== null) throw new Error('the branches of this match are watched already: stop that first')
    this.#loop = loop
    this.#options = options
    const first = this.#firstKnown()
    this.#history = new FactHistory(first)
    this.tree = new BranchTree({ hash: hashOf, tick: first, windowTicks: 0 })
    this.windowTicks = options.windowTicks ?? WINDOW_TICKS
    this.#home = {
      tree: this.tree,
      facts: tick => this.#history.at(tick),
      predicted: tick => this.#predicted(tick),
      heard: (simulation, tick, { control, events }) =>
        loop.events?.openBeside(simulation, tick, control, events) ?? heard(events),
      swap: (simulation, tick) => this.#swap(simulation, tick),
      matchState: tick => this.matchState(tick),
      another: (from, more) => this.#another(from, more),
      disposed: whatIf => this.#disposed(whatIf),
    }
    this.#trace = new ColumnTrace(
      { ...this.#home, simulation: tick => this.#simulation(tick), give: simulation => this.#give(simulation) },
      loop.simulation.layout,
    )
    this.#bridge = new Bridge({
      tree: this.tree,
      reads: this.#trace,
      writes: envelope => this.#trace.writes(envelope),
      decide: options.decide ?? null,
    })
    const oldest = this.#savedAt(first)
    if (oldest !== null && this.certainTick >= first) this.#history.keep(copyOf(oldest))
    // What is closed, simulated already or not; then what was predicted.
    for (let tick = first + 1; tick <= timeline.confirmedTick; tick++) this.confirmed(tick, ...this.#factsAt(tick))
    for (let tick = timeline.confirmedTick + 1; tick <= timeline.headTick; tick++)
      this.#advance(tick, timeline.rows.view(tick), timeline.controlAt(tick), timeline.eventsAt(tick))
    timeline.watcher = this
  }

  /** What was predicted and left is kept for so many ticks; forks begin at most so far back. May be set at any time. */
  get windowTicks(): number {
    return this.tree.windowTicks
  }
  set windowTicks(ticks: number) {
    if (!(Number.isInteger(ticks) && ticks >= LEAST_WINDOW_TICKS && ticks <= MOST_WINDOW_TICKS))
      throw new RangeError(
        `windowTicks: a whole number from ${LEAST_WINDOW_TICKS} to ${MOST_WINDOW_TICKS}, not ${ticks}`,
      )
    this.tree.windowTicks = ticks
  }

  /** Newest tick of which the match's state is final and computed. */
  get certainTick(): number {
    const { confirmedTick, headTick, wrongTick } = this.#loop.timeline
    return Math.min(confirmedTick, headTick, wrongTick > 0 ? wrongTick - 1 : headTick)
  }

  /** Events that were refused because they would change a past that others have seen; and the newest of them. */
  get paradoxes(): { readonly count: number; readonly newest: readonly Paradox[] } {
    return { count: this.#bridge.paradoxes, newest: this.#bridge.quarantine }
  }

  /** Every branch that is kept, the oldest first. */
  list(): BranchFacts[] {
    const { tree } = this
    return tree.branches.map(({ id, state, parent, forkTick, tip, mergedInto }) => ({
      ...{ id, state, parent: parent?.id ?? null, forkTick, tick: tip.tick },
      sharedTick: tree.commonAncestor(tip, tree.head)?.tick ?? -1,
      mergedInto: mergedInto?.id ?? null,
    }))
  }

  /**
   * A universe beside the match. It begins with the state of `tick` (default: the newest certain one); where that is not kept, with the last
   * one that is, and takes the match's inputs up to `tick`. Throws a RangeError for a tick that is not certain yet, or forgotten.
   */
  fork(options: ForkOptions & { tick?: number } = {}): WhatIf {
    this.#allow('timeline:branch', 'a fork')
    const { tick = this.certainTick, inputs } = options
    if (!Number.isInteger(tick) || tick > this.certainTick)
      throw new RangeError(`fork: tick ${tick} is not certain; fork at tick ${this.certainTick} at most, and run it on`)
    return this.#whatIf(this.#stateUpTo(tick), tick, inputs)
  }

  /**
   * Two universes become one: what either has changed since they parted; where both changed a cell, the game's rule decides, else the one
   * that wrote last (the later tick, then the greater id). Both ways round give the same state. Forks that are merged go no further.
   */
  merge(a: WhatIf, b: WhatIf, options: MergeOptions = {}): Merged {
    this.#allow('timeline:merge', 'a merge')
    const { tree } = this
    const base = tree.commonAncestor(a.node, b.node)
    if (a === b || base === null)
      throw new Error('merge: two what-ifs are needed that parted in what is kept: nothing says what either changed')
    const [ours, theirs] = [a.state(), b.state()]
    const baseState = base === a.node ? ours : base === b.node ? theirs : this.#stateAt(base, a, b)
    if (baseState === null) throw new Error(`merge: the state of tick ${base.tick}, where they parted, is not kept`)
    const last = lastWriter({ id: a.branch, tip: a.node }, { id: b.branch, tip: b.node })
    const { layout } = a.simulation
    const { merged, decisions } = mergeStates(layout, {
      base: baseState,
      ours,
      theirs,
      last,
      rules: options.rules ?? {},
    })
    const { tip } = tree.merge(a.node, b.node)
    const whatIf = this.#open(merged, tip, true, tip.tick, options.inputs, [a, b])
    for (const envelope of [...a.unheard, ...b.unheard]) if (envelope.chronos > whatIf.tick) whatIf.hear(envelope)
    return { whatIf, base: { branch: base.branch.id, tick: base.tick }, decisions, last }
  }

  /**
   * Takes an event to the branch that it names (`kairos`): it arrives as a new envelope that names this one as its cause, once, at the
   * next tick there or later. What writes something that a later, certain tick of the match has read is refused as a paradox.
   */
  cross(envelope: EventEnvelope): Crossing {
    this.#allow('timeline:branch', 'an event for another branch')
    const { tree } = this
    const named = tree.branch(envelope.kairos)
    const { slot } = this.#loop.session
    if (named !== null && tree.resolve(named) === tree.main && envelope.slot !== slot)
      return {
        kind: 'lost',
        reason:
          slot < 0
            ? 'who only watches says nothing in the match: take the event to a what-if'
            : `events of slot ${envelope.slot} come to the match by its own machine; this is slot ${slot}`,
      }
    const crossing = this.#bridge.cross(envelope)
    if (crossing.kind !== 'crossed') return crossing
    const target = tree.branch(crossing.envelope.kairos)
    if (target === tree.main) return this.#deliver(crossing)
    for (const whatIf of this.#whatIfs) if (whatIf.node.branch === target) whatIf.hear(crossing.envelope)
    return crossing
  }

  /** A copy of the match's own state after a tick. Null: it is not certain yet. Throws a RangeError where it is forgotten. */
  matchState(tick: number): SavedState | null {
    if (tick > this.certainTick) return null
    const again = this.#whatIf(this.#stateUpTo(tick), tick, undefined)
    try {
      again.advance(tick - again.tick)
      return again.state()
    } finally {
      again.dispose()
    }
  }

  /** Nobody looks on any more; every what-if is disposed. */
  stop(): void {
    this.#close('these branches are not watched any more: watch them anew')
  }

  #close(why: string): void {
    this.#why ??= why
    if (this.#loop.timeline.watcher === this) this.#loop.timeline.watcher = null
    for (const whatIf of this.#whatIfs) whatIf.dispose()
    this.#spare.length = 0
  }

  // ---- what the timeline tells

  ended(): void {
    this.#close('the match is over, and its branches with it')
    this.#options.ended?.()
  }

  begun(tick: number): void {
    this.tree.rebase(tick)
    this.#trace.clear()
    this.#history = new FactHistory(tick)
    const { layout, bytes } = this.#loop.simulation
    const seed = new Uint32Array(bytes.buffer, bytes.byteOffset)[layout.header.seed]
    for (const whatIf of this.#whatIfs)
      // Of another match altogether; or it was this one, whose ticks are not known any more.
      if (whatIf.seed !== seed || whatIf.branch === this.tree.main.id)
        whatIf.end(new Error(`the match went on from another state, after tick ${tick}: fork anew`))
  }

  confirmed(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    const facts = { row, control, events }
    this.tree.confirm(tick, factBytes(facts))
    this.#history.note(tick, facts)
    if (control !== null && control.swap !== null) this.#rulesChange(tick)
    this.#keepState()
    let needed = tick
    for (const whatIf of this.#whatIfs) needed = Math.min(needed, whatIf.tick + 1)
    this.#history.forget(tick - this.windowTicks, needed)
  }

  planned({ tick, row, control, events }: Extract<Request, { kind: 'advance' }>): void {
    this.#advance(tick, row, control, events)
  }

  #advance(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    // What was simulated before anybody looked on.
    if (tick < this.#history.first || tick > this.tree.head.tick + 1) return
    this.tree.advance(tick, factBytes({ row, control, events }))
  }

  #keepState(): void {
    const { certainTick } = this
    const { newestStateTick, first } = this.#history
    const apart = Math.max(this.#options.stateTicks ?? STATE_TICKS, Math.ceil(this.windowTicks / STATES))
    const due = newestStateTick < 0 ? 0 : newestStateTick + apart
    if (certainTick < due || certainTick < first - 1) return
    const state = this.#savedAt(certainTick)
    if (state !== null) this.#history.keep(copyOf(state))
  }

  // ---- states

  // As far back as the loop itself has states, and knows what happened since.
  #firstKnown(): number {
    const { timeline, snapshots } = this.#loop
    let first = this.certainTick
    while (first > 0 && timeline.rows.has(first) && snapshots.has(first - 1)) first--
    return first
  }

  #factsAt(tick: number): [row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null] {
    const { timeline } = this.#loop
    const row = new Uint8Array(timeline.rows.sizeBytes)
    timeline.copyRow(tick, row)
    return [row, timeline.controlAt(tick), timeline.eventsAt(tick)]
  }

  /** A view of what the loop holds; null: not this tick. */
  #savedAt(tick: number): SavedState | null {
    const { snapshots } = this.#loop
    return snapshots.has(tick) ? { tick, world: snapshots.view(tick), image: snapshots.image(tick) } : null
  }

  // Where two parted, one of them at least has left a branch.
  #stateAt(base: BranchNode<SavedState>, a: WhatIf, b: WhatIf): SavedState | null {
    const parted = a.partedAt(base) ?? b.partedAt(base)
    return parted ?? (base.branch === this.tree.main ? this.matchState(base.tick) : null)
  }

  #stateUpTo(tick: number): SavedState {
    const kept = this.#history.stateAt(tick)
    const oldest = Math.max(this.#history.first - 1, kept?.tick ?? 0)
    for (let t = tick; t >= oldest && t > tick - this.#loop.snapshots.capacity; t--) {
      const saved = this.#savedAt(t)
      if (saved !== null) return saved
    }
    if (kept !== null && kept.tick >= this.#history.first - 1) return kept
    throw new RangeError(
      `tick ${tick} is forgotten: states of the last ${this.windowTicks} ticks are kept, the oldest is of tick ${this.#history.oldestStateTick}`,
    )
  }

  // ---- what-ifs

  #whatIf(state: SavedState, forkTick: number, inputs: ForkInputs | undefined): WhatIf {
    return this.#open(state, this.tree.mainNode(state.tick), false, forkTick, inputs, [])
  }

  #another(from: WhatIf, { inputs }: ForkOptions): WhatIf {
    this.#allow('timeline:branch', 'a fork')
    const whatIf = this.#open(from.state(), from.node, false, from.tick, inputs, [from])
    for (const envelope of from.unheard) whatIf.hear(envelope)
    return whatIf
  }

  #open(
    state: SavedState,
    node: BranchNode<SavedState>,
    owns: boolean,
    forkTick: number,
    inputs: ForkInputs | undefined,
    from: readonly WhatIf[],
  ): WhatIf {
    const simulation = this.#simulation(state.tick)
    simulation.load(state.world, state.image)
    const whatIf = new WhatIf({ home: this.#home, simulation, node, owns, forkTick, inputs: inputs ?? null, from })
    this.#whatIfs.add(whatIf)
    return whatIf
  }

  #simulation(tick: number): Simulation {
    const { game, scripts } = this.#rulesAt(tick)
    const spare = this.#spare.pop()
    if (spare !== undefined && spare.game === game && spare.scripts?.set === scripts?.set) return spare
    return new Simulation(game, { seed: 0, scripts: scripts?.set ?? null })
  }

  #give(simulation: Simulation): void {
    if (this.#spare.length < SPARE) this.#spare.push(simulation)
  }

  #disposed(whatIf: WhatIf): void {
    this.#whatIfs.delete(whatIf)
    this.#give(whatIf.simulation)
    // A branch is kept as long as a what-if is on it, or on one that parted from it.
    const kept = new Set<unknown>()
    for (const { node } of this.#whatIfs)
      for (let at: typeof node.branch | null = node.branch; at !== null; at = at.parent) kept.add(at)
    for (const branch of this.tree.branches)
      if (branch.state === 'forked' && !kept.has(branch)) this.tree.abandon(branch)
  }

  // The match runs other rules from this tick on; it has not computed it yet.
  #rulesChange(tick: number): void {
    const { game, scripts } = this.#loop.simulation
    this.#rules.push({ before: tick, game, scripts })
    if (this.#rules.length > RULES) this.#rules.shift()
  }

  #rulesAt(tick: number): Pick<Simulation, 'game' | 'scripts'> {
    return this.#rules.find(({ before }) => tick < before) ?? this.#loop.simulation
  }

  #swap(simulation: Simulation, tick: number): void {
    const { game, scripts } = this.#rulesAt(tick)
    const [set, own] = [scripts?.set ?? null, simulation.scripts]
    const next = set === null ? null : set === own?.set ? own : simulation.openScripts(set, own?.set ?? null)
    simulation.swapRules(game, next)
  }

  #predicted(tick: number): Uint8Array {
    const { input, maxPlayers } = this.#loop.simulation.game.schema
    const { predict } = this.#loop.simulation.game
    const row = new Uint8Array(maxPlayers * input.sizeBytes)
    const { newest } = this.#history
    if (newest < this.#history.first) return row
    row.set(this.#history.at(newest)!.row)
    if (predict === null) return row
    const last = row.slice()
    for (let slot = 0; slot < maxPlayers; slot++) {
      const [from, to] = [slot * input.sizeBytes, (slot + 1) * input.sizeBytes]
      predict(last.subarray(from, to), tick - newest, row.subarray(from, to))
    }
    return row
  }

  // ---- what it may

  #allow(capability: 'timeline:branch' | 'timeline:merge', what: string): void {
    if (this.#why !== null) throw new Error(this.#why)
    const { events, session } = this.#loop
    const may = this.#options.may ?? (name => events === null || events.may(session.slot, name, this.certainTick))
    if (!may(capability))
      throw new Error(`ERR_CAPABILITY_DENIED: ${what} needs '${capability}', which this tool was not granted`)
  }

  #deliver(crossing: Extract<Crossing, { kind: 'crossed' }>): Crossing {
    const { envelope } = crossing
    try {
      if (this.#options.deliver === undefined) this.#loop.emit(envelope.kind, envelope.payload, envelope.causeIds)
      else this.#options.deliver(envelope)
      return crossing
    } catch (error) {
      return { kind: 'lost', reason: error instanceof Error ? error.message : String(error) }
    }
  }
}

function copyOf({ tick, world, image: { bytes, sizeBytes } }: SavedState): SavedState {
  return { tick, world: world.slice(), image: { bytes: bytes.slice(0, sizeBytes), sizeBytes } }
}

function heard(events: TickFacts['events']): SimEvent[] {
  const out: SimEvent[] = []
  for (const { slot, bytes } of events ?? []) {
    const event = decodeEvent(bytes)
    if (event !== null) out.push({ slot, kind: event.kind, payload: event.payload })
  }
  return out
}

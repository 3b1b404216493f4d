// A universe beside the match: it begins with one of the match's states, takes the match's own inputs but for those that its maker
// chooses, and goes its own way from the first tick that differs. Nothing of it reaches the network, the scene, or the match.

import { equalBytes } from '../bytes/equal.ts'
import { compareEnvelopes, type EventEnvelope } from '../event/envelope.ts'
import { hashOf } from '../event/hash.ts'
import { encodeInput } from '../input/input-schema.ts'
import { diffSnapshots, type FieldDifference } from '../sim/diff.ts'
import type { Sim, SimEvent } from '../sim/game.ts'
import { guard } from '../sim/guard.ts'
import type { Raised, Simulation } from '../sim/simulation.ts'
import { forkSeed, type BranchNode, type BranchTree } from '../timeline/branch-tree.ts'
import { factBytes, savedState, type SavedState, type TickFacts } from './fact-history.ts'

/**
 * A slot's input at a tick: bytes by the game's input schema, or its values by name. Null: the match's own, and for ticks that are not
 * closed yet, what the game predicts.
 */
export type ForkInputs = (
  slot: number,
  tick: number,
) => Uint8Array | Readonly<Record<string, number | boolean | undefined>> | null

export interface ForkOptions {
  /** Own inputs; without them it is the match again. */
  inputs?: ForkInputs
}

/** What a what-if needs of the match that it runs beside. */
export interface WhatIfHome {
  readonly tree: BranchTree<SavedState>
  /** Null: the tick is not closed. Throws where it is forgotten. */
  facts(tick: number): TickFacts | null
  /** Everyone's inputs at a tick that is not closed; the caller's to write into. */
  predicted(tick: number): Uint8Array
  /** What the rules hear of a tick's events. */
  heard(simulation: Simulation, tick: number, facts: TickFacts): readonly SimEvent[]
  /** The match runs other rules from this tick on. */
  swap(simulation: Simulation, tick: number): void
  /** Null: the match has not computed this tick for certain yet. */
  matchState(tick: number): SavedState | null
  /** A what-if that begins with the state of another one. */
  another(from: WhatIf, options: ForkOptions): WhatIf
  disposed(whatIf: WhatIf): void
}

export interface WhatIfStart {
  readonly home: WhatIfHome
  /** Holds the state of the node's tick. */
  readonly simulation: Simulation
  readonly node: BranchNode<SavedState>
  /** The node's branch is its own. */
  readonly owns: boolean
  /** Own inputs are asked for after this tick. */
  readonly forkTick: number
  readonly inputs: ForkInputs | null
  /** What it is made of: it parted where they did. */
  readonly from: readonly WhatIf[]
}

export class WhatIf {
  /** Newest tick that it shares with where it was forked, whatever its inputs are. */
  readonly forkTick: number
  readonly #home: WhatIfHome
  readonly #simulation: Simulation
  readonly #inputs: ForkInputs | null
  /** The world's first words. */
  readonly #words: Uint32Array
  #node: BranchNode<SavedState>
  /** States where it left a branch: a merge asks what either has changed since, though that branch may be part of another by then. */
  readonly #parted = new Map<BranchNode<SavedState>, SavedState>()
  /** Its branch began with it: what comes next is that branch, and not one that parts from it. */
  #owns: boolean
  /** Events that crossed to it, by tick. */
  readonly #crossed = new Map<number, EventEnvelope[]>()
  #isDisposed = false
  #fault: unknown = null

  constructor({ home, simulation, node, owns, forkTick, inputs, from }: WhatIfStart) {
    this.#home = home
    this.#simulation = simulation
    this.#inputs = inputs
    this.#node = node
    this.#owns = owns
    this.forkTick = forkTick
    // Only what it comes from can be where it parted from another.
    for (let at: BranchNode<SavedState> | null = node; at !== null; at = at.parent)
      for (const each of from) {
        const state = each.partedAt(at)
        if (state !== null) this.#parted.set(at, state)
      }
    const { buffer, byteOffset } = simulation.bytes
    this.#words = new Uint32Array(buffer, byteOffset, simulation.layout.carryOffset >> 2)
  }

  /** Newest tick that it has computed. Where the match kept no state of the fork's tick, it begins at an earlier one. */
  get tick(): number {
    return this.#node.tick
  }

  /** `main` as long as every tick was computed from what the match's was; then the fork's id. The rules read it as `sim.kairos`. */
  get branch(): string {
    return this.#node.branch.id
  }

  /** Where it is in the tree of branches. */
  get node(): BranchNode<SavedState> {
    return this.#node
  }

  /** Its world as the rules see it: to be read, never written. */
  get sim(): Sim {
    return this.#open().facade
  }

  /** What its newest tick raised; nobody else hears of it. Reused by the next tick. */
  get raised(): readonly Raised[] {
    return this.#open().raised
  }

  /**
   * Computes so many ticks more, as far as the caller likes: also past what the match has. Each takes as long as a tick of the match,
   * so ask for a few at a time while it runs. Throws a RulesError where the rules throw, and from then on.
   */
  advance(ticks = 1): void {
    for (let i = 0; i < ticks; i++) this.#advance()
  }

  /** A copy of its whole state. */
  state(): SavedState {
    return savedState(this.#open())
  }

  /** Of its state, as the match computes it. u32. */
  checksum(): number {
    const { world, image } = this.state()
    return this.#simulation.checksum(world, image)
  }

  /**
   * What is other here (`b`) than in the match at the same tick (`a`): at most `limit` differences, of which the last one says where the
   * scripts' memory is another. Null where the match has not come to this tick for certain. Throws where it is forgotten.
   */
  difference(limit = 20): readonly FieldDifference[] | null {
    const match = this.#home.matchState(this.tick)
    if (match === null) return null
    const { layout, scripts } = this.#simulation
    const mine = this.state()
    const found = diffSnapshots(layout, match.world, mine.world, limit)
    const [a, b] = [scripts?.hash(match.image) ?? 0, scripts?.hash(mine.image) ?? 0]
    if (a === b) return found
    found.splice(limit - 1)
    found.push({ region: 'scripts', entity: null, component: null, field: 'memory', offset: null, a, b })
    return found
  }

  /** A universe beside this one, with its state as it is now. */
  fork(options: ForkOptions = {}): WhatIf {
    this.#open()
    return this.#home.another(this, options)
  }

  /** An event that crossed to this branch, at its tick. `Branches.cross` is the way for it. */
  hear(envelope: EventEnvelope): void {
    const events = this.#crossed.get(envelope.chronos)
    if (events === undefined) this.#crossed.set(envelope.chronos, [envelope])
    else events.push(envelope)
  }

  /** What it has not heard yet. */
  get unheard(): readonly EventEnvelope[] {
    return [...this.#crossed.values()].flat()
  }

  /** The state where it left a branch; null: it did not leave one there. */
  partedAt(node: BranchNode<SavedState>): SavedState | null {
    return this.#parted.get(node) ?? null
  }

  /** Why it goes no further: every call throws it. */
  end(fault: Error): void {
    this.#fault = fault
  }

  /** The match's, u32. */
  get seed(): number {
    return this.#words[this.#simulation.layout.header.seed]
  }

  /** Its memory is free for the next one. */
  dispose(): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#home.disposed(this)
  }

  /** For those who load and save it. */
  get simulation(): Simulation {
    return this.#simulation
  }

  #open(): Simulation {
    if (this.#isDisposed) throw new Error('this what-if is disposed: fork anew')
    if (this.#fault !== null) throw this.#fault
    return this.#simulation
  }

  #advance(): void {
    const simulation = this.#open()
    const { tree } = this.#home
    const { branch } = this.#node
    if (branch.mergedInto !== null) {
      const into = tree.resolve(branch).id
      throw new Error(`this what-if was merged: it goes on as branch ${into}`)
    }
    const tick = this.tick + 1
    const facts = this.#home.facts(tick)
    const mine = { row: this.#row(tick, facts), control: facts?.control ?? null, events: facts?.events ?? null }
    const crossed = this.#crossed.get(tick) ?? NONE
    const inputs = factBytes(
      mine,
      crossed.map(each => each.envelopeHash),
    )
    const follows = branch === tree.main && facts !== null && equalBytes(inputs, factBytes(facts))
    const next = follows ? tree.mainNode(tick) : tree.step(this.#node, inputs, this.#owns)
    if (next.branch !== branch) {
      this.#node.snapshot ??= savedState(simulation)
      this.#parted.set(this.#node, this.#node.snapshot)
      this.#owns = true
    }
    if (mine.control !== null && mine.control.swap !== null) this.#home.swap(simulation, tick)
    this.#compute(next, mine, crossed)
    this.#crossed.delete(tick)
    this.#node = next
  }

  #row(tick: number, facts: TickFacts | null): Uint8Array {
    const row = facts === null ? this.#home.predicted(tick) : facts.row.slice()
    if (this.#inputs === null || tick <= this.forkTick) return row
    const { input, maxPlayers } = this.#simulation.game.schema
    for (let slot = 0; slot < maxPlayers; slot++) {
      const own = this.#inputs(slot, tick)
      const at = slot * input.sizeBytes
      if (own === null) continue
      if (!(own instanceof Uint8Array)) encodeInput(input, own, row, at)
      else if (own.length === input.sizeBytes) row.set(own, at)
      else throw new RangeError(`inputs: ${own.length} bytes for slot ${slot}, the game's input has ${input.sizeBytes}`)
    }
    return row
  }

  #compute({ tick, branch }: BranchNode<SavedState>, facts: TickFacts, crossed: readonly EventEnvelope[]): void {
    const simulation = this.#simulation
    const { header } = simulation.layout
    const seed = this.#words[header.seed]
    const own = [...crossed].sort(compareEnvelopes).map(({ slot, kind, payload }) => ({ slot, kind, payload }))
    // Another universe draws other numbers. Its state keeps the match's seed.
    const ownSeed = branch === this.#home.tree.main ? seed : forkSeed(hashOf, seed, branch.id, tick)
    simulation.facade.kairos = branch.id
    guard.enter()
    try {
      const events = [...this.#home.heard(simulation, tick, facts), ...own]
      this.#words[header.seed] = ownSeed
      simulation.advance(tick, facts.row, facts.control, events)
    } catch (error) {
      this.#fault = error
      throw error
    } finally {
      this.#words[header.seed] = seed
      guard.leave()
    }
    // What its scripts say is for nobody.
    if (simulation.scripts !== null) simulation.scripts.news.length = 0
  }
}

const NONE: readonly EventEnvelope[] = []

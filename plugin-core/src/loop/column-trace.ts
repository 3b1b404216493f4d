// What an event would write, and which of the match's ticks have read it: both by running ticks of the past again, beside the match.
// Whoever wants to change a past must know who has seen it.

import type { EventEnvelope } from '../event/envelope.ts'
import { diffSnapshots, type FieldDifference } from '../sim/diff.ts'
import type { SimEvent } from '../sim/game.ts'
import { guard } from '../sim/guard.ts'
import type { WorldLayout } from '../sim/schema.ts'
import type { Simulation } from '../sim/simulation.ts'
import { ReadLog } from '../timeline/branch-tree-reads.ts'
import { savedState, type SavedState, type TickFacts } from './fact-history.ts'

export interface TraceSource {
  /** One with the rules of a tick: its memory is this file's until it is given back. */
  simulation(tick: number): Simulation
  give(simulation: Simulation): void
  matchState(tick: number): SavedState | null
  facts(tick: number): TickFacts | null
  heard(simulation: Simulation, tick: number, facts: TickFacts): readonly SimEvent[]
}

/** Everything that is no column: who exists, rounds, the raw block. Each tick reads it. */
const WORLD = 'world'
/** Follows from (seed, tick) and from how many numbers were drawn; the next tick begins anew. */
const RANDOM = /^random\d$/
/** Differences that are looked at: columns, not cells, are wanted. */
const MOST = 100_000
/** Ticks whose reads are remembered: as many as a window may have. */
const READ_TICKS = 4096

type Column = Readonly<Record<number, number>>

export class ColumnTrace {
  readonly #source: TraceSource
  readonly #layout: WorldLayout
  /** What was found out so far. */
  readonly #reads: ReadLog

  constructor(source: TraceSource, layout: WorldLayout) {
    this.#source = source
    this.#layout = layout
    this.#reads = new ReadLog(layout.columns.map(nameOf), READ_TICKS)
  }

  /** The match goes on from another state. */
  clear(): void {
    this.#reads.clear()
  }

  /** Columns (`Body.x`) that are other at the end of the event's tick when it happens. Null: nobody can say. */
  writes(envelope: EventEnvelope): readonly string[] | null {
    const { chronos, slot, kind, payload } = envelope
    const before = this.#stateAt(chronos - 1)
    if (before === null) return null
    const without = this.#run(before, chronos, [])
    const withIt = this.#run(before, chronos, [{ slot, kind, payload }])
    if (without === null || withIt === null) return null
    const names = diffSnapshots(this.#layout, without.world, withIt.world, MOST)
      .filter(d => !RANDOM.test(d.field))
      .map(nameOf)
    // What scripts remember of it is read by whatever they do next.
    const hasScripts = withIt.image.sizeBytes > 0
    return hasScripts ? null : [...new Set(names)]
  }

  /** The first tick in `from`…`to` that read one of the columns (null: any); -1: none did. A tick that is forgotten may have. */
  firstReader(from: number, to: number, columns: readonly string[] | null): number {
    if (columns?.length === 0) return -1
    if (columns === null || columns.includes(WORLD)) return from > to ? -1 : from
    let first = from
    for (; first <= to && this.#reads.has(first); first++) if (this.#reads.read(first, columns)) return first
    return first > to ? -1 : this.#find(first, to, columns)
  }

  #find(from: number, to: number, columns: readonly string[]): number {
    const before = this.#stateAt(from - 1)
    if (before === null) return from
    const simulation = this.#source.simulation(before.tick + 1)
    const read = new Set<string>()
    const restore = spyOn(simulation, read)
    try {
      simulation.load(before.world, before.image)
      // Scripts read the world's memory itself.
      if (simulation.scripts !== null) return from
      for (let tick = from; tick <= to; tick++) {
        read.clear()
        if (!this.#advance(simulation, tick, [])) return tick
        this.#reads.note(tick, [...read])
        if (this.#reads.read(tick, columns)) return tick
      }
      return -1
    } finally {
      restore()
      this.#source.give(simulation)
    }
  }

  #stateAt(tick: number): SavedState | null {
    try {
      return this.#source.matchState(tick)
    } catch (error) {
      if (error instanceof RangeError) return null
      throw error
    }
  }

  #run(before: SavedState, tick: number, more: readonly SimEvent[]): SavedState | null {
    const simulation = this.#source.simulation(before.tick + 1)
    try {
      simulation.load(before.world, before.image)
      return this.#advance(simulation, tick, more) ? savedState(simulation) : null
    } finally {
      this.#source.give(simulation)
    }
  }

  // False: what happened then is not known, or the rules throw.
  #advance(simulation: Simulation, tick: number, more: readonly SimEvent[]): boolean {
    const facts = this.#source.facts(tick)
    if (facts === null) return false
    guard.enter()
    try {
      const events = [...this.#source.heard(simulation, tick, facts), ...more]
      simulation.advance(tick, facts.row, facts.control, events)
      return true
    } catch {
      return false
    } finally {
      guard.leave()
    }
  }
}

function nameOf({ component, field }: Pick<FieldDifference, 'component' | 'field'>): string {
  return component === null ? WORLD : `${component}.${field}`
}

// Columns as the rules get them, each of which notes that it is read. Slow, and only here.
function spyOn(simulation: Simulation, read: Set<string>): () => void {
  const components = simulation.facade.components as Record<string, Record<string, Column>>
  const undo: (() => void)[] = []
  for (const [component, fields] of Object.entries(components))
    for (const [field, column] of Object.entries(fields)) {
      const name = `${component}.${field}`
      fields[field] = new Proxy(column, {
        get(target, key) {
          if (key !== 'length') read.add(name)
          const value: unknown = Reflect.get(target, key)
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value
        },
      })
      undo.push(() => void (fields[field] = column))
    }
  return () => {
    for (const run of undo) run()
  }
}

// One machine's match of Sumo, tick by tick, for tests.

import { encodeInput } from '../../plugin-core/src/input/input-schema.ts'
import type { TickControl } from '../../plugin-core/src/input/tick-control.ts'
import type { ScriptNews, ScriptSet } from '../../plugin-core/src/sim/sim-scripts.ts'
import { Simulation, type SimEvent } from '../../plugin-core/src/sim/simulation.ts'
import { MAX_PLAYERS, TICKS } from '../src/sumo-terms.ts'
import { sumo } from '../src/sumo.ts'
import { ColumnReader } from './column-reader.ts'

type Input = Parameters<typeof encodeInput>[1]

export const COUNTDOWN = 3 * TICKS.count

/** What the host would say is said here, at once. */
export class Bout {
  readonly sim: Simulation
  readonly world: ColumnReader
  readonly slots: number[]
  readonly raised: { tick: number; kind: string; payload: never }[] = []
  readonly wishes = new Map<number, Input>()
  /** What the scripts told; it throws where it is not expected. */
  readonly news: ScriptNews[] = []
  tolerant = false
  tick = 0
  round = 0
  #control: TickControl | null
  #events: SimEvent[] = []

  constructor(scripts: ScriptSet, slots: number[], seed = 1) {
    this.slots = slots
    this.sim = new Simulation(sumo, { seed, scripts })
    this.world = new ColumnReader(this.sim)
    this.#control = this.#restart(new Uint8Array(0))
  }

  run(ticks: number): this {
    for (let i = 0; i < ticks; i++) this.step()
    return this
  }

  /** Runs until this kind is raised; its payload. */
  until(kind: string, ticks = 6000): Record<string, number> {
    for (let i = 0; i < ticks; i++) {
      const found = this.step().find(event => event.kind === kind)
      if (found) return found.payload
    }
    throw new Error(`no '${kind}' in ${ticks} ticks (tick ${this.tick})`)
  }

  step(): { kind: string; payload: Record<string, number> }[] {
    const size = sumo.schema.input.sizeBytes
    const row = new Uint8Array(MAX_PLAYERS * size)
    for (const slot of this.slots) encodeInput(sumo.schema.input, this.wishes.get(slot) ?? {}, row, slot * size)
    const control = this.#control
    this.#control = null
    this.sim.advance(++this.tick, row, control, this.#events)
    this.#events = []
    this.sim.scripts!.settle(this.tick)
    for (const one of this.sim.scripts!.news.splice(0)) {
      if (!this.tolerant && one.what !== 'log') throw new Error(`${one.what}: ${one.text}`)
      this.news.push(one)
    }
    const raised = this.sim.raised.map(({ kind, payload }) => ({ kind, payload: payload as Record<string, number> }))
    for (const { kind, payload } of raised) this.raised.push({ tick: this.tick, kind, payload: payload as never })
    if (this.sim.roundEndTick > 0) this.#control = this.#restart(this.sim.carry.slice())
    return raised
  }

  join(slot: number): void {
    this.slots.push(slot)
    this.#control = { restart: null, joins: [slot], leaves: [], swap: null }
  }

  leave(slot: number): void {
    this.slots.splice(this.slots.indexOf(slot), 1)
    this.#control = { restart: null, joins: [], leaves: [slot], swap: null }
  }

  emit(event: SimEvent): void {
    this.#events.push(event)
  }

  disc(slot: number): number {
    return this.world.entities('Disc').find(e => this.world.get('Disc', 'slot', e) === slot) ?? -1
  }

  score(slot: number): number {
    return this.world.get('Disc', 'score', this.disc(slot))
  }

  get phase(): number {
    return this.world.get('Arena', 'phase', this.world.entities('Arena')[0])
  }

  /** Puts a disc somewhere, at rest. */
  put(slot: number, x: number, y: number): void {
    const e = this.disc(slot)
    for (const [field, value] of Object.entries({ x, y, vx: 0, vy: 0 })) this.world.set('Body', field, e, value)
  }

  #restart(carry: Uint8Array): TickControl {
    return {
      restart: { round: ++this.round, carry },
      joins: [...this.slots].sort((a, b) => a - b),
      leaves: [],
      swap: null,
    }
  }
}

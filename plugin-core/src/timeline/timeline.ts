// Decides what must be computed. It holds the input logs, what was predicted, and which tick is confirmed; it
// answers with an ordered list of requests: load a tick, advance a tick, save a tick. It never calls the sim.

import { equalBytes, equalRange } from '../bytes/equal.ts'
import { ReusedList } from '../bytes/reused-list.ts'
import { TickRing } from '../bytes/tick-ring.ts'
import { InputLog, type Predict } from '../input/input-log.ts'
import { sameControl, sameEvents, type SlotEvent, type TickControl } from '../input/tick-control.ts'

/** Fulfil them in order. The list and its members are reused: valid until the next `plan`. */
export type Request =
  | { kind: 'load'; tick: number }
  | {
      kind: 'advance'
      tick: number
      /** Inputs of every slot, slot after slot. */
      row: Uint8Array
      control: TickControl | null
      events: readonly SlotEvent[] | null
    }
  | { kind: 'save'; tick: number }

/** Is told what a timeline learns, and what it will have computed: for tools. A match runs without one. */
export interface TimelineWatcher {
  /** Everything goes on from the state after `tick`. */
  begun(tick: number): void
  /** A closed tick, whole. All that was planned before is computed by now. */
  confirmed(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void
  /** Will be computed before anything else happens. */
  planned(request: Extract<Request, { kind: 'advance' }>): void
  /** Nothing more will come. */
  ended(): void
}

export interface TimelineOptions {
  slots: number
  inputBytes: number
  /** Ticks that may be simulated past the confirmed one; 0 is lockstep. */
  predictionWindow: number
  /** The game's own prediction; null repeats the last received input. */
  predict: Predict | null
}

/** Ticks of inputs that are kept: what may be rolled back, and what may arrive ahead of one who catches up. */
const HISTORY_TICKS = 512

export class Timeline {
  /** Newest simulated tick, once the last plan is fulfilled. */
  headTick = 0
  /** Newest tick of which nothing can change any more. */
  confirmedTick = 0
  rollbacks = 0
  rolledBackTicks = 0
  /** Oldest simulated tick that turned out wrong; 0: none. */
  wrongTick = 0
  watcher: TimelineWatcher | null = null
  readonly #options: TimelineOptions
  readonly #logs: InputLog[] = []
  /** What a tick was, or will be, simulated with. */
  readonly rows: TickRing
  readonly #controls: (TickControl | null)[]
  readonly #events: (readonly SlotEvent[] | null)[]
  /** Ticks for which `#controls` and `#events` hold something. */
  readonly #noted: Float64Array
  readonly #requests = new ReusedList<Request>()
  readonly #pool: {
    load: Extract<Request, { kind: 'load' }>
    advance: Extract<Request, { kind: 'advance' }>[]
    save: Extract<Request, { kind: 'save' }>[]
  }
  #advances = 0

  constructor(options: TimelineOptions) {
    this.#options = options
    const { slots, inputBytes } = options
    for (let slot = 0; slot < slots; slot++) this.#logs.push(new InputLog(HISTORY_TICKS, inputBytes))
    this.rows = new TickRing(HISTORY_TICKS, slots * inputBytes)
    this.#controls = new Array<null>(this.rows.capacity).fill(null)
    this.#events = new Array<null>(this.rows.capacity).fill(null)
    this.#noted = new Float64Array(this.rows.capacity).fill(-1)
    this.#pool = { load: { kind: 'load', tick: 0 }, advance: [], save: [] }
  }

  /** Everything begins at `firstTick`; the state before it is what the caller has. */
  start(firstTick: number): void {
    this.headTick = firstTick - 1
    this.confirmedTick = firstTick - 1
    this.wrongTick = 0
    this.rows.clear()
    this.#noted.fill(-1)
    for (const log of this.#logs) log.clear(firstTick - 1)
    this.watcher?.begun(firstTick - 1)
  }

  /**
   * Goes on from the state after `tick`, older or newer than what is here. What is known of the ticks after it stays known;
   * they are confirmed anew.
   */
  rebase(tick: number): void {
    this.headTick = tick
    this.confirmedTick = tick
    this.wrongTick = 0
    this.rows.clear()
    this.watcher?.begun(tick)
  }

  /** The input of one slot, in any order. A tick that was simulated with another one will be rolled back. */
  setInput(slot: number, tick: number, bytes: Uint8Array): void {
    if (tick <= this.confirmedTick) return
    this.#logs[slot].set(tick, bytes, 0)
    const size = this.#options.inputBytes
    if (tick <= this.headTick && !equalRange(this.rows.view(tick), slot * size, bytes, 0, size)) this.#wrong(tick)
  }

  /** What is known to happen at a tick besides inputs, before it is confirmed: a named round, this player's own events. */
  expect(tick: number, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    if (tick <= this.confirmedTick) return
    this.#note(tick, control ?? this.controlAt(tick), events ?? this.eventsAt(tick))
  }

  /** A closed tick, whole; ticks follow one another. */
  confirm(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    if (tick !== this.confirmedTick + 1) throw new Error(`tick ${tick} confirmed after tick ${this.confirmedTick}`)
    const { slots, inputBytes } = this.#options
    this.confirmedTick = tick
    if (tick <= this.headTick && !equalBytes(this.rows.view(tick), row)) this.#wrong(tick)
    this.#note(tick, control, events)
    for (let slot = 0; slot < slots; slot++) this.#logs[slot].set(tick, row, slot * inputBytes)
    this.watcher?.confirmed(tick, row, control, events)
  }

  /** Whether the next tick may be simulated now. */
  canAdvance(): boolean {
    return this.headTick < this.confirmedTick + this.#options.predictionWindow
  }

  /**
   * What to do now: first correct what turned out wrong, then one tick more if `advance` and the window allow
   * it. The caller fulfils all of it.
   */
  plan(advance: boolean): ReusedList<Request> {
    const requests = this.#requests
    requests.clear()
    this.#advances = 0
    if (this.wrongTick > 0) {
      const from = this.wrongTick
      this.wrongTick = 0
      this.rollbacks++
      this.rolledBackTicks += this.headTick - from + 1
      this.#pool.load.tick = from - 1
      requests.push(this.#pool.load)
      for (let tick = from; tick <= this.headTick; tick++) this.#request(tick)
    }
    if (advance && this.canAdvance()) this.#request(++this.headTick)
    return requests
  }

  /** The inputs that a tick would be simulated with now: those that are known, and predictions. */
  copyRow(tick: number, into: Uint8Array): void {
    const { slots, inputBytes, predict } = this.#options
    for (let slot = 0; slot < slots; slot++) this.#logs[slot].copy(tick, into, slot * inputBytes, predict)
  }

  /** What is known of the newest ticks besides inputs. */
  controlAt(tick: number): TickControl | null {
    const place = this.rows.place(tick)
    return this.#noted[place] === tick ? this.#controls[place] : null
  }

  eventsAt(tick: number): readonly SlotEvent[] | null {
    const place = this.rows.place(tick)
    return this.#noted[place] === tick ? this.#events[place] : null
  }

  #request(tick: number): void {
    const row = this.rows.claim(tick)
    this.copyRow(tick, row)
    const n = this.#advances++
    const { advance, save } = this.#pool
    if (n === advance.length) {
      advance.push({ kind: 'advance', tick: 0, row, control: null, events: null })
      save.push({ kind: 'save', tick: 0 })
    }
    advance[n].tick = tick
    advance[n].row = row
    advance[n].control = this.controlAt(tick)
    advance[n].events = this.eventsAt(tick)
    save[n].tick = tick
    this.watcher?.planned(advance[n])
    this.#requests.push(advance[n])
    this.#requests.push(save[n])
  }

  #wrong(tick: number): void {
    if (this.wrongTick === 0 || tick < this.wrongTick) this.wrongTick = tick
  }

  #note(tick: number, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    if (
      tick <= this.headTick &&
      !(sameControl(this.controlAt(tick), control) && sameEvents(this.eventsAt(tick), events))
    )
      this.#wrong(tick)
    const place = this.rows.place(tick)
    this.#noted[place] = tick
    this.#controls[place] = control
    this.#events[place] = events
  }
}

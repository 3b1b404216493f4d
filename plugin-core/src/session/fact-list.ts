// What a session learned since it was asked last. Closed ticks come all the time, so their facts and rows are reused.

import { ReusedList } from '../bytes/reused-list.ts'
import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { Fact } from './fact.ts'

export type TickFact = Extract<Fact, { kind: 'tick' }>

export class FactList {
  readonly #facts = new ReusedList<Fact>()
  readonly #ticks: TickFact[] = []
  #tickCount = 0
  #taken = false

  push(fact: Fact): void {
    this.#begin()
    this.#facts.push(fact)
  }

  /** A closed tick; the row is copied. */
  pushTick(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): TickFact {
    this.#begin()
    let fact = this.#ticks[this.#tickCount]
    if (fact === undefined) {
      fact = { kind: 'tick', tick: 0, row: new Uint8Array(row.length), control: null, events: null }
      this.#ticks.push(fact)
    }
    this.#tickCount++
    fact.tick = tick
    fact.row.set(row)
    fact.control = control
    fact.events = events
    this.#facts.push(fact)
    return fact
  }

  /** Valid until the next push. */
  take(): ReusedList<Fact> {
    if (this.#taken) return NOTHING
    this.#taken = true
    return this.#facts
  }

  #begin(): void {
    if (!this.#taken) return
    this.#taken = false
    this.#facts.clear()
    this.#tickCount = 0
  }
}

const NOTHING = new ReusedList<Fact>()

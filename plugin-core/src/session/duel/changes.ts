// What happens at which tick besides inputs: rounds that start, rules that are swapped. Slot 0 names a change for a tick of
// which it has sampled no input yet, and sends no input of that tick or a later one before slot 1 has said that it knows.
// Slot 1 cannot close a tick without slot 0's input: whoever closes a tick knows its changes, and nothing can differ.

import type { TickControl } from '../../input/tick-control.ts'
import { CHANGE, type Change } from './duel-messages.ts'

interface Named {
  readonly change: Change
  /** No input of its tick may be sent before the other side knows of it. */
  readonly limits: boolean
  /** The other side knows of it. */
  taken: boolean
}

/** A small whole number, where Infinity would be boxed at each reading. */
const ANY_TICK = 2 ** 30 - 1
const BOTH: readonly number[] = [0, 1]

export class Changes {
  /** Newest tick of which an input may be sent. */
  sendUpTo = ANY_TICK
  #named: Named[] = []

  /** Slot 0 names it; `limits`: slot 1 might close its tick without knowing of it. */
  name(change: Change, limits: boolean): void {
    this.#named.push({ change, limits, taken: false })
    this.#limit()
  }

  /** Slot 1 was told. */
  hear(change: Change): void {
    this.#named.push({ change, limits: false, taken: true })
  }

  /** The other side sent it back. False: nobody named it. */
  take(change: Change): boolean {
    const named = this.#named.find(
      n => n.change.what === change.what && n.change.tick === change.tick && n.change.value === change.value,
    )
    if (named === undefined) return false
    named.taken = true
    this.#limit()
    return true
  }

  /** Named, and its tick is not closed: one of a kind at a time. */
  isComing(what: number): boolean {
    return this.#named.some(n => n.change.what === what)
  }

  controlOf(tick: number): TickControl | null {
    if (this.#named.length === 0) return null
    let restart: TickControl['restart'] = null
    let swap: number | null = null
    for (const { change } of this.#named) {
      if (change.tick !== tick) continue
      if (change.what === CHANGE.round) restart = { round: change.value, carry: change.carry }
      else if (change.what === CHANGE.rules) swap = change.value
    }
    if (restart === null && swap === null) return null
    return { restart, joins: restart === null ? [] : BOTH, leaves: [], swap }
  }

  /** Forgets what is done. */
  closed(tick: number): void {
    if (this.#named.length > 0) this.#forget(tick)
  }

  // Apart: a closure over `tick` would cost every call its memory.
  #forget(tick: number): void {
    this.#named = this.#named.filter(n => n.change.tick > tick || !n.taken)
  }

  #limit(): void {
    this.sendUpTo = ANY_TICK
    for (const { change, limits, taken } of this.#named)
      if (limits && !taken) this.sendUpTo = Math.min(this.sendUpTo, change.tick - 1)
  }
}

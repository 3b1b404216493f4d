// What both sides want, and when it becomes a change at a tick: rounds that end, rules, the input delay. Slot 0 names a
// change as soon as both want it; slot 1 takes what can be, and nothing else.

import { equalBytes } from '../../bytes/equal.ts'
import { LIMITS, ROUND_LEAD_TICKS } from '../../wire/limits.ts'
import type { Terms } from '../../wire/messages.ts'
import { Changes } from './changes.ts'
import type { ControlLine } from './control-line.ts'
import { CHANGE, DUEL_TYPE, change, type Change } from './duel-messages.ts'
import { MAX_INPUT_DELAY } from './handshake.ts'

/** Where a round ended, and what it hands on; tick 0: it has not. */
export interface RoundEnd {
  readonly tick: number
  readonly carry: Uint8Array
}

const NO_BYTES: Uint8Array = new Uint8Array(0)
const NOT_ENDED: RoundEnd = { tick: 0, carry: NO_BYTES }

export class Agenda {
  readonly changes = new Changes()
  /** First tick of the newest round that was named. */
  roundStart = 0
  /** Of the round that is played, as each side says. */
  roundEnd = NOT_ENDED
  otherRoundEnd = NOT_ENDED
  /** Rules that each side could swap to. */
  proposed: Terms | null = null
  otherProposed: Terms | null = null
  /** -1: none. */
  wantedDelay = -1
  readonly #predictionWindow: number
  readonly #control: ControlLine

  constructor(predictionWindow: number, control: ControlLine) {
    this.#predictionWindow = predictionWindow
    this.#control = control
  }

  /** The tick at which both sides say that the round ended otherwise than the other one says; 0: they agree so far. */
  get disputedTick(): number {
    const [mine, theirs] = [this.roundEnd, this.otherRoundEnd]
    if (mine.tick === 0 || theirs.tick === 0) return 0
    if (mine.tick === theirs.tick && equalBytes(mine.carry, theirs.carry)) return 0
    return Math.min(mine.tick, theirs.tick)
  }

  /** Slot 0: the next change that can be named now, or null. `newestInput` is the newest tick that has one of its inputs. */
  next(round: number, mayBegin: boolean, newestInput: number): Change | null {
    const { tick, carry } = this.roundEnd
    const isOver = round > 0 && tick > 0 && this.otherRoundEnd.tick > 0
    const rules = this.proposed?.rulesHash
    if (mayBegin || isOver) {
      const named = this.#name(CHANGE.round, round + 1, carry, round, newestInput)
      if (named !== null) return named
    }
    if (rules !== undefined && rules === this.otherProposed?.rulesHash) {
      const named = this.#name(CHANGE.rules, rules, NO_BYTES, round, newestInput)
      if (named !== null) return named
    }
    return this.wantedDelay < 0 ? null : this.#name(CHANGE.delay, this.wantedDelay, NO_BYTES, round, newestInput)
  }

  /** Slot 1: asks for the delay that it wants. */
  ask(): void {
    if (this.wantedDelay < 0) return
    const value = this.wantedDelay
    this.wantedDelay = -1
    this.#control.send(DUEL_TYPE.change, change, { what: CHANGE.delay, tick: 0, value, carry: NO_BYTES })
  }

  /** Slot 0: slot 1 asks, or sends back what was named. False: neither. */
  answered(v: Change): boolean {
    if (v.what !== CHANGE.delay || v.tick !== 0 || !this.#isDelay(v.value)) return this.changes.take(v)
    this.wantedDelay = v.value
    return true
  }

  /** Slot 1: slot 0 has named something. False: it cannot be. `received` is the newest tick that has slot 0's input. */
  told(v: Change, round: number, received: number): boolean {
    if (!this.#mayBe(v, round, received)) return false
    this.#control.send(DUEL_TYPE.change, change, v)
    this.changes.hear(v)
    this.#forget(v)
    return true
  }

  // Above every input that is sampled: none of that tick or a later one has left this side.
  #name(what: number, value: number, carry: Uint8Array, round: number, newestInput: number): Change | null {
    const { changes } = this
    if (changes.isComing(what)) return null
    const isBefore = round === 0 && !changes.isComing(CHANGE.round)
    const named = { what, tick: isBefore ? 1 : newestInput + ROUND_LEAD_TICKS, value, carry }
    this.#control.send(DUEL_TYPE.change, change, named)
    // Slot 1 closes nothing before it has heard of the first round; and no tick depends on the delay.
    changes.name(named, what !== CHANGE.delay && !(what === CHANGE.round && value === 1))
    this.#forget(named)
    return named
  }

  #mayBe(v: Change, round: number, received: number): boolean {
    if (v.what === CHANGE.delay) return v.tick > 0 && this.#isDelay(v.value)
    if (v.tick <= received || this.changes.isComing(v.what)) return false
    if (v.what === CHANGE.rules) return v.value === this.proposed?.rulesHash
    if (v.what !== CHANGE.round || v.value !== round + 1) return false
    if (v.value === 1) return v.tick === 1
    const { tick, carry } = this.roundEnd
    return tick > 0 && v.tick > tick && equalBytes(v.carry, carry)
  }

  // What led to a change is done.
  #forget(v: Change): void {
    if (v.what === CHANGE.round) {
      this.roundStart = v.tick
      this.roundEnd = NOT_ENDED
      this.otherRoundEnd = NOT_ENDED
    } else if (v.what === CHANGE.rules) {
      this.proposed = null
      this.otherProposed = null
    } else this.wantedDelay = -1
  }

  #isDelay(value: number): boolean {
    return value <= MAX_INPUT_DELAY && this.#predictionWindow + value < LIMITS.inputBufferTicks
  }
}

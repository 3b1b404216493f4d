// The last word of a duel: nobody answers it, so it is said several times at once, and again while this side is still called.

import { RETRY_TICKS } from '../../wire/limits.ts'
import { TYPE, bye } from '../../wire/messages.ts'
import type { ControlLine } from './control-line.ts'

/** At once, and later. */
export const BYE_REPEATS = 3
const LATE_BYES = 5

export class DuelGoodbye {
  readonly #control: ControlLine
  #word: { code: number; tick: number; reason: string } | null = null
  #left = LATE_BYES

  constructor(control: ControlLine) {
    this.#control = control
  }

  say(code: number, tick: number, reason: string): void {
    this.#word = { code, tick, reason }
    for (let i = 0; i < BYE_REPEATS; i++) this.#sayOnce(this.#word)
  }

  /** One call after the end. */
  again(calls: number): void {
    if (this.#word === null || this.#left === 0 || calls % RETRY_TICKS !== 0) return
    this.#left--
    this.#sayOnce(this.#word)
  }

  #sayOnce(word: { code: number; tick: number; reason: string }): void {
    this.#control.begin(this.#control.session)
    this.#control.add(TYPE.bye, bye, word)
    this.#control.end()
  }
}

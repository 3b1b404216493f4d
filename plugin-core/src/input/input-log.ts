// Holds one player's inputs. Missing ticks are predicted from the last *received* one: a prediction
// that repeated an earlier prediction would differ between machines that heard of the inputs in another order.

import { copyRange } from '../bytes/equal.ts'
import { TickRing } from '../bytes/tick-ring.ts'

/** Writes the predicted input into `into`, all of it, in the bytes of the input's schema; `ticksAhead` counts from the last received one. */
export type Predict = (last: Uint8Array, ticksAhead: number, into: Uint8Array) => void

export class InputLog {
  /** Newest tick whose input is here. */
  lastTick = 0
  readonly #size: number
  readonly #ring: TickRing
  readonly #last: Uint8Array
  readonly #predicted: Uint8Array

  constructor(ticks: number, inputBytes: number) {
    this.#size = inputBytes
    this.#ring = new TickRing(ticks, inputBytes)
    this.#last = new Uint8Array(inputBytes)
    this.#predicted = new Uint8Array(inputBytes)
  }

  /** Inputs may come in any order; the newest one is what predictions repeat. */
  set(tick: number, bytes: Uint8Array, at: number): void {
    copyRange(bytes, at, this.#ring.claim(tick), 0, this.#size)
    if (tick < this.lastTick) return
    this.lastTick = tick
    copyRange(bytes, at, this.#last, 0, this.#size)
  }

  /** Copies the input of a tick: the received one, or the prediction. */
  copy(tick: number, into: Uint8Array, at: number, predict: Predict | null): void {
    let from = this.#last
    if (this.#ring.has(tick)) from = this.#ring.view(tick)
    else if (predict !== null) {
      predict(this.#last, tick - this.lastTick, this.#predicted)
      from = this.#predicted
    }
    copyRange(from, 0, into, at, this.#size)
  }

  /** Forgets everything; predictions are neutral until an input comes. */
  clear(tick: number): void {
    this.#ring.clear()
    this.#last.fill(0)
    this.lastTick = tick
  }
}

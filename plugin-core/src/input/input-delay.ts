// How far ahead of the simulated tick inputs are sampled, and what a change of that means: no tick is written twice. Raising
// the delay leaves a gap, which repeats the last input; lowering it skips samples until the ticks that have one are used up.

export class InputDelay {
  /** Ticks. */
  delay: number
  #coming = 0
  #from = Infinity

  constructor(delay: number) {
    this.delay = delay
  }

  /** From the first time on that `tick` or a later one is wanted. The last word counts. */
  change(tick: number, delay: number): void {
    this.#from = tick
    this.#coming = delay
  }

  /** Newest tick that is to have an input when `tick` is wanted. */
  newestFor(tick: number): number {
    if (tick >= this.#from) {
      this.delay = this.#coming
      this.#from = Infinity
    }
    return tick + this.delay
  }
}

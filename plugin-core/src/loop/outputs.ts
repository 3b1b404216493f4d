// What the rules say to the network: it leaves this machine when its own player's rules say it, once. A tick that runs again says it
// again, and nobody hears that; a tick that this machine only catches up with says nothing at all. A loop without it sends nothing.

import type { Output } from '../sim/simulation.ts'

/** Ticks of which is known whether they ran live: more than any rollback takes back. */
const TICKS = 64

export class Outputs {
  readonly #refused: (message: string) => void
  #newestTick = 0
  #settledTick = 0
  readonly #liveTicks = new Float64Array(TICKS).fill(-1)
  /** Leaves now. */
  readonly #due: Output[] = []
  /** Waits for its tick to be confirmed. In order of ticks. */
  readonly #waiting: { readonly tick: number; readonly output: Output }[] = []

  /** `refused` hears what could not leave, and why. */
  constructor(refused: (message: string) => void) {
    this.#refused = refused
  }

  /** A run of a tick said this. `slot` is this player's; `live`: the tick is new, and no history. */
  run(tick: number, said: readonly Output[], slot: number, live: boolean): void {
    const first = tick > this.#newestTick
    if (first) {
      this.#newestTick = tick
      if (live) this.#liveTicks[tick & (TICKS - 1)] = tick
    }
    if (said.length === 0 || this.#liveTicks[tick & (TICKS - 1)] !== tick) return
    for (let i = 0; i < said.length; i++) {
      const output = said[i]
      if (slot < 0 || output.slot !== slot) continue
      if (output.when === 'first') {
        if (first) this.#due.push(output)
      } else if (tick > this.#settledTick) this.#waiting.push({ tick, output })
    }
  }

  /** The state goes back to the end of `tick`: what waits beyond it must be said again. */
  rewind(tick: number): void {
    const waiting = this.#waiting
    while (waiting.length > 0 && waiting[waiting.length - 1].tick > tick) waiting.pop()
  }

  /** After the last run of a call; nothing of the ticks up to here changes any more. Sends what is to leave. */
  settle(confirmedTick: number, line: { emit(kind: string, payload: unknown): void }): void {
    if (confirmedTick > this.#settledTick) this.#settledTick = confirmedTick
    const waiting = this.#waiting
    while (waiting.length > 0 && waiting[0].tick <= confirmedTick) this.#due.push(waiting.shift()!.output)
    if (this.#due.length === 0) return
    for (const { kind, payload } of this.#due)
      try {
        line.emit(kind, payload)
      } catch (error) {
        this.#refused(error instanceof Error ? error.message : String(error))
      }
    this.#due.length = 0
  }

  /** Another machine's state after `tick` takes the place of this one's: what the rules said here up to there does not count. */
  rebase(tick: number): void {
    this.rewind(0)
    if (tick > this.#newestTick) this.#newestTick = tick
    if (tick > this.#settledTick) this.#settledTick = tick
  }

  /** Everything begins anew after `tick`. */
  begin(tick: number): void {
    this.rewind(0)
    this.#newestTick = tick
    this.#settledTick = tick
    this.#liveTicks.fill(-1)
  }
}

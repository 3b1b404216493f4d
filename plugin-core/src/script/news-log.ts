// What scripts tell people, once: a tick runs again after a rollback and tells again, and a handler that fails does so at every tick.
// Logs and errors are told at once; which text runs, and that none does, once it is certain.

import type { ScriptNews } from '../sim/sim-scripts.ts'

/** Ticks of which is known what was told: more than any rollback takes back. */
const TICKS = 64
/** Of one run of a tick; a loop that logs is not worth a frozen console. */
const MOST_PER_TICK = 32
/** Errors that are remembered, and not told again until their script has another text. */
const MOST_ERRORS = 256

interface Told {
  tick: number
  /** How often each was told. */
  readonly counts: Map<string, number>
}

export class NewsLog {
  readonly news: ScriptNews[] = []
  readonly #told: Told[] = Array.from({ length: TICKS }, () => ({ tick: -1, counts: new Map() }))
  readonly #errors = new Map<string, string>()
  /** Of the run of a tick that goes on: how often each came. */
  readonly #counts = new Map<string, number>()
  #size = 0
  /** Waits for its tick to be confirmed. */
  #open: ScriptNews[] = []

  /** A tick runs, perhaps not for the first time. */
  begin(tick: number): void {
    this.again()
    if (this.#open.length > 0) this.#open = this.#open.filter(one => one.tick < tick)
    const told = this.#told[tick & (TICKS - 1)]
    if (told.tick === tick) return
    told.tick = tick
    if (told.counts.size > 0) told.counts.clear()
  }

  /** The same run of a tick begins once more. */
  again(): void {
    if (this.#size > 0) this.#counts.clear()
    this.#size = 0
  }

  /** Nothing of the ticks up to here changes any more. */
  settle(confirmedTick: number): void {
    while (this.#open.length > 0 && this.#open[0].tick <= confirmedTick) this.news.push(this.#open.shift()!)
  }

  tell(item: ScriptNews): void {
    if (item.what !== 'log' && item.what !== 'error') {
      this.#open.push(item)
      return
    }
    if (++this.#size > MOST_PER_TICK) return
    const { what, script, line, tick, message } = item
    const key = `${what} ${script}:${line} ${message}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    const { counts } = this.#told[tick & (TICKS - 1)]
    if (count <= (counts.get(key) ?? 0)) return
    counts.set(key, count)
    if (what === 'error') {
      if (this.#errors.has(key) || this.#errors.size === MOST_ERRORS) return
      this.#errors.set(key, script)
    }
    this.news.push(item)
  }

  /** Another text runs for this script: what was wrong with the one before is worth telling again. */
  forget(script: string): void {
    for (const [key, name] of this.#errors) if (name === script) this.#errors.delete(key)
  }

  clear(): void {
    this.#errors.clear()
    this.#open = []
    for (const told of this.#told) told.tick = -1
  }
}

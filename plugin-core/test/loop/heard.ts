// What one machine's scene was told of raised events: held to the promise that each showing is settled once, and compared
// with what others were told.

import type { RaisedNews } from '../../src/event/raised-log.ts'
import type { Loop } from '../../src/loop/loop.ts'

/** By so much an event with a key may have moved since it was shown. */
const WINDOW = 8

export class Heard {
  /** Shown and not settled yet. */
  readonly open = new Map<number, RaisedNews>()
  /** What was confirmed at each tick, sorted. */
  readonly confirmed = new Map<number, string[]>()
  shown = 0
  cancelled = 0
  again = 0
  /** So long after its tick was closed an event was still shown. */
  latestTicks = 0
  readonly #problems: string[] = []
  readonly #settled = new Set<number>()
  #settledTick = 0

  /** `closedTick` is the match's, wherever this machine is. */
  take(news: readonly RaisedNews[], closedTick = 0): void {
    for (const one of news) {
      const { change, id, kind, tick, payload, again } = one
      if (change === 'shown') {
        if (this.open.has(id) || this.#settled.has(id)) this.#problems.push(`${kind} ${id} shown twice`)
        this.open.set(id, one)
        this.shown++
        this.latestTicks = Math.max(this.latestTicks, closedTick - tick)
        if (again > 0) this.again++
        continue
      }
      if (!this.open.delete(id)) this.#problems.push(`${kind} ${id} ${change}, and was not open`)
      this.#settled.add(id)
      if (change === 'cancelled') this.cancelled++
      else {
        const told = this.confirmed.get(tick) ?? []
        told.push(`${kind} ${JSON.stringify(payload)}`)
        this.confirmed.set(tick, told.sort())
      }
    }
  }

  /** After each call of the loop: what is confirmed between two calls is settled by the next one. */
  called({ timeline }: Loop): void {
    this.#settledTick = Math.min(timeline.confirmedTick, timeline.headTick)
  }

  get confirmedCount(): number {
    let count = 0
    for (const told of this.confirmed.values()) count += told.length
    return count
  }

  /** What must not be: a promise broken, or an event left open though its tick is settled. */
  problems(over: boolean): string[] {
    const settledTick = over ? Infinity : this.#settledTick
    const hanging = [...this.open.values()].filter(({ tick }) => tick + WINDOW <= settledTick)
    return [
      ...this.#problems,
      ...hanging.map(({ kind, id, tick }) => `${kind} ${id} of tick ${tick} hangs at ${settledTick}`),
    ]
  }
}

/** What one machine was told as confirmed, and another that was told of more at the same tick was not. */
export function contradictions(all: readonly Heard[]): string[] {
  const ticks = new Set(all.flatMap(heard => [...heard.confirmed.keys()]))
  const problems: string[] = []
  for (const tick of ticks) {
    const told = all.map(heard => heard.confirmed.get(tick) ?? []).sort((a, b) => b.length - a.length)
    const most = told[0]
    for (const less of told) {
      const rest = [...most]
      for (const one of less) {
        const at = rest.indexOf(one)
        if (at < 0) problems.push(`tick ${tick}: ${one} is confirmed on one machine alone`)
        else rest.splice(at, 1)
      }
    }
  }
  return problems
}

// The two newest states of a match, as a page reads them. The worker's buffers are copied in and go straight back, so
// columns are arrays that stay: `view.Body.x[e]` is the newest x of entity e, `view.previous.Body.x[e]` the one before.

import type { AnyGame } from '../sim/game.ts'
import type { WorldLayout } from '../sim/schema.ts'
import { reportMistake } from './report-mistake.ts'
import { StateFrame } from './state-frame.ts'
import type { FrameOf } from './view-types.ts'

/**
 * The newest state (`view.Body.x`, `view.query('Body')`…), the one before it (`view.previous`), and how far between
 * them the present moment is (`view.alpha(nowMs)`).
 */
export type StateView<G extends AnyGame = AnyGame> = FrameOf<G> & {
  /** The state of `tick - 1`. Right after a rollback it may differ from what was the newest state until then. */
  readonly previous: FrameOf<G>
  /** Milliseconds of a tick. */
  readonly tickMs: number
  /** When the newest tick was due: milliseconds since 1970, by the page's and the worker's common clock. */
  readonly tickTimeMs: number
  /** Counts up when the game's schema changed: columns taken before are dead. */
  readonly schemaEpoch: number
  /**
   * How far to draw between `previous` and the newest state, 0..1. `nowMs` is `performance.timeOrigin +
   * performance.now()`. What is drawn is one tick old, which is what makes it smooth.
   */
  alpha(nowMs: number): number
  /** Runs after each new state; call what it returns to stop. */
  onUpdate(run: () => void): () => void
  /**
   * @internal Takes a worker's buffer, `[state of tick - 1 | state of tick]`; one that is still of a former schema is left alone. The
   * caller keeps it.
   */
  publish(buffer: ArrayBuffer, tick: number, tickTimeMs: number): void
  /** @internal The same, of two states that lie anywhere. */
  show(before: Uint8Array, now: Uint8Array, tick: number, tickTimeMs: number): void
  /** @internal The newest state once more, as a rollback left it. A newer one follows at once. */
  correct(now: Uint8Array): void
  /** @internal A frame begins: takes the newest state, where the page has to look for it. */
  refresh: (() => void) | null
  /** @internal Rebinds to another schema: all columns are new, and empty until the next `publish`. */
  reset(layout: WorldLayout, tickRate: number): void
}

class TwoStates {
  tickTimeMs = 0
  tickMs = 0
  schemaEpoch = 0
  refresh: (() => void) | null = null
  #now!: StateFrame
  #before!: StateFrame
  readonly #updated = new Set<() => void>()

  constructor(layout: WorldLayout, tickRate: number) {
    this.#bind(layout, tickRate)
  }

  get tick(): number {
    return this.#now.tick
  }

  get round(): number {
    return this.#now.round
  }

  get previous(): StateFrame {
    return this.#before
  }

  /** @internal */
  get frame(): StateFrame {
    return this.#now
  }

  has(e: number, component: string): boolean {
    return this.#now.has(e, component)
  }

  generation(e: number): number {
    return this.#now.generation(e)
  }

  query(...components: string[]): Iterable<number> {
    return this.#now.query(...components)
  }

  first(...components: string[]): number {
    return this.#now.first(...components)
  }

  alpha(nowMs: number): number {
    const alpha = (nowMs - this.tickTimeMs) / this.tickMs
    return alpha > 0 ? Math.min(alpha, 1) : 0
  }

  onUpdate(run: () => void): () => void {
    this.#updated.add(run)
    return () => this.#updated.delete(run)
  }

  publish(buffer: ArrayBuffer, tick: number, tickTimeMs: number): void {
    const { sizeBytes } = this.#now
    if (buffer.byteLength !== 2 * sizeBytes) return
    this.show(new Uint8Array(buffer, 0, sizeBytes), new Uint8Array(buffer, sizeBytes), tick, tickTimeMs)
  }

  show(before: Uint8Array, now: Uint8Array, tick: number, tickTimeMs: number): void {
    this.#before.load(before, tick - 1)
    this.#now.load(now, tick)
    this.tickTimeMs = tickTimeMs
    this.#tell()
  }

  correct(now: Uint8Array): void {
    this.#now.load(now, this.tick)
    this.#tell()
  }

  reset(layout: WorldLayout, tickRate: number): void {
    const columns = this as unknown as Record<string, unknown>
    for (const name of this.#now.components.keys()) delete columns[name]
    this.schemaEpoch++
    this.#bind(layout, tickRate)
  }

  #tell(): void {
    for (const run of this.#updated) {
      try {
        run()
      } catch (error) {
        reportMistake(error)
      }
    }
  }

  #bind(layout: WorldLayout, tickRate: number): void {
    this.#now = new StateFrame(layout)
    this.#before = new StateFrame(layout)
    this.tickMs = 1000 / tickRate
    const columns = this as unknown as Record<string, unknown>
    for (const [name, component] of this.#now.components) columns[name] = component.columns
  }
}

/** @internal `new StateView(schema.layout, schema.tickRate)`: the page's match makes one. */
export const StateView = TwoStates as unknown as new <G extends AnyGame = AnyGame>(
  layout: WorldLayout,
  tickRate: number,
) => StateView<G>

/** @internal The newest state and the one before, without the game's types: masks, generations and fields by name. */
export function framesOf(view: StateView): { now: StateFrame; before: StateFrame } {
  const { frame, previous } = view as unknown as TwoStates
  return { now: frame, before: previous }
}

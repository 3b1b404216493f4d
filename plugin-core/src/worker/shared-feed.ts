// Brings the newest state of a match to its view where page and worker share memory: when a frame begins, and before
// anything that the worker tells is heard, so that the view is never behind what is told.

import { AGAIN_TICK, DUE_MS, SharedReader, TICK } from './shared-states.ts'
import type { StateView } from './state-view.ts'

export class SharedFeed {
  readonly #reader: SharedReader
  readonly #view: StateView
  readonly #onStats: (stats: Float64Array) => void
  #request = 0
  /**
   * A scene of this frame has looked already: all scenes of a frame show the same state. So has this one, while it tells
   * of a state: whoever draws a frame at once must not swap the place that is being read.
   */
  #looked = false

  constructor(memory: SharedArrayBuffer, view: StateView, onStats: (stats: Float64Array) => void) {
    this.#reader = new SharedReader(memory)
    this.#view = view
    this.#onStats = onStats
    view.refresh = () => {
      if (!this.#looked) this.#take()
    }
    this.#onFrame()
  }

  /** Takes the newest state, in a turn of its own: no loop over the view runs. */
  look(): void {
    this.#take()
    this.#looked = false
  }

  stop(): void {
    cancelAnimationFrame(this.#request)
    this.#view.refresh = null
  }

  // Who follows the view without a scene has a state in each frame, too.
  readonly #onFrame = (): void => {
    this.#request = requestAnimationFrame(this.#onFrame)
    this.look()
  }

  #take(): void {
    this.#looked = true
    const place = this.#reader.take()
    if (place === null) return
    const { header, stats, before, now, again } = place
    const view = this.#view
    this.#onStats(stats)
    if (header[AGAIN_TICK] === view.tick) view.correct(again)
    view.show(before, now, header[TICK], header[DUE_MS])
  }
}

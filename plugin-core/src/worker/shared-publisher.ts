// Publishes the newest states where page and worker share memory: no message, and no buffer that must come back. Copies are
// shared, never the world itself: saving out of shared memory is several times dearer.

import { sinceEpoch } from '../loop/clock.ts'
import type { Loop } from '../loop/loop.ts'
import type { ToPage } from './port-messages.ts'
import { AGAIN_TICK, DUE_MS, SEQUENCE, SharedWriter, TICK } from './shared-states.ts'
import { copyStates, copyStats, type Publisher } from './state-publisher.ts'

/** States in a row that nobody read until the page is asked to look, once: hidden, it has no frames that would. */
const PATIENCE = 15

export class SharedPublisher implements Publisher {
  readonly #loop: Loop
  readonly #tell: (message: ToPage) => void
  readonly #writer: SharedWriter
  #published = 0
  #unread = 0
  /** The state published last, and the one that the page shows as far as is known: tick, and rollbacks until then. */
  #lastTick = -1
  #lastRollbacks = 0
  #shownTick = -1
  #shownRollbacks = 0

  constructor(loop: Loop, tell: (message: ToPage) => void) {
    this.#loop = loop
    this.#tell = tell
    this.#writer = new SharedWriter(loop.simulation.sizeBytes)
    tell({ type: 'shared', memory: this.#writer.memory })
  }

  publish(): void {
    const { snapshots, timeline, headDueMs } = this.#loop
    const { headTick: tick, rollbacks } = timeline
    const { header, stats, before, now, again } = this.#writer.place
    copyStates(this.#loop, before, now)
    copyStats(this.#loop, stats)
    // A page that draws less often than the game ticks misses states. What a rollback changed of the one that it shows is
    // learned from that state alone; for whoever reads each, `before` is that one.
    const corrected = rollbacks > this.#shownRollbacks && !this.#writer.isRead && snapshots.has(this.#shownTick)
    if (corrected) again.set(snapshots.view(this.#shownTick))
    header[SEQUENCE] = ++this.#published
    header[TICK] = tick
    header[DUE_MS] = sinceEpoch(headDueMs)
    header[AGAIN_TICK] = corrected ? this.#shownTick : -1

    if (this.#writer.publish()) {
      this.#unread = 0
      this.#shownTick = this.#lastTick
      this.#shownRollbacks = this.#lastRollbacks
    } else if (++this.#unread === PATIENCE) this.#tell({ type: 'look' })
    this.#lastTick = tick
    this.#lastRollbacks = rollbacks
  }
}

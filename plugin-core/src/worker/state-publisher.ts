// Hands the two newest states to the page by three buffers that go round: one is drawn, one travels, one is
// filled. Without a free one nothing is published: the page is slow, and gets the newest state when one returns.

import type { Loop } from '../loop/loop.ts'
import { STAT_NAMES } from './port-messages.ts'

const BUFFERS = 3

export class StatePublisher {
  readonly #loop: Loop
  readonly #post: (buffer: ArrayBuffer, tick: number, dueMs: number, stats: Float64Array) => void
  readonly #free: ArrayBuffer[] = []
  readonly #stats = new Float64Array(STAT_NAMES.length)
  #waiting = false

  constructor(loop: Loop, post: (buffer: ArrayBuffer, tick: number, dueMs: number, stats: Float64Array) => void) {
    this.#loop = loop
    this.#post = post
    for (let i = 0; i < BUFFERS; i++) this.#free.push(new ArrayBuffer(2 * loop.simulation.sizeBytes))
  }

  publish(): void {
    const buffer = this.#free.pop()
    if (buffer === undefined) {
      this.#waiting = true
      return
    }
    this.#waiting = false
    const { simulation, snapshots, timeline } = this.#loop
    const bytes = new Uint8Array(buffer)
    const before = timeline.headTick - 1
    bytes.set(snapshots.has(before) ? snapshots.view(before) : simulation.bytes)
    bytes.set(simulation.bytes, simulation.sizeBytes)
    this.#post(buffer, timeline.headTick, this.#loop.headDueMs, this.#readStats())
  }

  takeBack(buffer: ArrayBuffer): void {
    // After a change of schema buffers of the old size are still on their way.
    if (buffer.byteLength !== 2 * this.#loop.simulation.sizeBytes) return
    this.#free.push(buffer)
    if (this.#waiting) this.publish()
  }

  #readStats(): Float64Array {
    const { timeline, stats, timeSync, session } = this.#loop
    const { malformed, wrongSession, unexpected } = session.faults
    const all = {
      ...stats,
      tick: timeline.headTick,
      confirmedTick: timeline.confirmedTick,
      rollbacks: timeline.rollbacks,
      rolledBackTicks: timeline.rolledBackTicks,
      skippedTicks: timeSync.skipped,
      faults: malformed + wrongSession + unexpected,
    }
    STAT_NAMES.forEach((name, i) => (this.#stats[i] = all[name]))
    return this.#stats
  }
}

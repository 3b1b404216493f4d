// Hands the two newest states to the page by three buffers that go round: one is drawn, one travels, one is
// filled. Without a free one nothing is published: the page is slow, and gets the newest state when one returns.

import type { Loop } from '../loop/loop.ts'
import { STAT_NAMES } from './port-messages.ts'

const BUFFERS = 3

/** How states come to the page. */
export interface Publisher {
  /** There is a new state. */
  publish(): void
  /** A buffer comes back from the page. */
  takeBack?(buffer: ArrayBuffer): void
}

export class StatePublisher implements Publisher {
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
    const { simulation, timeline, headDueMs } = this.#loop
    copyStates(this.#loop, new Uint8Array(buffer), new Uint8Array(buffer, simulation.sizeBytes))
    copyStats(this.#loop, this.#stats)
    this.#post(buffer, timeline.headTick, headDueMs, this.#stats)
  }

  takeBack(buffer: ArrayBuffer): void {
    // After a change of schema buffers of the old size are still on their way.
    if (buffer.byteLength !== 2 * this.#loop.simulation.sizeBytes) return
    this.#free.push(buffer)
    if (this.#waiting) this.publish()
  }
}

/** The two newest states; a round's first one stands for the one before it, too. */
export function copyStates({ simulation, snapshots, timeline }: Loop, before: Uint8Array, now: Uint8Array): void {
  const tick = timeline.headTick - 1
  before.set(snapshots.has(tick) ? snapshots.view(tick) : simulation.bytes)
  now.set(simulation.bytes)
}

/** In the order of `STAT_NAMES`. Written out: by their names they would be boxed, every tick. */
export function copyStats({ timeline, stats, timeSync, session, events }: Loop, into: Float64Array): void {
  const { faults } = session
  into[0] = timeline.headTick
  into[1] = timeline.confirmedTick
  into[2] = stats.pingMs
  into[3] = timeline.rollbacks
  into[4] = timeline.rolledBackTicks
  into[5] = stats.stalledTicks
  into[6] = timeSync.skipped
  into[7] = stats.packetsSent
  into[8] = stats.packetsReceived
  into[9] = stats.bytesSent
  into[10] = stats.bytesReceived
  into[11] = faults.malformed + faults.wrongSession + faults.unexpected + (events?.faultCount ?? 0)
  into[12] = stats.checksum
  into[13] = stats.checksumTick
  into[14] = stats.longestGapMs
  into[15] = stats.lateInputs
  into[16] = stats.vetoedInputs
}

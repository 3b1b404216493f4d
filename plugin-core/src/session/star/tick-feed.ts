// Sends closed ticks: to each peer everything above what it has applied, once a call and again until it says that it has. Nothing waits
// for a reader that does not drain, and one who catches up gets several packets at once.

import { LIMITS } from '../../wire/limits.ts'
import type { HostOutbox } from './host-outbox.ts'
import type { HostPeer } from './host-peer.ts'
import type { HostStats } from './host-report.ts'
import type { TickCloser } from './tick-closer.ts'

/** Packets of closed ticks that one call sends to somebody who has missed many: it takes ticks faster than they are closed. */
const CATCH_UP_PACKETS = 4

export class TickFeed {
  readonly #closer: TickCloser
  readonly #outbox: HostOutbox
  readonly #stats: HostStats

  constructor(closer: TickCloser, outbox: HostOutbox, stats: HostStats) {
    this.#closer = closer
    this.#outbox = outbox
    this.#stats = stats
  }

  /** Newest tick that this peer may see. */
  newestFor(p: HostPeer): number {
    return this.#closer.closedTick - p.delayTicks
  }

  /** False: what it needs next is not there any more. */
  send(p: HostPeer, call: number, tickRate: number): boolean {
    const { rows, large } = this.#closer
    const from = p.applied + 1
    const to = this.newestFor(p)
    if (from > to) return true
    p.ticksSent = true
    if (!rows.has(from)) return false
    // A reader that has applied nothing for a second is sent one packet in thirty until it moves again: its line, or its page, is
    // not draining.
    if (p.lagCalls > tickRate && call % LIMITS.heartbeatTicks !== 0) {
      this.#stats.heldBack++
      return true
    }
    if (large.length > 0) this.#outbox.largeEvents(p, large, from, to, call)
    let next = from
    for (let packets = p.following ? CATCH_UP_PACKETS : 1; packets > 0 && next <= to; packets--) {
      const count = this.#outbox.ticks(p, rows, next, to)
      if (count === 0) break
      next += count
    }
    return true
  }
}

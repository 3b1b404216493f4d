// A bad network on top of any transport: the slider that shows what rollback is for.

import type { Clock } from './clock.ts'
import { NO_FAULTS, conditionsOf, type LineConditions, type NetworkConditions } from './conditions.ts'
import { FaultLine, emptyStats, seedOf, type LineStats } from './fault-line.ts'
import type { Transport, TransportEvents } from './transport.ts'

export type { LineConditions, NetworkConditions } from './conditions.ts'
export type { LineStats } from './fault-line.ts'

export interface FaultyTransport extends Transport {
  /**
   * Replaces the conditions of both directions, from the next message on; `up` is what this side sends. Throws a
   * sentence for numbers that make no sense.
   */
  set(conditions: NetworkConditions): void
  readonly stats: { readonly sending: Readonly<LineStats>; readonly receiving: Readonly<LineStats> }
}

/**
 * Adds faults to a transport, in each direction on its own: `delayMs` 50 makes a round trip longer by 100. Whole messages
 * are lost, never bytes. Without `set`, or with zeros, everything passes straight through.
 *
 * A line that ends is heard of after the messages that came before it. What is still delayed at `close` is not sent.
 */
export function withFaults(transport: Transport, options: { clock: Clock; seed: number }): FaultyTransport {
  return new FaultyLines(transport, options)
}

class FaultyLines implements FaultyTransport {
  readonly stats = { sending: emptyStats(), receiving: emptyStats() }
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #seed: number
  #up: Required<LineConditions> = NO_FAULTS
  #down: Required<LineConditions> = NO_FAULTS
  readonly #lines = new Map<number, { sending: FaultLine; receiving: FaultLine }>()

  constructor(transport: Transport, options: { clock: Clock; seed: number }) {
    this.#transport = transport
    this.#clock = options.clock
    this.#seed = options.seed
  }

  set(conditions: NetworkConditions): void {
    // Both are checked before either holds.
    const up = conditionsOf(conditions, 'up')
    const down = conditionsOf(conditions, 'down')
    this.#up = up
    this.#down = down
    for (const { sending, receiving } of this.#lines.values()) {
      sending.set(up)
      receiving.set(down)
    }
  }

  open(events: TransportEvents): void {
    this.#transport.open({
      joined: peer => {
        this.#lines.set(peer, this.#linesOf(peer, events))
        events.joined(peer)
      },
      message: (peer, bytes) => this.#lines.get(peer)?.receiving.send(bytes),
      left: (peer, reason, cause) => {
        const lines = this.#lines.get(peer)
        if (lines === undefined) {
          events.left(peer, reason, cause)
          return
        }
        lines.sending.clear()
        lines.receiving.after(() => {
          this.#lines.delete(peer)
          events.left(peer, reason, cause)
        })
      },
    })
  }

  send(peer: number, bytes: Uint8Array): void {
    this.#lines.get(peer)?.sending.send(bytes)
  }

  close(): void {
    for (const { sending, receiving } of this.#lines.values()) {
      sending.clear()
      receiving.clear()
    }
    this.#lines.clear()
    this.#transport.close()
  }

  #linesOf(peer: number, events: TransportEvents): { sending: FaultLine; receiving: FaultLine } {
    const shared = { clock: this.#clock, straight: true }
    return {
      sending: new FaultLine({
        ...shared,
        conditions: this.#up,
        seed: seedOf(this.#seed, 2 * peer),
        stats: this.stats.sending,
        deliver: bytes => this.#transport.send(peer, bytes),
      }),
      receiving: new FaultLine({
        ...shared,
        conditions: this.#down,
        seed: seedOf(this.#seed, 2 * peer + 1),
        stats: this.stats.receiving,
        deliver: bytes => events.message(peer, bytes),
      }),
    }
  }
}

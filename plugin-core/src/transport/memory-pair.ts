// Two peers and nothing between them but a line, inside of one process: duels of tests and benchmarks talk over it, with the
// faults of the world by seed. On a VirtualClock a match over it replays exactly.

import type { Clock } from './clock.ts'
import { NO_FAULTS, conditionsOf, type NetworkConditions } from './conditions.ts'
import { FaultLine, emptyStats, seedOf, type LineStats } from './fault-line.ts'
import { HOST, type Transport, type TransportEvents } from './transport.ts'

export interface MemoryPairOptions {
  clock: Clock
  /** Of every fault. */
  seed?: number
  /** `up` is from `a` to `b`. Default: none. */
  conditions?: NetworkConditions
}

/** Each side knows the other one as `HOST`. Nothing is ever delivered inside of `send`. */
export class MemoryPair {
  readonly a: Transport
  readonly b: Transport
  /** Both ways. */
  readonly stats: LineStats = emptyStats()
  readonly #up: FaultLine
  readonly #down: FaultLine

  constructor(options: MemoryPairOptions) {
    const { clock, seed = 1, conditions = NO_FAULTS } = options
    const { stats } = this
    const a: End = new End(() => this.#up)
    const b: End = new End(() => this.#down)
    const line = (direction: 'up' | 'down', to: End): FaultLine =>
      new FaultLine({
        clock,
        conditions: conditionsOf(conditions, direction),
        stats,
        seed: seedOf(seed, direction === 'up' ? 0 : 1),
        deliver: bytes => to.deliver(bytes),
      })
    this.#up = line('up', b)
    this.#down = line('down', a)
    a.other = b
    b.other = a
    this.a = a
    this.b = b
  }

  /** From now on; what is on its way arrives as it would have. */
  set(conditions: NetworkConditions): void {
    this.#up.set(conditionsOf(conditions, 'up'))
    this.#down.set(conditionsOf(conditions, 'down'))
  }

  /** Nothing passes any more, and nobody is told: a pulled plug. One direction only: a plug that is half in. */
  cut(direction: 'up' | 'down' | 'both' = 'both'): void {
    if (direction !== 'down') this.#up.cut()
    if (direction !== 'up') this.#down.cut()
  }

  /** The plug is back. What was sent meanwhile is lost; that a side closed its line is heard now. */
  heal(): void {
    this.#up.heal()
    this.#down.heal()
  }
}

class End implements Transport {
  other: End | null = null
  readonly #line: () => FaultLine
  #events: TransportEvents | null = null
  #state: 'new' | 'open' | 'closed' = 'new'
  /** The other side has opened, as far as this one has heard. */
  #called = false
  /** It has closed again. */
  #isGone = false
  #joined = false

  constructor(line: () => FaultLine) {
    this.#line = line
  }

  open(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#state = 'open'
    this.#events = events
    this.#line().after(() => this.other!.#hear())
    this.#join()
  }

  send(peer: number, bytes: Uint8Array): void {
    if (peer === HOST && this.#joined) this.#line().send(bytes)
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#events = null
    this.#joined = false
    this.#line().after(() => this.other!.#lose())
  }

  deliver(bytes: Uint8Array): void {
    if (this.#joined) this.#events?.message(HOST, bytes)
  }

  #hear(): void {
    this.#called = true
    this.#join()
  }

  #join(): void {
    if (!this.#called || this.#state !== 'open' || this.#joined) return
    if (this.#isGone) {
      this.#lose()
      return
    }
    this.#joined = true
    this.#events?.joined(HOST)
  }

  #lose(): void {
    this.#isGone = true
    const events = this.#events
    this.#events = null
    this.#joined = false
    events?.left(HOST, 'the other side closed its line')
  }
}

// A line that a bad network can be put into at any time. Until somebody asks for one, packets pass straight through, and its
// code is not loaded.

import type { Clock } from './clock.ts'
import type { FaultyTransport, NetworkConditions } from './faults.ts'
import type { Transport, TransportEvents } from './transport.ts'

export class Detour implements Transport {
  readonly #transport: Transport
  readonly #clock: Clock
  #conditions: NetworkConditions | null = null
  #faulty: FaultyTransport | null = null
  /** Who hears what comes from the line: whoever opened this, or the bad network before them. */
  #events: TransportEvents | null = null
  readonly #peers = new Set<number>()

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport
    this.#clock = clock
  }

  /** From the next message on. Loads what it needs the first time; rejects with a sentence for numbers that make no sense. */
  async set(conditions: NetworkConditions): Promise<void> {
    this.#conditions = conditions
    const { withFaults } = await import('./faults.ts')
    this.#faulty ??= this.#through(withFaults)
    // What was asked for last, if several did meanwhile.
    this.#faulty.set(this.#conditions)
  }

  open(events: TransportEvents): void {
    this.#events = this.#faulty === null ? events : this.#heardThrough(this.#faulty, events)
    this.#transport.open({
      joined: peer => {
        this.#peers.add(peer)
        this.#events!.joined(peer)
      },
      message: (peer, bytes) => this.#events!.message(peer, bytes),
      left: (peer, reason, cause) => {
        this.#peers.delete(peer)
        this.#events!.left(peer, reason, cause)
      },
    })
  }

  send(peer: number, bytes: Uint8Array): void {
    ;(this.#faulty ?? this.#transport).send(peer, bytes)
  }

  close(): void {
    ;(this.#faulty ?? this.#transport).close()
  }

  #through(withFaults: typeof import('./faults.ts').withFaults): FaultyTransport {
    const seed = Math.trunc(this.#clock.now() * 1000) >>> 0
    const transport = this.#transport
    const faulty = withFaults(
      {
        open: events => (this.#events = events),
        send: (peer, bytes) => transport.send(peer, bytes),
        close: () => transport.close(),
      },
      { clock: this.#clock, seed },
    )
    if (this.#events !== null) this.#heardThrough(faulty, this.#events)
    return faulty
  }

  #heardThrough(faulty: FaultyTransport, events: TransportEvents): TransportEvents {
    let known = false
    faulty.open({
      joined: peer => {
        if (known) events.joined(peer)
      },
      message: (peer, bytes) => events.message(peer, bytes),
      left: (peer, reason, cause) => events.left(peer, reason, cause),
    })
    // Those who are there already have been told of.
    for (const peer of this.#peers) this.#events!.joined(peer)
    known = true
    return this.#events!
  }
}

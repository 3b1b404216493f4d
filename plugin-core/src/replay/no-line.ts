// Where a recording is played nobody is on the other side: this line is up at once, and carries nothing.

import { HOST, type Transport, type TransportEvents } from '../transport/transport.ts'

export class NoLine implements Transport {
  #closed = false

  open(events: TransportEvents): void {
    if (!this.#closed) events.joined(HOST)
  }

  send(): void {}

  close(): void {
    this.#closed = true
  }
}

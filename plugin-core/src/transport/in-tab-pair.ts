// A client and its host in the same tab: two lines that copy, and never deliver inside of `send`.

import type { Clock } from './clock.ts'
import { HOST_CLOSED } from './broadcast-messages.ts'
import { FaultLine, emptyStats } from './fault-line.ts'
import { HOST, type Transport, type TransportEvents } from './transport.ts'

/** One connection as the host holds it. */
export interface HostLine {
  send(bytes: Uint8Array): void
  /** Tells the other side, and frees everything. */
  end(reason: string): void
}

/** What a connection tells its host. */
export interface HostSide {
  message(bytes: Uint8Array): void
  left(reason: string): void
}

/** The host takes its side when both have opened. */
export class InTabPair {
  readonly client: Transport
  readonly #accept: (line: HostLine) => HostSide
  #clientEvents: TransportEvents | null = null
  #hostSide: HostSide | null = null
  #hostState: 'new' | 'open' | 'closed' = 'new'
  #opened = false
  #joined = false
  readonly #up = inTabLine(bytes => this.#hostSide?.message(bytes))
  readonly #down = inTabLine(bytes => this.#clientEvents?.message(HOST, bytes))

  constructor(accept: (line: HostLine) => HostSide) {
    this.#accept = accept
    this.client = {
      open: events => {
        if (this.#opened) throw new Error('this transport was opened or closed before: a transport is opened once')
        this.#opened = true
        this.#clientEvents = events
        this.#up.after(() => this.#connect())
      },
      send: (peer, bytes) => {
        if (peer === HOST && this.#joined) this.#up.send(bytes)
      },
      close: () => this.#hangUp(),
    }
  }

  hostIsOpen(): void {
    this.#hostState = 'open'
    this.#up.after(() => this.#connect())
  }

  hostIsClosed(): void {
    this.#hostState = 'closed'
    if (this.#hostSide === null) this.#tellClient(HOST_CLOSED)
    this.#hostSide = null
  }

  #connect(): void {
    if (this.#clientEvents === null || this.#hostSide !== null || this.#hostState === 'new') return
    if (this.#hostState === 'closed') {
      this.#tellClient(HOST_CLOSED)
      return
    }
    this.#down.after(() => {
      this.#joined = true
      this.#clientEvents?.joined(HOST)
    })
    this.#hostSide = this.#accept({
      send: bytes => this.#down.send(bytes),
      end: reason => {
        this.#hostSide = null
        this.#tellClient(reason)
      },
    })
  }

  #tellClient(reason: string): void {
    this.#down.after(() => {
      const events = this.#clientEvents
      this.#clientEvents = null
      this.#joined = false
      events?.left(HOST, reason)
    })
  }

  #hangUp(): void {
    this.#opened = true
    this.#clientEvents = null
    this.#joined = false
    this.#down.clear()
    this.#up.after(() => {
      this.#hostSide?.left('the peer left')
      this.#hostSide = null
    })
  }
}

// Microtasks: as soon as whoever sends is done.
const soon: Clock = {
  now: () => 0,
  schedule(_delayMs, run) {
    let wanted = true
    queueMicrotask(() => {
      if (wanted) run()
    })
    return () => {
      wanted = false
    }
  },
}

function inTabLine(deliver: (bytes: Uint8Array) => void): FaultLine {
  return new FaultLine({ clock: soon, seed: 0, stats: emptyStats(), deliver })
}

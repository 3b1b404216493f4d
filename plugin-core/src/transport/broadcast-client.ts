// A tab that plays in a room which another tab hosts.

import { HOST_CLOSED, byeOf, hostIdOf, type LineMessage } from './broadcast-messages.ts'
import { HOST, type Transport, type TransportEvents } from './transport.ts'

/** A host says little before the client says hello. */
const MAX_EARLY = 64

/** What the election has opened for this client, which closes it. */
export interface ClientParts {
  room: BroadcastChannel
  line: BroadcastChannel
  /** Id of the host that said welcome. */
  host: string
  free: () => void
  watch: AbortController
}

export class BroadcastClient implements Transport {
  readonly #parts: ClientParts
  #state: 'new' | 'open' | 'ended' = 'new'
  #events: TransportEvents | null = null
  /** The host went before `open`. */
  #goneReason: string | null = null
  /** What came before `open`; the host may speak as soon as it has said welcome. */
  #early: Uint8Array[] = []

  constructor(parts: ClientParts) {
    this.#parts = parts
    parts.line.onmessage = event => {
      if (event.data instanceof Uint8Array) this.#receive(event.data)
      else {
        const reason = byeOf(event.data, 'host')
        if (reason !== null) this.#end(reason)
      }
    }
    parts.room.onmessage = event => {
      const host = hostIdOf(event.data)
      // Another tab has the room now, and perhaps stands before this one in the line for the lock.
      if (host !== null && host !== parts.host) this.#end(HOST_CLOSED)
    }
  }

  open(events: TransportEvents): void {
    if (this.#events !== null || (this.#state !== 'new' && this.#goneReason === null))
      throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#events = events
    queueMicrotask(() => this.#start())
  }

  send(peer: number, bytes: Uint8Array): void {
    if (peer === HOST && this.#state === 'open') this.#parts.line.postMessage(new Uint8Array(bytes))
  }

  close(): void {
    this.#events = null
    this.#goneReason = null
    this.#release('left')
  }

  hostIsGone(): void {
    this.#end(HOST_CLOSED)
  }

  #start(): void {
    const events = this.#events
    if (events === null) return
    if (this.#state === 'new') {
      this.#state = 'open'
      events.joined(HOST)
      for (const bytes of this.#early.splice(0)) this.#events?.message(HOST, bytes)
      return
    }
    const reason = this.#goneReason
    this.#events = null
    this.#goneReason = null
    if (reason !== null) events.left(HOST, reason)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#events?.message(HOST, bytes)
    else if (this.#early.length < MAX_EARLY) this.#early.push(bytes)
  }

  #end(reason: string): void {
    const state = this.#state
    const events = this.#events
    if (state === 'ended') return
    if (state === 'new') this.#goneReason = reason
    else this.#events = null
    this.#release(null)
    if (state === 'open') events?.left(HOST, reason)
  }

  #release(goodbye: string | null): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#early.length = 0
    const { line, watch, free } = this.#parts
    if (goodbye !== null) line.postMessage({ kind: 'bye', from: 'client', reason: goodbye } satisfies LineMessage)
    watch.abort()
    free()
  }
}

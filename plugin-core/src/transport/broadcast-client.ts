// A tab that plays in a room which another tab hosts.

import { HOST_CLOSED, byeOf, hostIdOf, type LineMessage } from './broadcast-messages.ts'
import { HOST, type Transport, type TransportEvents } from './transport.ts'

/** A host says little before the client says hello. */
const MAX_EARLY = 64

/** What the election has opened for this client, which frees it. */
export interface ClientParts {
  room: BroadcastChannel
  line: BroadcastChannel
  /** Id of the host that said welcome. */
  host: string
  free: () => void
  watch: AbortController
}

/** `ending`: has said goodbye, and keeps its lock until the host has heard it, because a freed lock may overtake messages. */
type State = 'new' | 'open' | 'ending' | 'ended'

export class BroadcastClient implements Transport {
  readonly #parts: ClientParts
  #state: State = 'new'
  #opened = false
  #events: TransportEvents | null = null
  /** The host went before `open`. */
  #goneReason: string | null = null
  /** What came before `open`; the host may speak as soon as it has said welcome. */
  #early: Uint8Array[] = []

  constructor(parts: ClientParts) {
    this.#parts = parts
    parts.line.addEventListener('message', (event: MessageEvent) => {
      if (event.data instanceof Uint8Array) this.#receive(event.data)
      else {
        const reason = byeOf(event.data, 'host')
        if (reason !== null) this.#end(reason)
      }
    })
    parts.room.addEventListener('message', (event: MessageEvent) => {
      const host = hostIdOf(event.data)
      // Another tab has the room now, and perhaps stands before this one in the line for the lock.
      if (host !== null && host !== parts.host) this.#end(HOST_CLOSED)
    })
  }

  open(events: TransportEvents): void {
    if (this.#opened) throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#opened = true
    this.#events = events
    queueMicrotask(() => this.#start())
  }

  send(peer: number, bytes: Uint8Array): void {
    if (peer === HOST && this.#state === 'open') this.#parts.line.postMessage(new Uint8Array(bytes))
  }

  close(): void {
    this.#opened = true
    this.#events = null
    this.#early.length = 0
    if (this.#state === 'ending' || this.#state === 'ended') return
    this.#state = 'ending'
    this.#parts.line.postMessage({ kind: 'bye', from: 'client', reason: 'left' } satisfies LineMessage)
  }

  /** The host's lock is free: its tab is gone. */
  hostIsGone(): void {
    this.#end(HOST_CLOSED)
  }

  #start(): void {
    const events = this.#events
    if (events === null) return
    if (this.#goneReason !== null) {
      this.#events = null
      events.left(HOST, this.#goneReason)
      return
    }
    this.#state = 'open'
    events.joined(HOST)
    for (const bytes of this.#early.splice(0)) this.#events?.message(HOST, bytes)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#events?.message(HOST, bytes)
    else if (this.#state === 'new' && this.#early.length < MAX_EARLY) this.#early.push(bytes)
  }

  #end(reason: string): void {
    const state = this.#state
    if (state === 'ended') return
    this.#state = 'ended'
    // Its own lock is freed: the host, which keeps the room until then, knows that its goodbye was heard.
    this.#parts.watch.abort()
    this.#parts.free()
    if (state === 'new') {
      this.#goneReason = reason
      return
    }
    const events = this.#events
    this.#events = null
    events?.left(HOST, reason)
  }
}

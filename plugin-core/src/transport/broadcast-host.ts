// The hosting tab's side of a room: a line for each tab that says hello, and one inside of the tab for its own player.

import {
  HOST_CLOSED,
  byeOf,
  helloOf,
  newId,
  type BroadcastPlatform,
  type LineMessage,
  type Names,
  type RoomMessage,
} from './broadcast-messages.ts'
import { InTabPair, type HostLine, type HostSide } from './in-tab-pair.ts'
import type { HostTransport, TransportEvents } from './transport.ts'

const PEER_CLOSED = 'the tab of this peer was closed'
/** More tabs than a browser survives; a page that says hello for ever must not open channels for ever. */
const MAX_CLIENTS = 256

export class BroadcastHost implements HostTransport {
  readonly local: InTabPair
  readonly #names: Names
  readonly #platform: BroadcastPlatform
  readonly #release: () => void
  readonly #id = newId()
  #state: 'new' | 'open' | 'closed' = 'new'
  #events: TransportEvents | null = null
  #channel: BroadcastChannel | null = null
  readonly #lines = new Map<number, HostLine>()
  readonly #known = new Set<string>()
  #nextPeer = 1

  constructor(names: Names, platform: BroadcastPlatform, release: () => void) {
    this.#names = names
    this.#platform = platform
    this.#release = release
    this.local = new InTabPair(line => this.#accept(line))
  }

  open(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#state = 'open'
    this.#events = events
    const channel = this.#platform.channel(this.#names.room)
    this.#channel = channel
    channel.onmessage = event => {
      const id = helloOf(event.data)
      if (id !== null) this.#onHello(id)
    }
    channel.postMessage({ kind: 'host', host: this.#id } satisfies RoomMessage)
    this.local.hostIsOpen()
  }

  send(peer: number, bytes: Uint8Array): void {
    this.#lines.get(peer)?.send(bytes)
  }

  disconnect(peer: number, reason: string): void {
    this.#lines.get(peer)?.end(reason)
    this.#left(peer, reason)
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#events = null
    for (const line of this.#lines.values()) line.end(HOST_CLOSED)
    this.#lines.clear()
    this.local.hostIsClosed()
    this.#channel?.close()
    // Last: whoever gets the lock finds the goodbyes sent.
    this.#release()
  }

  #accept(line: HostLine): HostSide {
    const peer = this.#nextPeer++
    this.#lines.set(peer, line)
    this.#events?.joined(peer)
    return {
      message: bytes => {
        if (this.#lines.has(peer)) this.#events?.message(peer, bytes)
      },
      left: reason => this.#left(peer, reason),
    }
  }

  #left(peer: number, reason: string): void {
    if (this.#lines.delete(peer)) this.#events?.left(peer, reason)
  }

  // A hello comes twice when the client heard of this host while its first hello was on its way.
  #onHello(id: string): void {
    if (this.#known.has(id) || this.#known.size >= MAX_CLIENTS) return
    this.#known.add(id)
    const channel = this.#platform.channel(this.#names.client(id))
    const watch = new AbortController()
    const free = (): void => {
      this.#known.delete(id)
      watch.abort()
      channel.close()
    }
    const line: HostLine = {
      send: bytes => channel.postMessage(new Uint8Array(bytes)),
      end: reason => {
        channel.postMessage({ kind: 'bye', from: 'host', reason } satisfies LineMessage)
        free()
      },
    }
    // Before `joined`: what the host says at once must find a client that knows its line is up.
    channel.postMessage({ kind: 'welcome', host: this.#id } satisfies LineMessage)
    const peer = this.#accept(line)
    const end = (reason: string): void => {
      free()
      peer.left(reason)
    }
    channel.onmessage = event => {
      if (event.data instanceof Uint8Array) peer.message(event.data)
      else if (byeOf(event.data, 'client') !== null) end('the peer left')
    }
    // The client holds this lock as long as its tab lives.
    whenFree(this.#platform, this.#names.client(id), watch.signal, () => end(PEER_CLOSED))
  }
}

function whenFree(platform: BroadcastPlatform, name: string, signal: AbortSignal, run: () => void): void {
  platform.locks
    .request(name, { signal }, () => {
      if (!signal.aborted) run()
    })
    // Aborted: nobody wants to know any more.
    .catch(() => {})
}

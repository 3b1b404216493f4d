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
import type { Clock } from './clock.ts'
import { InTabPair, type HostLine, type HostSide } from './in-tab-pair.ts'
import type { HostTransport, TransportEvents } from './transport.ts'

const PEER_CLOSED = 'the tab of this peer was closed'
/** More tabs than a browser survives; a page that says hello for ever must not open channels for ever. */
const MAX_CLIENTS = 256
/** A tab that lives answers a goodbye in milliseconds. */
const GOODBYE_MS = 1000

/** The number of the player in the hosting tab itself. */
export const LOCAL_PEER = 1

export class BroadcastHost implements HostTransport {
  readonly local: InTabPair
  readonly #names: Names
  readonly #platform: BroadcastPlatform
  readonly #clock: Clock | null
  readonly #release: () => void
  readonly #id = newId()
  #state: 'new' | 'open' | 'closed' = 'new'
  #events: TransportEvents | null = null
  #channel: BroadcastChannel | null = null
  readonly #lines = new Map<number, HostLine>()
  readonly #known = new Set<string>()
  #nextPeer = LOCAL_PEER + 1

  constructor(names: Names, platform: BroadcastPlatform, clock: Clock | null, release: () => void) {
    this.#names = names
    this.#platform = platform
    this.#clock = clock
    this.#release = release
    this.local = new InTabPair(line => this.#accept(line, LOCAL_PEER))
  }

  open(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#state = 'open'
    this.#events = events
    const channel = this.#platform.channel(this.#names.room)
    this.#channel = channel
    channel.addEventListener('message', (event: MessageEvent) => {
      const id = helloOf(event.data)
      if (id !== null) this.#onHello(id)
    })
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
    this.#releaseWhenDone()
    // A frozen tab answers nothing, and must not keep the room.
    this.#clock?.schedule(GOODBYE_MS, this.#release)
  }

  #accept(line: HostLine, peer: number): HostSide {
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
    const line = new TabLine(this.#platform, this.#names.client(id), () => {
      this.#known.delete(id)
      this.#releaseWhenDone()
    })
    // Before `joined`: what the host says at once must find a client that knows its line is up.
    line.welcome(this.#id)
    line.listen(this.#accept(line, this.#nextPeer++))
  }

  // The room's lock is freed after the goodbyes have arrived: a freed lock may overtake them.
  #releaseWhenDone(): void {
    if (this.#state === 'closed' && this.#known.size === 0) this.#release()
  }
}

/** The line to another tab, which holds a lock by the same name as long as it lives. */
class TabLine implements HostLine {
  readonly #platform: BroadcastPlatform
  readonly #name: string
  readonly #channel: BroadcastChannel
  readonly #watch = new AbortController()
  readonly #onFreed: () => void
  #state: 'open' | 'ending' | 'freed' = 'open'

  constructor(platform: BroadcastPlatform, name: string, onFreed: () => void) {
    this.#platform = platform
    this.#name = name
    this.#channel = platform.channel(name)
    this.#onFreed = onFreed
  }

  welcome(host: string): void {
    this.#say({ kind: 'welcome', host })
  }

  listen(peer: HostSide): void {
    this.#channel.addEventListener('message', (event: MessageEvent) => {
      if (event.data instanceof Uint8Array) {
        if (this.#state === 'open') peer.message(event.data)
      } else if (byeOf(event.data, 'client') !== null) this.#over(peer, 'the peer left')
    })
    const options = { signal: this.#watch.signal }
    this.#platform.locks
      .request(this.#name, options, () => this.#over(peer, PEER_CLOSED))
      // Aborted: nobody waits for it any more.
      .catch(() => {})
  }

  send(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#channel.postMessage(new Uint8Array(bytes))
  }

  /** Says goodbye, and is freed when the tab has heard it and let go of its lock. */
  end(reason: string): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#say({ kind: 'bye', from: 'host', reason })
  }

  // The other tab has said goodbye, first or as an answer to ours, or is gone.
  #over(peer: HostSide, reason: string): void {
    if (this.#state === 'freed') return
    const first = this.#state === 'open'
    this.end('goodbye')
    this.#state = 'freed'
    this.#watch.abort()
    this.#channel.close()
    if (first) peer.left(reason)
    this.#onFreed()
  }

  #say(message: LineMessage): void {
    this.#channel.postMessage(message)
  }
}

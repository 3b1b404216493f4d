// A network inside of one process, on any clock: hosts and clients of tests and benchmarks talk over it, with the
// faults of the world by seed. On a VirtualClock a match over it replays exactly.

import type { Clock } from './clock.ts'
import { NO_FAULTS, conditionsOf, type NetworkConditions } from './conditions.ts'
import { FaultLine, emptyStats, seedOf, type LineStats } from './fault-line.ts'
import { HOST, type HostTransport, type Transport, type TransportEvents } from './transport.ts'

export interface MemoryNetworkOptions {
  clock: Clock
  /** Of every fault. */
  seed?: number
  /** Of every link, one way; `up` is towards the host. Default: none. */
  conditions?: NetworkConditions
}

/** A client's side of a link. */
export interface MemoryClient extends Transport {
  /** Its number on the host's side, which also names its link. */
  readonly peer: number
}

/** One star: `host()` once, and as many `client()`s as wanted. Nothing is ever delivered inside of `send`. */
export class MemoryNetwork {
  /** Over all links, both ways. */
  readonly stats: LineStats = emptyStats()
  readonly #clock: Clock
  readonly #seed: number
  #conditions: NetworkConditions
  #host: MemoryHostTransport | null = null
  readonly #links: Link[] = []

  constructor(options: MemoryNetworkOptions) {
    this.#clock = options.clock
    this.#seed = options.seed ?? 1
    this.#conditions = checked(options.conditions ?? NO_FAULTS)
  }

  /** The host's side. Clients that open before it wait for it. */
  host(): HostTransport {
    if (this.#host !== null) throw new Error('this network has a host already: a star has one')
    this.#host = new MemoryHostTransport(this.#links)
    return this.#host
  }

  /** A new client, with the next peer number: 1, 2, 3… */
  client(): MemoryClient {
    const peer = this.#links.length + 1
    const link = new Link(peer, () => this.#host, {
      clock: this.#clock,
      conditions: this.#conditions,
      stats: this.stats,
      seed: this.#seed,
    })
    this.#links.push(link)
    return link.client
  }

  /** Replaces the conditions of one link, or of all links and those to come. */
  set(conditions: NetworkConditions, peer?: number): void {
    const copy = checked(conditions)
    if (peer !== undefined) {
      this.#linkOf(peer).set(copy)
      return
    }
    this.#conditions = copy
    for (const link of this.#links) link.set(copy)
  }

  /** Nothing passes this link any more, in either direction, and nobody is told: a pulled plug. */
  cut(peer: number): void {
    this.#linkOf(peer).cut()
  }

  /** The plug is back. What was sent meanwhile is lost; that a side closed its line is heard now. */
  heal(peer: number): void {
    this.#linkOf(peer).heal()
  }

  #linkOf(peer: number): Link {
    const link = this.#links[peer - 1]
    if (link === undefined) throw new RangeError(`there is no link ${peer}: this network has ${this.#links.length}`)
    return link
  }
}

function checked(conditions: NetworkConditions): NetworkConditions {
  return { ...conditions, up: conditionsOf(conditions, 'up'), down: conditionsOf(conditions, 'down') }
}

interface LinkOptions {
  clock: Clock
  conditions: NetworkConditions
  stats: LineStats
  seed: number
}

/** `new` → `calling` (the client has opened) → `open` (the host knows) → `ended` (a side has closed it). */
type LinkState = 'new' | 'calling' | 'open' | 'ended'

class Link {
  readonly peer: number
  readonly client: MemoryClient
  readonly up: FaultLine
  readonly down: FaultLine
  readonly #host: () => MemoryHostTransport | null
  #state: LinkState = 'new'
  #clientEvents: TransportEvents | null = null
  /** The client knows that the line is up. */
  #clientJoined = false
  /** The client's call has come to the host's side of the line. */
  #arrived = false

  constructor(peer: number, host: () => MemoryHostTransport | null, options: LinkOptions) {
    this.peer = peer
    this.#host = host
    const { clock, conditions, stats, seed } = options
    this.up = new FaultLine({
      clock,
      conditions: conditionsOf(conditions, 'up'),
      stats,
      seed: seedOf(seed, 2 * peer),
      deliver: bytes => {
        if (this.#state === 'open') this.#host()?.events?.message(peer, bytes)
      },
    })
    this.down = new FaultLine({
      clock,
      conditions: conditionsOf(conditions, 'down'),
      stats,
      seed: seedOf(seed, 2 * peer + 1),
      deliver: bytes => {
        if (this.#clientJoined) this.#clientEvents?.message(HOST, bytes)
      },
    })
    this.client = {
      peer,
      open: events => this.#call(events),
      send: (to, bytes) => {
        if (to === HOST && this.#clientJoined) this.up.send(bytes)
      },
      close: () => this.#hangUp(),
    }
  }

  set(conditions: NetworkConditions): void {
    this.up.set(conditionsOf(conditions, 'up'))
    this.down.set(conditionsOf(conditions, 'down'))
  }

  cut(): void {
    this.up.cut()
    this.down.cut()
  }

  heal(): void {
    this.up.heal()
    this.down.heal()
  }

  /** The host is there: a call that waits for it is answered. */
  answer(): void {
    const host = this.#host()
    if (this.#state !== 'calling' || !this.#arrived || host === null || host.state === 'new') return
    if (host.state === 'closed') {
      this.#state = 'ended'
      this.#tellClient('no host answers: it has closed')
      return
    }
    this.#state = 'open'
    this.down.after(() => {
      if (this.#clientEvents === null) return
      this.#clientJoined = true
      this.#clientEvents.joined(HOST)
    })
    host.events?.joined(this.peer)
  }

  /** From the host's side. */
  sendDown(bytes: Uint8Array): void {
    if (this.#state === 'open') this.down.send(bytes)
  }

  /** The host ends this link. */
  endByHost(reason: string, tellHost: boolean): void {
    if (this.#state !== 'open' && this.#state !== 'calling') return
    const known = this.#state === 'open'
    this.#state = 'ended'
    this.#tellClient(reason)
    if (known && tellHost) this.#host()?.events?.left(this.peer, reason)
  }

  #tellClient(reason: string): void {
    this.down.after(() => {
      const events = this.#clientEvents
      this.#clientEvents = null
      this.#clientJoined = false
      events?.left(HOST, reason)
    })
  }

  #call(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened before: a transport is opened once')
    this.#state = 'calling'
    this.#clientEvents = events
    this.up.after(() => {
      this.#arrived = true
      this.answer()
    })
  }

  #hangUp(): void {
    const called = this.#clientEvents !== null
    this.#clientEvents = null
    this.#clientJoined = false
    this.down.clear()
    if (this.#state === 'new') this.#state = 'ended'
    if (!called) return
    this.up.after(() => {
      const known = this.#state === 'open'
      this.#state = 'ended'
      if (known) this.#host()?.events?.left(this.peer, 'the peer closed its line')
    })
  }
}

class MemoryHostTransport implements HostTransport {
  state: 'new' | 'open' | 'closed' = 'new'
  events: TransportEvents | null = null
  readonly #links: readonly Link[]

  constructor(links: readonly Link[]) {
    this.#links = links
  }

  open(events: TransportEvents): void {
    if (this.state !== 'new') throw new Error('this transport was opened before: a transport is opened once')
    this.state = 'open'
    this.events = events
    for (const link of this.#links) link.answer()
  }

  send(peer: number, bytes: Uint8Array): void {
    if (this.state === 'open') this.#links[peer - 1]?.sendDown(bytes)
  }

  disconnect(peer: number, reason: string): void {
    if (this.state === 'open') this.#links[peer - 1]?.endByHost(reason, true)
  }

  close(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.events = null
    for (const link of this.#links) link.endByHost('the host closed the line', false)
  }
}

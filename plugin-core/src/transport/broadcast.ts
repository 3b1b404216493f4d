// The tabs of one browser as a star, without a server: the first tab of a room hosts it, the others reach it through
// BroadcastChannels. Who hosts, and who is still there, is said by Web Locks: the browser frees a tab's locks
// when the tab closes or crashes, so nobody has to listen for silence.

import { BroadcastClient } from './broadcast-client.ts'
import { BroadcastHost } from './broadcast-host.ts'
import { Names, hostIdOf, newId, welcomeOf, type BroadcastPlatform, type RoomMessage } from './broadcast-messages.ts'
import type { Clock } from './clock.ts'
import type { HostTransport, Transport } from './transport.ts'

export type { BroadcastPlatform } from './broadcast-messages.ts'

export type BroadcastElection =
  | { role: 'host'; hostTransport: HostTransport; clientTransport: Transport }
  | { role: 'client'; clientTransport: Transport }

export interface BroadcastOptions {
  platform?: BroadcastPlatform
  /** With a clock a hosting tab that does not answer is given up after 10 s, and a frozen tab does not keep a closed room. */
  clock?: Clock
}

/** Tabs answer in milliseconds; one that a browser has frozen, or that stands in a debugger, does not. */
const ANSWER_MS = 10_000

/**
 * Finds out whether this tab hosts the room or joins the tab that does. It settles once the roles are clear: a tab that finds the
 * hosting one just closing takes its place. Rejects with a sentence when the browser lacks what it needs, or when the host does
 * not answer. Both transports of a hosting tab are to be opened; closing `hostTransport` frees the room.
 */
export async function electBroadcast(room: string, options: BroadcastOptions = {}): Promise<BroadcastElection> {
  const platform = options.platform ?? browserPlatform()
  return new Promise((resolve, reject) => {
    const names = new Names(room)
    // Asked without waiting first: this is how a tab learns that it is the first.
    const tried = platform.locks.request(names.host, { ifAvailable: true }, lock =>
      lock === null
        ? null
        : new Promise<void>(release => resolve(hostOf(names, platform, options.clock ?? null, release))),
    )
    tried.then(answer => {
      if (answer === null) new Joining(names, platform, options.clock ?? null, resolve, reject).start()
    }, reject)
  })
}

// Says hello to the host, and stands in line for its lock meanwhile: whichever answers first decides the role.
class Joining {
  readonly #names: Names
  readonly #platform: BroadcastPlatform
  readonly #clock: Clock | null
  readonly #resolve: (election: BroadcastElection) => void
  readonly #reject: (error: Error) => void
  readonly #id = newId()
  readonly #watch = new AbortController()
  #settled = false

  constructor(
    names: Names,
    platform: BroadcastPlatform,
    clock: Clock | null,
    resolve: (election: BroadcastElection) => void,
    reject: (error: Error) => void,
  ) {
    this.#names = names
    this.#platform = platform
    this.#clock = clock
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { locks } = this.#platform
    const name = this.#names.client(this.#id)
    // Its own lock first: the host waits for it to become free.
    locks.request(name, () => new Promise<void>(release => this.#knock(release))).catch(error => this.#reject(error))
  }

  #knock(releaseOwn: () => void): void {
    const room = this.#platform.channel(this.#names.room)
    const line = this.#platform.channel(this.#names.client(this.#id))
    const answered = new AbortController()
    const listening = { signal: answered.signal }
    const settle = (): void => {
      this.#settled = true
      answered.abort()
      stopWaiting?.()
    }
    const free = (): void => {
      room.close()
      line.close()
      releaseOwn()
    }
    const hello = (): void => room.postMessage({ kind: 'hello', id: this.#id } satisfies RoomMessage)
    const stopWaiting = this.#clock?.schedule(ANSWER_MS, () => {
      if (this.#settled) return
      settle()
      this.#watch.abort()
      free()
      this.#reject(new Error('The tab that hosts this room does not answer: close or reload it, or join another room.'))
    })
    let client: BroadcastClient | null = null
    const onLine = (event: MessageEvent): void => {
      const host = welcomeOf(event.data)
      if (host === null || this.#settled) return
      settle()
      client = new BroadcastClient({ room, line, host, free, watch: this.#watch })
      this.#resolve({ role: 'client', clientTransport: client })
    }
    const onRoom = (event: MessageEvent): void => {
      if (hostIdOf(event.data) !== null) hello()
    }
    line.addEventListener('message', onLine, listening)
    room.addEventListener('message', onRoom, listening)
    hello()
    const { locks } = this.#platform
    locks
      .request(this.#names.host, { signal: this.#watch.signal }, () => {
        if (client !== null) {
          client.hostIsGone()
          return undefined
        }
        if (this.#settled) return undefined
        settle()
        free()
        return new Promise<void>(release => this.#resolve(hostOf(this.#names, this.#platform, this.#clock, release)))
      })
      .catch(error => {
        if (!this.#watch.signal.aborted) this.#reject(error)
      })
  }
}

function hostOf(
  names: Names,
  platform: BroadcastPlatform,
  clock: Clock | null,
  release: () => void,
): BroadcastElection {
  const hostTransport = new BroadcastHost(names, platform, clock, release)
  return { role: 'host', hostTransport, clientTransport: hostTransport.local.client }
}

function browserPlatform(): BroadcastPlatform {
  const locks = (globalThis as { navigator?: Partial<Navigator> }).navigator?.locks
  if (locks === undefined || typeof BroadcastChannel === 'undefined')
    throw new Error(
      'Tabs of one browser join by Web Locks and BroadcastChannel, which this page has not: open it over https or from localhost, or connect with webSocket(url).',
    )
  return { locks, channel: name => new BroadcastChannel(name) }
}

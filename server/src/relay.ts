// The relay: lets connections in, brings them to their places, and says how it fares.

import { STATUS_CODES, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import {
  hostEvents,
  realClock,
  type Clock,
  type HostedGame,
  type JoiningPlayer,
  type ToldGame,
} from '@lockstride/core/host'
import type { RightsSpec } from '@lockstride/core/sim'
import { CLOSE, Connection, cutReason, type TrafficCounts } from './connection.ts'
import { checkedLimits, type RelayLimits } from './limits.ts'
import { checkedOrigins, originRefusal } from './origins.ts'
import { Places, asksForTopics, type Place, type Refusal } from './places.ts'
import { RateMeter } from './rate-meter.ts'
import type { RoomAdmission } from './room.ts'
import {
  TicketReader,
  checkedCapabilities,
  issueJoinTicket,
  keyBytes,
  playerOf,
  type RelayPlayer,
  type TicketOptions,
} from './tickets.ts'

export interface RelayOptions {
  /** Shares this server: only upgrades of `path` are taken, all others are left to whoever else listens. */
  server?: Pick<Server, 'on' | 'off'>
  /** Without `server`: listens on this port; 0 takes a free one. */
  port?: number
  /** Without `server`: the address to listen on. Default: every address of this machine. */
  host?: string
  /** Where connections are taken. Default `'/relay'` on a shared server; any path on a server of its own. */
  path?: string
  /** Origins of pages that may connect; `['*']`: all. Default: pages from the host that the browser asked for. */
  origins?: readonly string[]
  limits?: Partial<RelayLimits>
  /**
   * Games whose rules run here, too, in authoritative matches: they check every player's state, veto inputs, and serve states. Each
   * with the `sourceId` that its worker gives to `serve`. Matches of other games are hosted without their rules.
   */
  games?: readonly RelayGame[]
  /**
   * What events need in games whose rules are not here, by the game's name: the same words as in its `defineGame`. Their envelopes are
   * judged before they travel, where every player's machine would refuse them. Matches of other games are relayed as they are.
   */
  rights?: Readonly<Record<string, RightsSpec>>
  /** Reads join tickets, and signs them: 32 random bytes, or 64 digits of hex. Without it nobody's ticket is read. */
  key?: Uint8Array | string
  /** What a player may beyond what its game gives to everyone. Default: what its ticket says. */
  grants?: (player: RelayPlayer) => readonly string[]
  /** Behind a proxy of your own: count connections by the last address in `X-Forwarded-For`. */
  trustProxy?: boolean
  /** Hears of mistakes: ours, each of which has ended one room; and of `grants`, each of which has kept one player out. Default: standard error. */
  onError?: (error: unknown, room: string) => void
  clock?: Clock
}

/** A game as its worker serves it. */
export type RelayGame = HostedGame

export interface RelayHealth {
  ok: boolean
  rooms: number
  /** Connections in rooms. */
  peers: number
  /** Pipes of duels. */
  pipes: number
  /** Connections in pipes. */
  pipePeers: number
  /** Connections to the topics. */
  topicPeers: number
  /** Over all rooms, in the last seconds. */
  closedTicksPerSecond: number
  /** Malformed or unexpected packets and frames since the start. */
  faults: number
  /** Messages beyond the rate, or for a side of a pipe that is slow or not there yet, not passed on since the start. */
  dropped: number
  /** Connections refused since the start. */
  refused: number
  uptimeSeconds: number
}

export interface Relay {
  /** Resolves with the port once it listens; rejects when it cannot. On a shared server it resolves with null at once. */
  readonly listening: Promise<number | null>
  health(): RelayHealth
  /** A ticket for `connect({ ticket })`. Throws a sentence without a key, and for what no ticket can say. */
  ticket(options: Omit<TicketOptions, 'key'>): string
  /** From the next tick on the player of this slot may do this, too; also when it comes again. False: nobody plays there. */
  grant(room: string, slot: number, ...capabilities: string[]): boolean
  /**
   * From the next tick on the player of this slot may not do this any more, until it is granted anew; also when it comes again, as long as
   * there is the room. False: nobody plays there.
   */
  revoke(room: string, slot: number, ...capabilities: string[]): boolean
  /** Answers `GET /health` (JSON) and tells so by `true`: for a shared server, which decides where it belongs. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Says goodbye to everyone. Resolves when every connection, timer and port is free. May be called twice. */
  close(reason?: string): Promise<void>
}

/** Starts a relay, on a server of its own or on one that is there already. Throws a sentence for options that make no sense. */
export function createRelay(options: RelayOptions): Relay {
  return new WebSocketRelay(options)
}

class WebSocketRelay implements Relay {
  readonly listening: Promise<number | null>
  readonly #limits: RelayLimits
  readonly #origins: readonly string[] | null
  readonly #path: string | null
  readonly #trustProxy: boolean
  readonly #clock: Clock
  readonly #shared: Pick<Server, 'on' | 'off'> | null
  readonly #own: Server | null
  readonly #wss: WebSocketServer
  readonly #topicWss: WebSocketServer
  readonly #places: Places
  readonly #key: Uint8Array | null
  readonly #tickets: TicketReader
  readonly #grants: NonNullable<RelayOptions['grants']>
  readonly #onError: NonNullable<RelayOptions['onError']>
  readonly #byAddress = new Map<string, number>()
  readonly #counts: TrafficCounts = { dropped: 0, faults: 0 }
  readonly #startMs: number
  readonly #rate: RateMeter
  #refused = 0
  #connections = 0
  #closed: Promise<void> | null = null
  #onLastClosed: (() => void) | null = null

  constructor(options: RelayOptions) {
    const { server, port, host, path, origins } = options
    if (server === undefined && port === undefined)
      throw new TypeError('createRelay: give a port to listen on, or the server to share')
    if (server !== undefined && (port !== undefined || host !== undefined))
      throw new TypeError('createRelay: a shared server has its port already; give `server` or `port`, not both')
    if (path !== undefined && !path.startsWith('/'))
      throw new TypeError(`createRelay: a path begins with /, and this one is "${path}"`)
    this.#limits = checkedLimits(options.limits ?? {})
    this.#origins = origins === undefined ? null : checkedOrigins(origins)
    this.#path = path ?? (server === undefined ? null : '/relay')
    this.#trustProxy = options.trustProxy ?? false
    this.#clock = options.clock ?? realClock
    this.#startMs = this.#clock.now()
    this.#key = options.key === undefined ? null : keyBytes(options.key, 'createRelay')
    this.#tickets = new TicketReader(this.#key)
    this.#grants = options.grants ?? (({ ticket }) => ticket?.grants ?? [])
    this.#onError = options.onError ?? ((error, room) => console.error(`lockstride relay, room "${room}":`, error))
    this.#places = new Places({
      admit: (player, room) => this.#admit(player, room),
      limits: this.#limits,
      clock: this.#clock,
      games: options.games ?? [],
      events: hostEvents(...(options.games ?? []), ...toldGames(options)),
      onError: this.#onError,
    })
    this.#rate = new RateMeter(this.#clock, () => this.#places.counts().ticksClosed)
    this.#wss = webSockets(this.#limits.payloadBytes)
    this.#topicWss = webSockets(this.#limits.topicBytes)
    this.#shared = server ?? null
    this.#own = server === undefined ? createServer((request, response) => this.#answer(request, response)) : null
    const listener = this.#own ?? this.#shared!
    listener.on('upgrade', this.#onUpgrade)
    this.listening = this.#own === null ? Promise.resolve(null) : listen(this.#own, port!, host)
  }

  health(): RelayHealth {
    const { ticksClosed: _, faults, lost, ...counts } = this.#places.counts()
    return {
      ok: this.#closed === null,
      ...counts,
      closedTicksPerSecond: Math.round(this.#rate.perSecond()),
      faults: faults + this.#counts.faults,
      dropped: lost + this.#counts.dropped,
      refused: this.#refused,
      uptimeSeconds: Math.round((this.#clock.now() - this.#startMs) / 1000),
    }
  }

  ticket(options: Omit<TicketOptions, 'key'>): string {
    if (this.#key === null) throw new TypeError('relay.ticket: this relay has no key; createRelay({ key })')
    return issueJoinTicket({ ...options, key: this.#key })
  }

  grant(room: string, slot: number, ...capabilities: string[]): boolean {
    checkedCapabilities(capabilities, 'relay.grant')
    return this.#places.room(room)?.tellRights('grant', slot, capabilities) ?? false
  }

  revoke(room: string, slot: number, ...capabilities: string[]): boolean {
    checkedCapabilities(capabilities, 'relay.revoke')
    return this.#places.room(room)?.tellRights('revoke', slot, capabilities) ?? false
  }

  #admit(player: JoiningPlayer, room: string): RoomAdmission | string {
    const ticket = this.#tickets.read(player, room)
    if (typeof ticket === 'string') return ticket
    const { name, profile } = player
    try {
      const grants = checkedCapabilities(this.#grants({ room, name, profile, ticket }), 'createRelay({ grants })')
      return { player: playerOf(player.ticket, ticket), grants }
    } catch (error) {
      // A mistake about one who comes is no reason to end the match of the others.
      this.#onError(error, room)
      return 'the relay made a mistake, and cannot say what this player may: try again later'
    }
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (pathOf(request) !== '/health' || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const health = this.health()
    response.writeHead(health.ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(health)}\n`)
    return true
  }

  close(reason = 'the relay is shutting down'): Promise<void> {
    this.#closed ??= this.#end(reason)
    return this.#closed
  }

  async #end(reason: string): Promise<void> {
    const listener = this.#own ?? this.#shared!
    // No new ones: on a server of its own the port is given back first.
    listener.off('upgrade', this.#onUpgrade)
    const portFree = this.#own === null ? Promise.resolve() : stopListening(this.#own, this.listening)
    this.#rate.stop()
    this.#places.end(reason)
    if (this.#connections > 0) await new Promise<void>(done => (this.#onLastClosed = done))
    this.#places.forget()
    this.#wss.close()
    this.#topicWss.close()
    await this.listening.catch(() => null)
    this.#own?.closeAllConnections()
    await portFree
  }

  // ---- coming in

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.handle(request, response)) return
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' })
    response.end('This is a Lockstride relay: connect by WebSocket, or ask /health how it fares.\n')
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#path !== null && pathOf(request) !== this.#path) {
      // On a shared server it is somebody else's: a development server's hot reload, another relay.
      if (this.#own !== null) this.#refuseUpgrade(socket, 404, `relay connections are taken at ${this.#path}`)
      return
    }
    const refusal = originRefusal(request.headers.origin, request.headers.host, this.#origins)
    if (refusal !== null) {
      this.#refuseUpgrade(socket, 403, refusal)
      return
    }
    // From here on reasons travel in the close frame, because a page is not shown an HTTP answer.
    const { searchParams } = new URL(request.url ?? '/', 'http://relay')
    const wss = asksForTopics(searchParams) ? this.#topicWss : this.#wss
    wss.handleUpgrade(request, socket, head, ws => this.#onConnection(ws, searchParams, this.#addressOf(request)))
  }

  #refuseUpgrade(socket: Duplex, status: number, reason: string): void {
    this.#refused++
    socket.on('error', () => {})
    const body = `${reason}\n`
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      () => socket.destroy(),
    )
  }

  #onConnection(ws: WebSocket, query: URLSearchParams, address: string): void {
    const ofAddress = this.#byAddress.get(address) ?? 0
    const place = this.#admitted(ofAddress) ?? this.#places.find(query)
    if ('refusal' in place) {
      this.#refused++
      ws.on('error', () => {})
      ws.close(place.code, cutReason(place.refusal))
      this.#cutLater(ws)
      return
    }
    this.#connections++
    this.#byAddress.set(address, ofAddress + 1)
    const inPlace: { current: ReturnType<Place['add']> | null } = { current: null }
    const connection = new Connection(ws, {
      ...this.#places.mannersAt(place),
      clock: this.#clock,
      counts: this.#counts,
      events: {
        message: bytes => inPlace.current?.message(bytes),
        closed: reason => {
          inPlace.current?.closed(reason)
          this.#left(address)
        },
      },
    })
    inPlace.current = place.add(connection)
  }

  #admitted(ofAddress: number): Refusal | null {
    const { connectionsPerAddress: most } = this.#limits
    if (this.#closed !== null) return { code: CLOSE.goingAway, refusal: 'the relay is shutting down' }
    if (ofAddress < most) return null
    return { code: CLOSE.tryLater, refusal: `too many connections from your address: ${most} at most` }
  }

  #addressOf(request: IncomingMessage): string {
    const forwarded = this.#trustProxy ? request.headers['x-forwarded-for'] : undefined
    // The last one is what the proxy itself has seen; those before it are hearsay.
    const last = String(forwarded ?? '')
      .split(',')
      .at(-1)!
      .trim()
    return last !== '' ? last : (request.socket.remoteAddress ?? '')
  }

  // ---- going

  #left(address: string): void {
    const rest = this.#byAddress.get(address)! - 1
    if (rest === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, rest)
    this.#connections--
    if (this.#connections === 0) this.#onLastClosed?.()
  }

  #cutLater(ws: WebSocket): void {
    this.#connections++
    const cancel = this.#clock.schedule(2000, () => ws.terminate())
    ws.on('close', () => {
      cancel()
      this.#connections--
      if (this.#connections === 0) this.#onLastClosed?.()
    })
  }
}

function toldGames({ games = [], rights = {} }: RelayOptions): ToldGame[] {
  if (typeof rights !== 'object' || rights === null || Array.isArray(rights))
    throw new TypeError("createRelay: rights are by the game's name: { garden: { requires: { chat: ['chat:send'] } } }")
  const twice = games.find(({ game }) => Object.hasOwn(rights, game.schema.name))
  if (twice !== undefined)
    throw new TypeError(
      `createRelay: "${twice.game.schema.name}" is one of the games, and says itself what its events need; leave it out of rights`,
    )
  return Object.entries(rights).map(([name, spec]) => ({ name, rights: spec }))
}

function webSockets(maxPayload: number): WebSocketServer {
  return new WebSocketServer({ noServer: true, clientTracking: false, maxPayload, perMessageDeflate: false })
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

async function stopListening(server: Server, listening: Promise<unknown>): Promise<void> {
  try {
    await listening
  } catch {
    return
  }
  await new Promise<void>(done => server.close(() => done()))
}

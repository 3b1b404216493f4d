// The relay: lets connections in, brings them to their places, and says how it fares.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { hostEvents, realClock, type Clock, type JoiningPlayer } from '@lockstride/core/host'
import { CLOSE, Connection, cutReason, type TrafficCounts } from './connection.ts'
import { checkedLimits, type RelayLimits } from './limits.ts'
import { checkedOrigins, originRefusal } from './origins.ts'
import { Places, asksForTopics, type Place, type Refusal } from './places.ts'
import { RateMeter } from './rate-meter.ts'
import { checkOptions, toldGames, type RelayOptions } from './relay-options.ts'
import { pathOf, queryOf, refuseUpgrade, senderOf } from './request.ts'
import type { RoomAdmission } from './room.ts'
import {
  TicketReader,
  checkedCapabilities,
  issueJoinTicket,
  keyBytes,
  playerOf,
  type TicketOptions,
} from './tickets.ts'

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
  /** Events that were not passed on since the start, because their sender may not send them: in games that are judged here. */
  refusedEvents: number
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
  readonly #shared: RelayOptions['server'] | null
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
    checkOptions(options)
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
    this.#own = server === undefined ? this.#newServer() : null
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
    // Node leaves it out of the answer to HEAD.
    response.end(`${JSON.stringify(health)}\n`)
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

  #newServer(): Server {
    const { handshakeMs } = this.#limits
    const patience = {
      headersTimeout: handshakeMs,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.ceil(handshakeMs / 4),
    }
    return createServer(patience, (request, response) => this.#answer(request, response))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.handle(request, response)) return
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' })
    response.end('This is a Lockstride relay: connect by WebSocket, or ask /health how it fares.\n')
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#path !== null && pathOf(request) !== this.#path) {
      // On a shared server it is somebody else's: a development server's hot reload, another relay. Where nobody else listens,
      // nobody would ever end it.
      const isOurs = this.#own !== null || this.#shared!.listenerCount('upgrade') === 1
      if (isOurs) this.#refuse(socket, 404, `relay connections are taken at ${this.#path}`)
      return
    }
    const refusal = originRefusal(request.headers.origin, request.headers.host, this.#origins)
    if (refusal !== null) {
      this.#refuse(socket, 403, refusal)
      return
    }
    // From here on reasons travel in the close frame, because a page is not shown an HTTP answer.
    const query = queryOf(request)
    const wss = asksForTopics(query) ? this.#topicWss : this.#wss
    wss.handleUpgrade(request, socket, head, ws => this.#onConnection(ws, query, senderOf(request, this.#trustProxy)))
  }

  #refuse(socket: Duplex, status: number, reason: string): void {
    this.#refused++
    refuseUpgrade(socket, status, reason)
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

function webSockets(maxPayload: number): WebSocketServer {
  return new WebSocketServer({ noServer: true, clientTracking: false, maxPayload, perMessageDeflate: false })
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

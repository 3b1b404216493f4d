// The relay: lets connections in, finds their room, and says how it fares. What happens in a room is the host's business.

import { STATUS_CODES, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { realClock, type Clock } from '@lockstride/core/host'
import { CLOSE, Connection, cutReason, type TrafficCounts } from './connection.ts'
import { ROOM_NAME_LENGTH, checkedLimits, type RelayLimits } from './limits.ts'
import { checkedOrigins, originRefusal } from './origins.ts'
import { RateMeter } from './rate-meter.ts'
import { Room } from './room.ts'

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
  /** Behind a proxy of your own: count connections by the last address in `X-Forwarded-For`. */
  trustProxy?: boolean
  /** Hears of our own mistakes, each of which has ended one room. Default: standard error. */
  onError?: (error: unknown, room: string) => void
  clock?: Clock
}

export interface RelayHealth {
  ok: boolean
  rooms: number
  /** Connections in rooms. */
  peers: number
  /** Over all rooms, in the last seconds. */
  closedTicksPerSecond: number
  /** Malformed or unexpected packets and frames since the start. */
  faults: number
  /** Messages beyond the rate, not passed on, since the start. */
  dropped: number
  /** Connections refused since the start. */
  refused: number
  uptimeSeconds: number
}

export interface Relay {
  /** Resolves with the port once it listens; rejects when it cannot. On a shared server it resolves with null at once. */
  readonly listening: Promise<number | null>
  health(): RelayHealth
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
  readonly #onError: (error: unknown, room: string) => void
  readonly #clock: Clock
  readonly #shared: Pick<Server, 'on' | 'off'> | null
  readonly #own: Server | null
  readonly #wss: WebSocketServer
  readonly #rooms = new Map<string, Room>()
  readonly #closings = new Map<string, () => void>()
  readonly #byAddress = new Map<string, number>()
  readonly #counts: TrafficCounts = { dropped: 0, faults: 0 }
  readonly #startMs: number
  readonly #rate: RateMeter
  /** Of rooms that are no more. */
  readonly #gone = { ticksClosed: 0, faults: 0 }
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
    this.#onError = options.onError ?? ((error, room) => console.error(`lockstride relay, room "${room}":`, error))
    this.#clock = options.clock ?? realClock
    this.#startMs = this.#clock.now()
    this.#rate = new RateMeter(this.#clock, () => this.#ticksClosed())
    this.#wss = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: this.#limits.payloadBytes,
      perMessageDeflate: false,
    })
    this.#shared = server ?? null
    this.#own = server === undefined ? createServer((request, response) => this.#answer(request, response)) : null
    const listener = this.#own ?? this.#shared!
    listener.on('upgrade', this.#onUpgrade)
    this.listening = this.#own === null ? Promise.resolve(null) : listen(this.#own, port!, host)
  }

  health(): RelayHealth {
    let peers = 0
    let faults = this.#gone.faults + this.#counts.faults
    for (const room of this.#rooms.values()) {
      peers += room.connectionCount
      faults += room.faults
    }
    return {
      ok: this.#closed === null,
      rooms: this.#rooms.size,
      peers,
      closedTicksPerSecond: Math.round(this.#rate.perSecond()),
      faults,
      dropped: this.#counts.dropped,
      refused: this.#refused,
      uptimeSeconds: Math.round((this.#clock.now() - this.#startMs) / 1000),
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
    for (const cancel of this.#closings.values()) cancel()
    this.#closings.clear()
    this.#rate.stop()
    for (const room of this.#rooms.values()) room.end(reason)
    if (this.#connections > 0) await new Promise<void>(done => (this.#onLastClosed = done))
    for (const room of this.#rooms.values()) this.#forget(room)
    this.#wss.close()
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
    this.#wss.handleUpgrade(request, socket, head, ws => this.#onConnection(ws, request))
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

  #onConnection(ws: WebSocket, request: IncomingMessage): void {
    const address = this.#addressOf(request)
    const ofAddress = this.#byAddress.get(address) ?? 0
    const name = new URL(request.url ?? '/', 'http://relay').searchParams.get('room') ?? 'lobby'
    const room =
      this.#closed === null
        ? this.#roomFor(name, ofAddress)
        : { code: CLOSE.goingAway, reason: 'the relay is shutting down' }
    if (!(room instanceof Room)) {
      this.#refused++
      ws.on('error', () => {})
      ws.close(room.code, cutReason(room.reason))
      this.#cutLater(ws)
      return
    }
    this.#connections++
    this.#byAddress.set(address, ofAddress + 1)
    const inRoom: { current: ReturnType<Room['add']> | null } = { current: null }
    const connection = new Connection(ws, {
      limits: this.#limits,
      clock: this.#clock,
      counts: this.#counts,
      events: {
        message: bytes => inRoom.current?.message(bytes),
        closed: reason => {
          inRoom.current?.closed(reason)
          this.#left(address)
        },
      },
    })
    inRoom.current = room.add(connection)
  }

  /** The room, made if it has to be, or why not. */
  #roomFor(name: string, ofAddress: number): Room | { code: number; reason: string } {
    const { rooms, peersPerRoom, connectionsPerAddress } = this.#limits
    if (ofAddress >= connectionsPerAddress)
      return {
        code: CLOSE.tryLater,
        reason: `too many connections from your address: ${connectionsPerAddress} at most`,
      }
    if (name === '' || name.length > ROOM_NAME_LENGTH || /\p{Cc}/u.test(name))
      return { code: CLOSE.unwelcome, reason: `a room's name has 1 to ${ROOM_NAME_LENGTH} characters` }
    const known = this.#rooms.get(name)
    if (known !== undefined) {
      if (known.connectionCount >= peersPerRoom)
        return { code: CLOSE.tryLater, reason: `the room is full: ${peersPerRoom} connections` }
      this.#closings.get(name)?.()
      this.#closings.delete(name)
      return known
    }
    if (this.#rooms.size >= rooms)
      return { code: CLOSE.tryLater, reason: `this relay is full: it has ${rooms} rooms; try again later` }
    const room = new Room({
      name,
      clock: this.#clock,
      onEmpty: () => this.#onEmpty(room),
      onBroken: error => {
        this.#forget(room)
        this.#onError(error, name)
      },
    })
    this.#rooms.set(name, room)
    return room
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

  #onEmpty(room: Room): void {
    if (this.#closed !== null || this.#rooms.get(room.name) !== room) return
    const cancel = this.#clock.schedule(this.#limits.emptyRoomMs, () => {
      this.#closings.delete(room.name)
      room.end('the room is empty')
      this.#forget(room)
    })
    this.#closings.set(room.name, cancel)
  }

  #forget(room: Room): void {
    if (this.#rooms.get(room.name) !== room) return
    this.#gone.faults += room.faults
    this.#gone.ticksClosed += room.host.stats.ticksClosed
    this.#rooms.delete(room.name)
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

  #ticksClosed(): number {
    let sum = this.#gone.ticksClosed
    for (const room of this.#rooms.values()) sum += room.host.stats.ticksClosed
    return sum
  }
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

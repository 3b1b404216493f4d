// A line to a relay over the platform's WebSocket. What goes wrong becomes a sentence that says what, where, and what
// to do about it: this is the first error that everyone meets.

import type { Clock } from './clock.ts'
import { HOST, type LeftCause, type Transport, type TransportEvents } from './transport.ts'

export interface WebSocketOptions {
  /** With a clock an address that neither answers nor refuses is given up after 10 s. */
  clock?: Clock
}

/** A relay answers in a round trip; a firewall that swallows packets never does. */
const CONNECT_MS = 10_000
/** More than this waiting in the socket means that nothing leaves: messages are lost until it drains. 40 s of inputs. */
const MAX_BUFFERED_BYTES = 256 * 1024
/** Sessions refuse and count what is larger than a packet; a line that sends this is no relay of ours. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** Close codes of the protocol; 1000 and 3000-4999 are all that a page may send. */
const NORMAL = 1000
const LOST = 1006
/** Ours: a relay says that the room, or the duel, has as many players as it may have. */
const FULL = 4000

/**
 * Joins `room` at the relay of `url`. A relative address is meant from the page's origin, also inside of a worker. Throws a
 * sentence when the address cannot be one; everything that the network does comes as `left(HOST, sentence)`.
 */
export function connectWebSocket(url: string, room: string, options: WebSocketOptions = {}): Transport {
  return new WebSocketTransport(relayAddress(url, room), options.clock ?? null)
}

/** The whole address of a room at a relay. `origin` is where the page came from; a worker has its page's. */
export function relayAddress(url: string, room: string, origin: string | undefined = pageOrigin()): string {
  const target = parse(url, origin)
  if (target.protocol === 'http:') target.protocol = 'ws:'
  if (target.protocol === 'https:') target.protocol = 'wss:'
  if (target.protocol !== 'ws:' && target.protocol !== 'wss:')
    throw new TypeError(
      `webSocket('${url}'): an address begins with ws://, wss:// or / and this one is ${target.protocol}`,
    )
  target.hash = ''
  target.searchParams.set('room', room)
  return target.href
}

function parse(url: string, origin: string | undefined): URL {
  const whole = URL.parse(url) ?? (origin === undefined ? null : URL.parse(url, origin))
  if (whole !== null) return whole
  throw new TypeError(
    origin === undefined
      ? `webSocket('${url}') is relative, and there is no page to start from: give a whole address such as 'ws://localhost:8787'`
      : `webSocket('${url}') is no address: give one such as '/relay' or 'wss://play.example.com/relay'`,
  )
}

// Of a page the place that it came from; of a worker that of its file, or of the page behind a blob.
function pageOrigin(): string | undefined {
  const origin = (globalThis as { location?: Location }).location?.origin
  return origin === undefined || origin === 'null' ? undefined : origin
}

type State = 'new' | 'connecting' | 'open' | 'ended'

class WebSocketTransport implements Transport {
  readonly #address: string
  /** The address without the room, for sentences. */
  readonly #relay: string
  readonly #clock: Clock | null
  #state: State = 'new'
  #events: TransportEvents | null = null
  #socket: WebSocket | null = null
  readonly #listening = new AbortController()
  #stopWaiting: (() => void) | null = null

  constructor(address: string, clock: Clock | null) {
    this.#address = address
    const relay = new URL(address)
    relay.search = ''
    this.#relay = relay.href
    this.#clock = clock
  }

  open(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#state = 'connecting'
    this.#events = events
    let socket: WebSocket
    try {
      socket = new WebSocket(this.#address)
    } catch (error) {
      // A page over https may not use ws://, and some ports are forbidden.
      const why = error instanceof Error ? error.message : String(error)
      queueMicrotask(() => this.#end(`The browser does not connect to ${this.#relay}: ${why}`))
      return
    }
    socket.binaryType = 'arraybuffer'
    const listening = { signal: this.#listening.signal }
    const onOpen = (): void => {
      this.#stopWaiting?.()
      this.#state = 'open'
      this.#events?.joined(HOST)
    }
    socket.addEventListener('open', onOpen, listening)
    socket.addEventListener('message', event => this.#receive(event.data), listening)
    // After an error too: a page is told no more than that it happened.
    socket.addEventListener(
      'close',
      event => this.#end(this.#reasonOf(event), event.code === FULL ? 'full' : undefined),
      listening,
    )
    this.#socket = socket
    this.#stopWaiting =
      this.#clock?.schedule(CONNECT_MS, () => {
        if (this.#state === 'connecting')
          this.#end(
            `Nothing answered at ${this.#relay} for ${CONNECT_MS / 1000} s: check the address and the firewall.`,
          )
      }) ?? null
  }

  send(peer: number, bytes: Uint8Array): void {
    if (peer !== HOST || this.#state !== 'open') return
    const socket = this.#socket!
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BUFFERED_BYTES) return
    // The platform copies the bytes before it returns. They never lie in shared memory.
    socket.send(bytes as Uint8Array<ArrayBuffer>)
  }

  close(): void {
    this.#events = null
    this.#release()
  }

  #receive(data: unknown): void {
    // Text is nothing that a relay sends: lost, like any other message may be.
    if (this.#state !== 'open' || !(data instanceof ArrayBuffer)) return
    if (data.byteLength > MAX_MESSAGE_BYTES) {
      this.#end(`${this.#relay} sent a message of ${data.byteLength} bytes: this is no Lockstride relay.`)
      return
    }
    this.#events?.message(HOST, new Uint8Array(data))
  }

  #reasonOf(event: CloseEvent): string {
    const relay = this.#relay
    if (this.#state === 'connecting') {
      const origin = pageOrigin()
      const allowed = origin === undefined ? '' : `, and does it allow pages of ${origin}`
      return `No relay answers at ${relay}: is \`npm start\` or \`lockstride-relay\` running there${allowed}?`
    }
    if (event.reason !== '') return `The relay at ${relay} closed the connection: ${event.reason}`
    if (event.code === LOST)
      return `The connection to the relay at ${relay} was lost: check the network, then join again.`
    return `The relay at ${relay} closed the connection (code ${event.code}): join again.`
  }

  #end(reason: string, cause?: LeftCause): void {
    const events = this.#events
    this.#events = null
    this.#release()
    events?.left(HOST, reason, cause)
  }

  #release(): void {
    this.#state = 'ended'
    this.#listening.abort()
    this.#stopWaiting?.()
    this.#stopWaiting = null
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    socket.close(NORMAL)
  }
}

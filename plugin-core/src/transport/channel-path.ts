// The direct path's transport: a data channel that the page has opened to the other browser, here in the worker where the browser
// can hand it over; where it cannot, a port, at whose other end the page passes bytes on.

import { HOST, type Transport, type TransportEvents } from './transport.ts'

/** More than this waiting in the channel means that nothing leaves: a packet is lost, as it would be on the way. */
const MAX_BUFFERED_BYTES = 16 * 1024
/** Sessions refuse what is larger than a packet. */
const MAX_MESSAGE_BYTES = 64 * 1024
export const CHANNEL_CLOSED = 'the direct connection to the other player was closed'

/** What a bridged channel's ends say to each other besides bytes. */
export type BridgeMessage = ArrayBuffer | 'open' | 'closed'

/** A channel that is connecting or open. */
export function channelPath(channel: RTCDataChannel): Transport {
  return new ChannelPath(channel)
}

/** The worker's end of a bridge: the page says 'open', passes bytes, and says 'closed'. */
export function bridgedPath(port: MessagePort): Transport {
  return new BridgedPath(port)
}

class ChannelPath implements Transport {
  readonly #channel: RTCDataChannel
  readonly #listening = new AbortController()
  #opened = false
  #events: TransportEvents | null = null

  constructor(channel: RTCDataChannel) {
    this.#channel = channel
  }

  open(events: TransportEvents): void {
    if (this.#opened) throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#opened = true
    this.#events = events
    const channel = this.#channel
    channel.binaryType = 'arraybuffer'
    const listening = { signal: this.#listening.signal }
    channel.addEventListener('open', () => this.#events?.joined(HOST), listening)
    channel.addEventListener('message', event => this.#receive(event.data), listening)
    channel.addEventListener('close', () => this.#end(), listening)
    if (channel.readyState === 'open') this.#events.joined(HOST)
    else if (channel.readyState !== 'connecting') queueMicrotask(() => this.#end())
  }

  send(peer: number, bytes: Uint8Array): void {
    const channel = this.#channel
    if (peer !== HOST || this.#events === null) return
    if (channel.readyState !== 'open' || channel.bufferedAmount > MAX_BUFFERED_BYTES) return
    try {
      // The platform copies the bytes before it returns. They never lie in shared memory.
      channel.send(bytes as Uint8Array<ArrayBuffer>)
    } catch {
      // It closed, or its buffer is full, a moment after it said otherwise: lost.
    }
  }

  close(): void {
    this.#opened = true
    this.#events = null
    this.#listening.abort()
    this.#channel.close()
  }

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer && data.byteLength <= MAX_MESSAGE_BYTES)
      this.#events?.message(HOST, new Uint8Array(data))
  }

  #end(): void {
    const events = this.#events
    this.close()
    events?.left(HOST, CHANNEL_CLOSED)
  }
}

class BridgedPath implements Transport {
  readonly #port: MessagePort
  readonly #listening = new AbortController()
  #state: 'new' | 'connecting' | 'open' | 'ended' = 'new'
  #events: TransportEvents | null = null

  constructor(port: MessagePort) {
    this.#port = port
  }

  open(events: TransportEvents): void {
    if (this.#state !== 'new') throw new Error('this transport was opened or closed before: a transport is opened once')
    this.#state = 'connecting'
    this.#events = events
    this.#port.addEventListener('message', event => this.#receive(event.data as BridgeMessage), {
      signal: this.#listening.signal,
    })
    this.#port.start()
  }

  send(peer: number, bytes: Uint8Array): void {
    if (peer !== HOST || this.#state !== 'open') return
    const copy = bytes.slice().buffer as ArrayBuffer
    this.#port.postMessage(copy, [copy])
  }

  close(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#events = null
    this.#listening.abort()
    this.#port.postMessage('closed' satisfies BridgeMessage)
    this.#port.close()
  }

  #receive(message: BridgeMessage): void {
    if (message instanceof ArrayBuffer) {
      if (this.#state === 'open') this.#events?.message(HOST, new Uint8Array(message))
    } else if (message === 'open' && this.#state === 'connecting') {
      this.#state = 'open'
      this.#events?.joined(HOST)
    } else if (message === 'closed') {
      const events = this.#events
      this.close()
      events?.left(HOST, CHANNEL_CLOSED)
    }
  }
}

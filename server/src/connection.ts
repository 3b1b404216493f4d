// One connection of a peer: what it may send, how fast, and how it ends. It knows its socket, and no room.

import type { WebSocket } from 'ws'
import type { Clock } from '@lockstride/core/host'
import type { RelayLimits } from './limits.ts'

/** Close codes, of the protocol and of ours. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unwelcome: 1008,
  ourMistake: 1011,
  tryLater: 1013,
  /** Ours: this room or duel has as many as it may have. Another name is free. */
  full: 4000,
} as const

/** A peer that does not answer a goodbye within this is cut off. */
const GOODBYE_MS = 2000
/** Several seconds of a duel's packets. */
const BEHIND_BYTES = 8 * 1024
/** A reason travels in one control frame. */
const MAX_REASON_BYTES = 123

export interface ConnectionEvents {
  /** One message; the text of a connection that speaks text comes as its UTF-8 bytes. */
  message(bytes: Uint8Array): void
  /** Once, when the connection is over. */
  closed(reason: string): void
}

export interface TrafficCounts {
  /** Messages beyond the rate, not passed on. */
  dropped: number
  /** Frames of the wrong kind, oversized or broken ones. */
  faults: number
}

export interface ConnectionOptions {
  limits: Pick<RelayLimits, 'messagesPerSecond' | 'floodPerSecond' | 'bufferedBytes'>
  clock: Clock
  counts: TrafficCounts
  events: ConnectionEvents
  /** What its messages are. Default: bytes. */
  frames?: 'bytes' | 'text'
  /** Asks this often whether the other end still answers, and cuts it off when it does not. Default: never, for whoever has a watch of its own. */
  watchMs?: number
}

export class Connection {
  readonly #socket: WebSocket
  readonly #limits: ConnectionOptions['limits']
  readonly #clock: Clock
  readonly #counts: TrafficCounts
  readonly #frames: 'bytes' | 'text'
  #events: ConnectionEvents | null
  #reason = 'the connection was closed'
  #secondMs = -Infinity
  #inSecond = 0
  #cancelCut: (() => void) | null = null
  #cancelWatch: (() => void) | null = null
  #answered = true
  #ended = false

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket
    this.#limits = options.limits
    this.#clock = options.clock
    this.#counts = options.counts
    this.#events = options.events
    this.#frames = options.frames ?? 'bytes'
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary))
    socket.on('ping', () => this.#count())
    // A frame that breaks the protocol, or is too large: ws closes this connection by itself, and no other.
    socket.on('error', error => {
      this.#counts.faults++
      this.#reason = `the connection broke: ${error.message}`
    })
    socket.on('close', () => this.#closed())
    if (options.watchMs !== undefined) {
      socket.on('pong', () => (this.#answered = true))
      this.#watch(options.watchMs)
    }
  }

  /** More waits than a reader that keeps up would leave: who sends what may be lost should lose it here. */
  get isBehind(): boolean {
    return this.#socket.bufferedAmount > BEHIND_BYTES
  }

  /** Sends one message; the bytes may be reused at once. */
  send(bytes: Uint8Array): void {
    if (this.#ended || this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > this.#limits.bufferedBytes) {
      this.#reason = 'this peer does not read what it is sent'
      this.#socket.terminate()
      return
    }
    // Copied: ws hands the very bytes to the socket, which may write them later.
    this.#socket.send(Buffer.from(bytes), { binary: this.#frames === 'bytes', compress: false })
  }

  /** Ends it: what was sent goes out first, then the code and the reason. `closed` follows. */
  end(code: number, reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#reason = reason
    this.#socket.close(code, cutReason(reason))
    this.#cancelCut = this.#clock.schedule(GOODBYE_MS, () => this.#socket.terminate())
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#count() || this.#ended) return
    if (isBinary !== (this.#frames === 'bytes')) {
      this.#counts.faults++
      return
    }
    // Of its own: the pool behind a Node Buffer is none of the host's business.
    this.#events?.message(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  // Whether one more message of this second is passed on.
  #count(): boolean {
    const nowMs = this.#clock.now()
    if (nowMs - this.#secondMs >= 1000) {
      this.#secondMs = nowMs
      this.#inSecond = 0
    }
    this.#inSecond++
    if (this.#inSecond <= this.#limits.messagesPerSecond) return true
    this.#counts.dropped++
    if (this.#inSecond > this.#limits.floodPerSecond)
      this.end(CLOSE.unwelcome, `more than ${this.#limits.floodPerSecond} messages in a second`)
    return false
  }

  // A page that is frozen still answers: its browser does. What does not is a network that has gone without a word.
  #watch(everyMs: number): void {
    this.#cancelWatch = this.#clock.schedule(everyMs, () => {
      if (!this.#answered) {
        this.#reason = `this peer has not answered for ${everyMs / 1000} s`
        this.#socket.terminate()
        return
      }
      this.#answered = false
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
      this.#watch(everyMs)
    })
  }

  #closed(): void {
    this.#ended = true
    this.#cancelCut?.()
    this.#cancelWatch?.()
    const events = this.#events
    this.#events = null
    events?.closed(this.#reason)
  }
}

/** As much of a sentence as a close frame takes, cut between characters. */
export function cutReason(reason: string): string {
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= MAX_REASON_BYTES) return reason
  let end = MAX_REASON_BYTES - 3
  while ((bytes[end] & 0xc0) === 0x80) end--
  return `${new TextDecoder().decode(bytes.subarray(0, end))}…`
}

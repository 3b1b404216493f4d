// A host's ear: takes packets apart, checks them whole, and calls what each message means. The sender is
// who the transport says it is; what a stranger sends is counted at that peer and dropped.

import type { ByteReader } from '../../bytes/byte-reader.ts'
import {
  TYPE,
  bye,
  event,
  hash,
  heartbeatUp,
  hello,
  readyUp,
  snapshotAck,
  snapshotChunk,
  snapshotHeader,
  snapshotRequest,
  type Hello,
  type LargeEvent,
  type ReadyUp,
  type SnapshotHeader,
} from '../../wire/messages.ts'
import { CODE, PacketReader, ROLE, type MessageSlice } from '../../wire/packet.ts'
import { decode, type Codec } from '../../wire/schema.ts'
import type { HostSession } from './host-outbox.ts'
import type { HostPeer } from './host-peer.ts'

export interface HostHandlers {
  hello(peer: HostPeer, value: Hello): void
  ready(peer: HostPeer, value: ReadyUp): void
  input(peer: HostPeer, bytes: Uint8Array, slice: MessageSlice): void
  tick(peer: HostPeer, bytes: Uint8Array, slice: MessageSlice): void
  hash(peer: HostPeer, tick: number, checksum: number): void
  heartbeat(peer: HostPeer, stamp: number, rosterVersion: number): void
  snapshotRequest(peer: HostPeer, tick: number): void
  snapshotHeader(peer: HostPeer, value: SnapshotHeader): void
  snapshotChunk(peer: HostPeer, tick: number, index: number, bytes: Uint8Array): void
  snapshotAck(peer: HostPeer, tick: number, next: number, mask: Uint8Array): void
  event(peer: HostPeer, value: LargeEvent): void
  bye(peer: HostPeer): void
  otherVersion(peer: HostPeer): void
}

export class HostInbox {
  /** Its session may be another one after the room was empty. */
  readonly #outbox: { readonly session: HostSession }
  readonly #reader: ByteReader
  readonly #handlers: HostHandlers
  readonly #packet = new PacketReader()

  constructor(outbox: { readonly session: HostSession }, reader: ByteReader, handlers: HostHandlers) {
    this.#outbox = outbox
    this.#reader = reader
    this.#handlers = handlers
  }

  receive(p: HostPeer, bytes: Uint8Array): void {
    const code = this.#packet.read(bytes)
    if (code === CODE.versionMismatch) {
      p.faults.unexpected++
      this.#handlers.otherVersion(p)
      return
    }
    if (code !== CODE.ok) {
      p.faults.malformed++
      return
    }
    if (!this.#mine(p)) {
      p.faults.wrongSession++
      return
    }
    p.heard = true
    for (let i = 0; i < this.#packet.messageCount && !p.gone; i++) this.#message(p, bytes, this.#packet.messages[i])
  }

  // Before WELCOME a peer cannot know the session: zero stands for that.
  #mine(p: HostPeer): boolean {
    const { header } = this.#packet
    const { sessionId, epoch } = this.#outbox.session
    if (header.form === 'short') return p.entered && header.epoch === epoch
    if (header.role === ROLE.server) return false
    if (header.sessionHi === 0 && header.sessionLo === 0) return true
    return header.sessionHi === sessionId.hi && header.sessionLo === sessionId.lo
  }

  #message(p: HostPeer, bytes: Uint8Array, m: MessageSlice): void {
    switch (m.type) {
      case TYPE.input:
        this.#handlers.input(p, bytes, m)
        break
      case TYPE.tick:
        this.#handlers.tick(p, bytes, m)
        break
      case TYPE.hello:
        p.fullForm = this.#packet.header.minor === 0
        this.#take(p, hello, bytes, m, v => this.#handlers.hello(p, v))
        break
      case TYPE.ready:
        this.#take(p, readyUp, bytes, m, v => this.#handlers.ready(p, v))
        break
      case TYPE.hash:
        this.#take(p, hash, bytes, m, v => this.#handlers.hash(p, v.tick, v.checksum))
        break
      case TYPE.heartbeat:
        this.#take(p, heartbeatUp, bytes, m, v => this.#handlers.heartbeat(p, v.stamp, v.rosterVersion))
        break
      case TYPE.snapshotRequest:
        this.#take(p, snapshotRequest, bytes, m, v => this.#handlers.snapshotRequest(p, v.tick))
        break
      case TYPE.snapshotHeader:
        this.#take(p, snapshotHeader, bytes, m, v => this.#handlers.snapshotHeader(p, v))
        break
      case TYPE.snapshotChunk:
        this.#take(p, snapshotChunk, bytes, m, v => this.#handlers.snapshotChunk(p, v.tick, v.index, v.bytes))
        break
      case TYPE.snapshotAck:
        this.#take(p, snapshotAck, bytes, m, v => this.#handlers.snapshotAck(p, v.tick, v.next, v.mask))
        break
      case TYPE.event:
        this.#take(p, event, bytes, m, v => this.#handlers.event(p, v))
        break
      case TYPE.bye:
        this.#take(p, bye, bytes, m, () => this.#handlers.bye(p))
        break
      default:
        p.faults.unexpected++
    }
  }

  #take<T>(p: HostPeer, codec: Codec<T>, bytes: Uint8Array, m: MessageSlice, use: (value: T) => void): void {
    const value = decode(codec, this.#reader, bytes, m.start, m.end)
    if (value === null) p.faults.malformed++
    else use(value)
  }
}

// A packet is one header and whole messages behind it: the 40-byte header of the handshake, or the
// 7-byte short form once running. Written into pooled buffers, read without copying, refused whole.

import { ByteReader } from '../bytes/byte-reader.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { ReusedList } from '../bytes/reused-list.ts'
import { LIMITS, MESSAGES_PER_PACKET } from './limits.ts'
import * as CODE from './numbers/code.ts'
import * as ROLE from './numbers/role.ts'

export { CODE, ROLE }
export * as CHANNEL from './numbers/channel.ts'

export const MAGIC = 0x444f4d4e
export const VERSION_MAJOR = 1
/** Minor version 1 speaks the short form; minor version 0 only the full one. */
export const VERSION_MINOR = 1
export const FULL_HEADER_BYTES = 40
export const FULL_MESSAGE_HEADER_BYTES = 16
export const SHORT_HEADER_BYTES = 7
const SHORT_MARK = 0x53
/** Flags that this version knows. Bit 1: the packet only acknowledges. Compression (bit 0) is not spoken. */
const KNOWN_FLAGS = 0b10

export type Code = (typeof CODE)[keyof typeof CODE]

/** A u64 as two halves: BigInt would allocate. */
export interface U64 {
  readonly hi: number
  readonly lo: number
}
export const ZERO64: U64 = { hi: 0, lo: 0 }

/** The header of the packet that was read last. */
export interface PacketHeader {
  form: 'full' | 'short'
  major: number
  minor: number
  sessionHi: number
  sessionLo: number
  worldHi: number
  worldLo: number
  role: number
  tick: number
  flags: number
  epoch: number
}

/** One message inside of the packet that was read last: payload is `bytes[start..end)`. */
export interface MessageSlice {
  type: number
  channel: number
  seq: number
  start: number
  end: number
}

/** Reads one packet at a time. What it exposes is valid until the next `read`. */
export class PacketReader {
  readonly header: PacketHeader = {
    form: 'full',
    major: 0,
    minor: 0,
    sessionHi: 0,
    sessionLo: 0,
    worldHi: 0,
    worldLo: 0,
    role: 0,
    tick: 0,
    flags: 0,
    epoch: 0,
  }
  readonly messages: MessageSlice[] = []
  messageCount = 0
  readonly #reader = new ByteReader()

  /** Reads headers and message bounds. Anything but `CODE.ok` means: count it, drop it whole. */
  read(bytes: Uint8Array): Code {
    this.messageCount = 0
    if (bytes.length > LIMITS.packetBytes) return CODE.protocol
    const r = this.#reader
    r.reset(bytes)
    if (bytes.length > 0 && bytes[0] === SHORT_MARK) return this.#readShort(r)
    return this.#readFull(r)
  }

  #readFull(r: ByteReader): Code {
    const h = this.header
    if (r.remaining < FULL_HEADER_BYTES) return CODE.protocol
    if (r.u32() !== MAGIC) return CODE.protocol
    h.form = 'full'
    h.major = r.u16()
    h.minor = r.u16()
    if (h.major !== VERSION_MAJOR) return CODE.versionMismatch
    h.sessionLo = r.u32()
    h.sessionHi = r.u32()
    h.worldLo = r.u32()
    h.worldHi = r.u32()
    h.role = r.u32()
    h.tick = r.u32()
    h.flags = r.u8()
    h.epoch = 0
    let reserved = 0
    for (let i = 0; i < 7; i++) reserved |= r.u8()
    if ((h.flags & ~KNOWN_FLAGS) !== 0 || reserved !== 0 || h.role > ROLE.client) return CODE.protocol
    while (r.remaining > 0) {
      if (r.remaining < FULL_MESSAGE_HEADER_BYTES) return CODE.protocol
      const channel = r.u32()
      const type = r.u32()
      const seq = r.u32()
      const size = r.u16()
      const flags = r.u16()
      if (flags !== 0 || channel >= LIMITS.channels) return CODE.protocol
      if (!this.#take(r, type, channel, seq, size)) return CODE.protocol
    }
    return CODE.ok
  }

  #readShort(r: ByteReader): Code {
    const h = this.header
    if (r.remaining < SHORT_HEADER_BYTES) return CODE.protocol
    r.u8()
    h.form = 'short'
    h.flags = r.u8()
    h.tick = r.u32()
    h.epoch = r.u8()
    if ((h.flags & ~KNOWN_FLAGS) !== 0) return CODE.protocol
    while (r.remaining > 0) {
      const type = r.u8()
      const channel = r.u8()
      const seq = r.u16()
      const size = r.leb()
      if (r.failed || channel >= LIMITS.channels) return CODE.protocol
      if (!this.#take(r, type, channel, seq, size)) return CODE.protocol
    }
    return CODE.ok
  }

  #take(r: ByteReader, type: number, channel: number, seq: number, size: number): boolean {
    if (size > LIMITS.payloadBytes || size > r.remaining || this.messageCount === MESSAGES_PER_PACKET) return false
    if (this.messages.length === this.messageCount)
      this.messages.push({ type: 0, channel: 0, seq: 0, start: 0, end: 0 })
    const m = this.messages[this.messageCount++]
    m.type = type
    m.channel = channel
    m.seq = seq
    m.start = r.position
    m.end = r.position + size
    r.skip(size)
    return true
  }
}

/** A packet on its way out: valid until the session's next call. */
export interface Packet {
  peer: number
  bytes: Uint8Array
}

/**
 * Packets waiting for the transport, in pooled buffers. Drained by `take`; beyond the limit new ones are
 * refused (`begin` answers false), because nobody is draining.
 */
export class PacketQueue {
  readonly #slots: PooledPacket[] = []
  readonly #list = new ReusedList<Packet>()
  #count = 0
  #current: PooledPacket | null = null
  #short = false
  readonly #writer = new ByteWriter()
  /** Payloads are written here first: their size stands before them. */
  readonly #payload = new Uint8Array(LIMITS.payloadBytes)
  readonly payload = new ByteWriter()
  /** Packets that did not fit: our own limits were exceeded, which is worth knowing. */
  refused = 0

  beginFull(peer: number, session: U64, role: number, tick: number): boolean {
    const w = this.#open(peer)
    if (w === null) return false
    this.#short = false
    w.u32(MAGIC)
    w.u16(VERSION_MAJOR)
    w.u16(VERSION_MINOR)
    w.u32(session.lo)
    w.u32(session.hi)
    w.u32(0)
    w.u32(0)
    w.u32(role)
    w.u32(tick)
    for (let i = 0; i < 8; i++) w.u8(0)
    return true
  }

  beginShort(peer: number, tick: number, epoch: number): boolean {
    const w = this.#open(peer)
    if (w === null) return false
    this.#short = true
    w.u8(SHORT_MARK)
    w.u8(0)
    w.u32(tick)
    w.u8(epoch)
    return true
  }

  /** Hands out the payload writer; `endMessage` puts what was written behind its header. */
  beginMessage(): ByteWriter {
    this.payload.reset(this.#payload)
    return this.payload
  }

  /** False when payload or packet would be too large: the message is not in the packet then. */
  endMessage(type: number, channel: number, seq: number): boolean {
    const size = this.payload.position
    const w = this.#writer
    if (this.payload.failed || this.#current === null) return false
    const room = LIMITS.packetBytes - w.position
    if (size + FULL_MESSAGE_HEADER_BYTES > room) return false
    if (this.#short) {
      w.u8(type)
      w.u8(channel)
      w.u16(seq & 0xffff)
      w.leb(size)
    } else {
      w.u32(channel)
      w.u32(type)
      w.u32(seq)
      w.u16(size)
      w.u16(0)
    }
    this.#current.buffer.set(this.#payloadView(size), w.position)
    w.skip(size)
    return true
  }

  end(): void {
    const p = this.#current
    if (p === null) return
    p.packet.bytes = p.view(this.#writer.position)
    this.#list.push(p.packet)
    this.#current = null
  }

  /** Everything to be sent; valid until the next `begin…`. */
  take(): ReusedList<Packet> {
    if (this.#taken) return NOTHING
    this.#taken = true
    return this.#list
  }
  #taken = false

  #open(peer: number): ByteWriter | null {
    if (this.#taken) {
      this.#taken = false
      this.#list.clear()
      this.#count = 0
    }
    if (this.#count === LIMITS.pendingPackets) {
      this.refused++
      return null
    }
    let p = this.#slots[this.#count]
    if (p === undefined) this.#slots.push((p = new PooledPacket()))
    this.#count++
    p.packet.peer = peer
    this.#current = p
    this.#writer.reset(p.buffer)
    return this.#writer
  }

  readonly #payloadViews: Uint8Array[] = []
  #payloadView(size: number): Uint8Array {
    return (this.#payloadViews[size] ??= this.#payload.subarray(0, size))
  }
}

const NOTHING = new ReusedList<Packet>()

// One reused buffer. Views by length are kept, because a subarray per packet is an allocation per tick.
class PooledPacket {
  readonly buffer = new Uint8Array(LIMITS.packetBytes)
  readonly packet: Packet = { peer: 0, bytes: this.buffer }
  readonly #views: Uint8Array[] = []
  view(length: number): Uint8Array {
    return (this.#views[length] ??= this.buffer.subarray(0, length))
  }
}

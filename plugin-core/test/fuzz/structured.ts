// Garbage with a structure, by fast-check: values that a reader takes, with the numbers at their edges; packets that are right
// in every byte and come at the wrong time, from the wrong side, of another session. No format is declared a second time: what
// reads a message is run over a reader that makes up what it reads, and notes it.

import * as fc from 'fast-check'
import type { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { DUEL_TYPE } from '../../src/session/duel/duel-messages.ts'
import { eventHash } from '../../src/wire/event-reference.ts'
import { InputMessage } from '../../src/wire/input-message.ts'
import { TYPE, event } from '../../src/wire/messages.ts'
import { CHANNEL, PacketQueue, ROLE, ZERO64, type U64 } from '../../src/wire/packet.ts'
import { RBN1_MAX_COUNT, Rbn1Datagram, encodeRbn1 } from '../../src/wire/rbn1.ts'
import type { Codec } from '../../src/wire/schema.ts'
import { TickMessage } from '../../src/wire/tick-message.ts'
import { LARGE_EVENT } from '../wire/protocol-samples.ts'
import { CODECS } from './decoders.ts'
import { TERMS } from './terms.ts'
import type { Target } from './target.ts'

export type Draw = fc.GeneratorValue

const U32_EDGES = [
  0, 1, 2, 29, 30, 31, 32, 33, 63, 64, 65, 255, 256, 1023, 1024, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
]
const ANY_BYTES = new Uint8Array(4096)

/** A reader that makes up what is read, and writes it down. */
class InventedBytes {
  failed = false
  readonly #draw: Draw
  readonly #values: readonly number[]
  readonly #into: Uint8Array
  readonly #writer = new ByteWriter()

  constructor(draw: Draw, values: readonly number[], into: Uint8Array) {
    this.#draw = draw
    this.#values = values
    this.#into = into
    this.#writer.reset(into)
  }

  get position(): number {
    return this.#writer.position
  }

  /** There is never more than what was asked for. */
  readonly remaining = 0

  reset(): void {}

  fail(): void {
    this.failed = true
  }

  u8(): number {
    const value = this.#number(255)
    this.#writer.u8(value)
    return value
  }

  u16(): number {
    const value = this.#number(0xffff)
    this.#writer.u16(value)
    return value
  }

  u32(): number {
    const value = this.#number(0xffffffff)
    this.#writer.u32(value)
    return value
  }

  leb(): number {
    const draw = this.#draw
    const kind = draw(fc.nat, { max: 15 })
    const value =
      kind < 9 ? draw(fc.nat, { max: 4 }) : kind < 15 ? draw(fc.nat, { max: 70 }) : draw(fc.nat, { max: 600 })
    this.#writer.leb(value)
    return value
  }

  zigzag(): number {
    const value = this.#draw(fc.integer, { min: -70, max: 70 })
    this.#writer.zigzag(value)
    return value
  }

  bytes(count: number): Uint8Array {
    if (count > ANY_BYTES.length) {
      this.failed = true
      return ANY_BYTES.subarray(0, 0)
    }
    // Letters: what stands for text must be text.
    const first = this.#draw(fc.nat, { max: 25 })
    const start = this.position
    for (let i = 0; i < count; i++) this.#writer.u8(97 + ((first + i) % 26))
    if (this.#writer.failed) this.failed = true
    return this.#into.subarray(start, this.position)
  }

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.u8()
  }

  peek(position: number): number {
    return position < this.position ? this.#into[position] : 0
  }

  // Small numbers, numbers that mean something, edges, and any.
  #number(max: number): number {
    if (this.#writer.failed) this.failed = true
    const draw = this.#draw
    const kind = draw(fc.nat, { max: 9 })
    if (kind < 4) return draw(fc.nat, { max: 8 })
    if (kind < 7 && this.#values.length > 0)
      return (this.#values[draw(fc.nat, { max: this.#values.length - 1 })] & max) >>> 0
    if (kind < 9) return U32_EDGES[draw(fc.nat, { max: U32_EDGES.length - 1 })] & max
    return draw(fc.nat, { max: Math.min(max, 0x7fffffff) })
  }
}

type Read = (r: ByteReader) => boolean

function reading(codec: Codec<unknown>): Read {
  return r => {
    codec.read(r)
    return !r.failed
  }
}

/** Bytes that this reader takes; null when what was made up is not allowed. */
export function payloadOf(draw: Draw, read: Read, values: readonly number[]): Uint8Array | null {
  const into = new Uint8Array(1400)
  const invented = new InventedBytes(draw, values, into)
  if (!read(invented as unknown as ByteReader) || invented.failed) return null
  return into.subarray(0, invented.position)
}

/** Of a hash that is right nothing can be made up: the player's own, and others. */
const LARGE_EVENTS = [LARGE_EVENT, ...[600, 1360].map(size => new Uint8Array(size).fill(size))]

function largeEvent(draw: Draw, values: readonly number[]): Uint8Array {
  const bytes = draw(fc.nat, { max: 5 }) === 0 ? new Uint8Array(0) : LARGE_EVENTS[draw(fc.nat, { max: 2 })]
  const hashed = bytes.length === 0 || draw(fc.nat, { max: 9 }) === 0 ? LARGE_EVENTS[draw(fc.nat, { max: 2 })] : bytes
  const tick = values.length === 0 ? 0 : values[draw(fc.nat, { max: values.length - 1 })] + draw(fc.nat, { max: 3 })
  const w = new ByteWriter()
  const into = new Uint8Array(1400)
  w.reset(into)
  event.write(w, { tick, hash: eventHash(hashed), bytes })
  return into.subarray(0, w.position)
}

const input = new InputMessage(32, TERMS.inputBytes)
const tick = new TickMessage(64, TERMS.maxPlayers, TERMS.inputBytes)
const duelTick = new TickMessage(64, 2, TERMS.inputBytes)

/** What reads a message of each type: types have other payloads from the other side, and in a duel. */
const READERS: readonly { type: number; channel: number; read: Read }[] = [
  { type: TYPE.input, channel: CHANNEL.input, read: r => input.read(r, ANY_BYTES, 0, 0) },
  { type: TYPE.tick, channel: CHANNEL.input, read: r => tick.read(r, ANY_BYTES, 0, 0) },
  { type: TYPE.tick, channel: CHANNEL.input, read: r => duelTick.read(r, ANY_BYTES, 0, 0) },
  ...[...CODECS]
    .map(([name, codec]) => ({ type: typeOf(name), channel: CHANNEL.control, read: reading(codec) }))
    .filter(each => each.type > 0),
]

function typeOf(codec: string): number {
  const name = codec.replace(/^duel(?=[A-Z])/, '').replace(/(Up|Down)$/, '')
  const lower = name.charAt(0).toLowerCase() + name.slice(1)
  return { ...TYPE, ...DUEL_TYPE, events: DUEL_TYPE.event }[lower as keyof typeof TYPE] ?? 0
}

/** What a target says of its session, by its recorded packets. */
interface Spoken {
  readonly session: U64
  readonly epoch: number
  readonly role: number
  readonly hasDatagrams: boolean
}

export class StructuredPackets {
  readonly #target: Target
  readonly #spoken: Spoken
  readonly #queue = new PacketQueue()
  readonly #datagram = new Rbn1Datagram()
  readonly #datagramBytes = new Uint8Array(1200)

  constructor(target: Target) {
    this.#target = target
    this.#spoken = spokenOf(target.seeds)
  }

  /** A packet that is well-formed, whatever it means. Valid until the next call. */
  packet(draw: Draw): Uint8Array {
    const { seeds } = this.#target
    const kind = draw(fc.nat, { max: 19 })
    // As it was said, at another time.
    if (kind < 4) return seeds[draw(fc.nat, { max: seeds.length - 1 })]
    if (kind < 9 && this.#spoken.hasDatagrams) return this.#anyDatagram(draw)
    return this.#composed(draw)
  }

  #composed(draw: Draw): Uint8Array {
    const { values } = this.#target
    const { session, epoch, role } = this.#spoken
    const q = this.#queue
    // Drained each time: the queue is ours alone.
    q.take()
    const odd = draw(fc.nat, { max: 19 })
    const tickNow = odd === 3 ? U32_EDGES[draw(fc.nat, { max: U32_EDGES.length - 1 })] : values[0] >>> 0
    if (draw(fc.boolean)) q.beginShort(0, tickNow, odd === 0 ? (epoch + 1) & 255 : epoch)
    else {
      const id = odd === 0 ? { hi: session.hi, lo: session.lo ^ 1 } : odd === 1 ? ZERO64 : session
      q.beginFull(0, id, odd === 2 ? draw(fc.nat, { max: ROLE.client }) : role, tickNow)
    }
    for (let left = 1 + draw(fc.nat, { max: 2 }); left > 0; left--) this.#message(draw, values)
    q.end()
    return q.take().at(0).bytes
  }

  #message(draw: Draw, values: readonly number[]): void {
    const { type, channel, read } = READERS[draw(fc.nat, { max: READERS.length - 1 })]
    const payload = type === TYPE.event && draw(fc.boolean) ? largeEvent(draw, values) : payloadOf(draw, read, values)
    if (payload === null) return
    const seqKind = draw(fc.nat, { max: 3 })
    const seq = seqKind === 0 ? U32_EDGES[draw(fc.nat, { max: U32_EDGES.length - 1 })] : draw(fc.nat, { max: 80 })
    this.#queue.beginMessage().bytes(payload)
    this.#queue.endMessage(type, draw(fc.nat, { max: 9 }) === 0 ? draw(fc.nat, { max: 7 }) : channel, seq)
  }

  #anyDatagram(draw: Draw): Uint8Array {
    const { values } = this.#target
    const d = this.#datagram
    const number = (): number =>
      draw(fc.boolean)
        ? Math.max(0, values[draw(fc.nat, { max: 3 })] + draw(fc.integer, { min: -40, max: 40 }))
        : U32_EDGES[draw(fc.nat, { max: U32_EDGES.length - 1 })]
    d.version = draw(fc.nat, { max: 4 }) === 0 ? 1 : 2
    d.startFrame = number()
    d.count = 1 + draw(fc.nat, { max: RBN1_MAX_COUNT - 1 })
    d.ackFrame = number()
    d.hasChecksum = draw(fc.boolean)
    d.checksumFrame = number()
    d.checksum = number()
    const later = d.version === 2
    d.hasTimeSync = later && draw(fc.boolean)
    d.sentFrame = number()
    d.advantage = draw(fc.integer, { min: -32768, max: 32767 })
    d.hasLossStats = later && draw(fc.boolean)
    d.received = draw(fc.nat, { max: 0xffff })
    d.lost = draw(fc.nat, { max: 0xffff })
    d.hasEventCounts = later && draw(fc.boolean)
    d.inputSize = later && draw(fc.nat, { max: 9 }) === 0 ? 1 + draw(fc.nat, { max: 20 }) : 2
    d.inputs.fill(draw(fc.nat, { max: 255 }), 0, d.count * d.inputSize)
    d.eventCounts.fill(0).fill(draw(fc.nat, { max: 5 }), 0, draw(fc.nat, { max: d.count }))
    return this.#datagramBytes.subarray(0, encodeRbn1(d, this.#datagramBytes))
  }
}

function spokenOf(seeds: readonly Uint8Array[]): Spoken {
  const short = seeds.find(bytes => bytes[0] === 0x53)
  const full = seeds.filter(bytes => bytes[0] === 0x4e)
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset)
  const known = full.find(bytes => view(bytes).getUint32(8, true) !== 0)
  return {
    session: known === undefined ? ZERO64 : { lo: view(known).getUint32(8, true), hi: view(known).getUint32(12, true) },
    epoch: short?.[6] ?? 0,
    role: full.length === 0 ? ROLE.none : view(full[0]).getUint32(24, true),
    hasDatagrams: seeds.some(bytes => bytes[0] === 0x52),
  }
}

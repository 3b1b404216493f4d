// Reads a recording. Somebody may hand us anything: the head must be right, and of what follows it everything up to the first byte
// that is not; a sentence says where that is.

import { ByteReader } from '../bytes/byte-reader.ts'
import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { Compression } from '../loop/hand-off.ts'
import type { EndCode } from '../session/fact.ts'
import { refersTo, type LargeEventSource } from '../wire/event-reference.ts'
import { NO_SLOT } from '../wire/limits.ts'
import { PACKING, event, hash, snapshotHeader, type LargeEvent, type SnapshotHeader } from '../wire/messages.ts'
import { decode } from '../wire/schema.ts'
import { TickMessage } from '../wire/tick-message.ts'
import {
  CHUNK_HEAD_BYTES,
  END_CODES,
  MAGIC,
  MAX_CHUNK_BYTES,
  PREFIX_BYTES,
  RECORD,
  ReplayError,
  VERSION,
  replayEnd,
  replayHead,
  type ReplayHead,
} from './replay-format.ts'

/** Most ticks that one TICK holds: its count is a byte. */
const TICK_COUNT = 255

/** A state of the file, as it travelled or was written. */
export interface ReplayState {
  readonly header: SnapshotHeader
  readonly bytes: Uint8Array
}

/** A TICK of the file: where its payload stands, and what it closes. */
interface TickRecord {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly firstTick: number
  readonly lastTick: number
}

export interface ReadOptions {
  /** Needed where chunks are packed. */
  compression?: Compression | null
}

export class Replay implements LargeEventSource {
  readonly head: ReplayHead
  /** The first tick of the match, where the recording has it; 0: it begins with a state. */
  beginTick = 0
  /** Newest tick; playing ends here. */
  lastTick = 0
  /** By tick. */
  readonly states: ReplayState[] = []
  /** What the machine that recorded it told of its states. */
  readonly checksums = new Map<number, number>()
  /** How the match ended on that machine; null: the recording ends before. */
  end: { code: EndCode; reason: string; tick: number } | null = null
  /** What is wrong with the file behind the last tick, as a sentence; null: nothing. */
  fault: string | null = null
  /** What BEGIN says. */
  #begin = 0
  /** Ascending by their last tick. */
  readonly #ticks: TickRecord[] = []
  /** Large events by the tick that names them. */
  readonly #events = new Map<number, LargeEvent[]>()
  readonly #reader = new ByteReader()
  readonly #message: TickMessage

  constructor(head: ReplayHead) {
    this.head = head
    this.#message = this.newMessage()
  }

  /** Payloads of TICK in the order of their ticks, exactly as they stood on the wire. */
  payloads(): Uint8Array[] {
    return this.#ticks.map(({ bytes, start, end }) => bytes.subarray(start, end))
  }

  /** A place to read this recording's TICKs into. */
  newMessage(): TickMessage {
    return new TickMessage(TICK_COUNT, this.head.terms.maxPlayers, this.head.terms.inputBytes)
  }

  /** Reads the TICK that closed a tick. False: there is none. */
  load(tick: number, into: TickMessage): boolean {
    let low = 0
    let high = this.#ticks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#ticks[middle].lastTick < tick) low = middle + 1
      else high = middle
    }
    if (low === this.#ticks.length || this.#ticks[low].firstTick > tick) return false
    const { bytes, start, end } = this.#ticks[low]
    if (!into.read(this.#reader, bytes, start, end)) return false
    for (let i = 0; i < into.count; i++) into.fill(i, this)
    return true
  }

  find(tick: number, reference: Uint8Array): Uint8Array | null {
    return this.#events.get(tick)?.find(each => refersTo(reference, each.hash))?.bytes ?? null
  }

  /** The newest state at or before a tick. */
  stateBefore(tick: number): ReplayState | null {
    return this.states.findLast(state => state.header.tick <= tick) ?? null
  }

  /** The oldest state behind a tick. */
  stateAfter(tick: number): ReplayState | null {
    return this.states.find(state => state.header.tick > tick) ?? null
  }

  /** One record of a chunk; answers what is wrong with it, or null. */
  take(kind: number, bytes: Uint8Array, start: number, end: number): string | null {
    switch (kind) {
      case RECORD.tick:
        return this.#takeTick(bytes, start, end)
      case RECORD.hash: {
        const value = decode(hash, this.#reader, bytes, start, end)
        if (value === null) return 'a HASH is malformed'
        this.checksums.set(value.tick, value.checksum)
        return null
      }
      case RECORD.state:
        return this.#takeState(bytes, start, end)
      case RECORD.event: {
        const value = decode(event, this.#reader, bytes, start, end)
        if (value === null || value.bytes.length === 0) return 'an EVENT is malformed'
        const known = this.#events.get(value.tick)
        if (known === undefined) this.#events.set(value.tick, [value])
        else known.push(value)
        return null
      }
      case RECORD.begin:
        return this.#takeBegin(bytes, start, end)
      case RECORD.end: {
        const value = decode(replayEnd, this.#reader, bytes, start, end)
        if (value === null || value.code >= END_CODES.length) return 'the END is malformed'
        this.end = { code: END_CODES[value.code], reason: value.reason, tick: value.tick }
        return null
      }
      default:
        return `a record is of kind ${kind}, which this version does not know`
    }
  }

  #takeTick(bytes: Uint8Array, start: number, end: number): string | null {
    const m = this.#message
    if (!m.read(this.#reader, bytes, start, end)) return 'a TICK is malformed'
    if (this.lastTick === 0) {
      if (this.#begin === 0) return 'ticks come before anything to go on from'
      const at = this.#begin - m.firstTick
      if (at < 0 || at >= m.count || m.control(at)?.restart == null)
        return `the match begins with tick ${this.#begin}, and no round begins there`
      this.beginTick = this.#begin
    } else if (m.firstTick > this.lastTick + 1)
      return `tick ${m.firstTick} follows tick ${this.lastTick}: what lies between is missing`
    let lastTick = m.firstTick + m.count - 1
    // A tick whose large events had not come stands again further on, behind them.
    for (let tick = Math.max(this.lastTick + 1, m.firstTick); tick <= lastTick; tick++)
      if (!m.fill(tick - m.firstTick, this)) lastTick = tick - 1
    // A machine that went on from an older state was told again what followed it.
    if (lastTick <= this.lastTick) return null
    this.#ticks.push({ bytes, start, end, firstTick: m.firstTick, lastTick })
    this.lastTick = lastTick
    return null
  }

  #takeState(bytes: Uint8Array, start: number, end: number): string | null {
    const r = this.#reader
    r.reset(bytes, start, end)
    const header = snapshotHeader.read(r)
    if (r.failed || r.remaining !== header.sizeBytes) return 'a state is malformed'
    if (header.tick === 0) return 'a state is of tick 0'
    const state = { header, bytes: bytes.subarray(r.position, end) }
    const at = this.states.findLastIndex(other => other.header.tick <= header.tick)
    // Told twice, the first one counts: both are the same, or the checksums will say so.
    if (at < 0 || this.states[at].header.tick < header.tick) this.states.splice(at + 1, 0, state)
    if (header.tick > this.lastTick) this.lastTick = header.tick
    return null
  }

  #takeBegin(bytes: Uint8Array, start: number, end: number): string | null {
    const r = this.#reader
    r.reset(bytes, start, end)
    const tick = r.u32()
    if (r.failed || r.remaining !== 0 || tick === 0) return 'the BEGIN is malformed'
    // What was trimmed begins with a state: the beginning is not there any more.
    if (this.lastTick === 0) this.#begin = tick
    return null
  }
}

/**
 * Reads a recording. Throws a ReplayError where it is none, is of another version, or holds nothing to play; one whose end is missing
 * or spoilt is read up to there, and says so by `fault`. The bytes are kept, and must stay as they are.
 */
export function readReplay(bytes: Uint8Array, options: ReadOptions = {}): Replay {
  const r = new ByteReader()
  const replay = new Replay(readHead(r, bytes))
  const compression = options.compression ?? null
  while (r.remaining > 0 && replay.fault === null) replay.fault = readChunk(r, replay, compression)
  if (replay.lastTick === 0)
    throw new ReplayError(
      `the recording holds nothing to play${replay.fault === null ? '' : `: ${replay.fault}`}`,
      r.position,
    )
  return replay
}

function readHead(r: ByteReader, bytes: Uint8Array): ReplayHead {
  r.reset(bytes)
  if (r.u32() !== MAGIC || r.failed) throw new ReplayError('this is no recording: it does not begin with "LSRP"', 0)
  const version = r.u8()
  if (!r.failed && version !== VERSION)
    throw new ReplayError(`the recording is of version ${version}, and this Lockstride reads version ${VERSION}`, 4)
  const size = r.u16()
  const end = PREFIX_BYTES + size
  if (r.failed || bytes.length < end + 4)
    throw new ReplayError(`the recording is cut in its head: ${bytes.length} bytes are there`, bytes.length)
  const sum = new ByteReader()
  sum.reset(bytes, end)
  if (sum.u32() !== xxhash32Bytes(bytes.subarray(0, end), 0))
    throw new ReplayError(`the recording's head is spoilt: its ${end} bytes have another checksum`, 0)
  const head = decode(replayHead, r, bytes, PREFIX_BYTES, end)
  if (head === null || (head.slot !== NO_SLOT && head.slot >= head.terms.maxPlayers))
    throw new ReplayError("the recording's head is malformed", PREFIX_BYTES)
  r.reset(bytes, end + 4)
  return head
}

/** What is wrong with the next chunk; null: it is read. Of a chunk that is not right nothing counts but the records before that. */
function readChunk(r: ByteReader, replay: Replay, compression: Compression | null): string | null {
  const at = r.position
  const wrong = (what: string): string => `at byte ${at} ${what}; it is read up to tick ${replay.lastTick}`
  if (r.remaining < CHUNK_HEAD_BYTES) return wrong(`the file is cut: ${r.remaining} bytes are left`)
  const packing = r.u8()
  const size = r.u32()
  const unpackedSize = r.u32()
  const checksum = r.u32()
  if (
    packing > PACKING.deflate ||
    unpackedSize > MAX_CHUNK_BYTES ||
    (packing === PACKING.none && size !== unpackedSize)
  )
    return wrong('the file is spoilt: what stands there is no chunk')
  if (size > r.remaining) return wrong(`the file is cut: ${r.remaining} of ${size} bytes are there`)
  const stored = r.bytes(size)
  if (xxhash32Bytes(stored, unpackedSize) !== checksum)
    return wrong(`the file is spoilt: its next ${size} bytes have another checksum`)
  if (packing === PACKING.none) return readRecords(replay, stored, wrong)
  if (compression === null) return wrong('the file is packed, and nothing to unpack it was given')
  const unpacked = compression.unpack(stored, unpackedSize)
  return unpacked === null ? wrong('what is packed does not unpack') : readRecords(replay, unpacked, wrong)
}

function readRecords(replay: Replay, bytes: Uint8Array, wrong: (what: string) => string): string | null {
  const r = new ByteReader()
  r.reset(bytes)
  while (r.remaining > 0) {
    const kind = r.u8()
    const size = r.leb()
    const start = r.position
    r.skip(size)
    if (r.failed) return wrong('a record does not fit its chunk')
    const fault = replay.take(kind, bytes, start, start + size)
    if (fault !== null) return wrong(fault)
  }
  return null
}

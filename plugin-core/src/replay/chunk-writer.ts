// Gathers records and hands them out by the chunk: a crash loses the chunk that was being filled, and nothing before it.

import { copyRange } from '../bytes/equal.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { Compression } from '../loop/hand-off.ts'
import { PACKING } from '../wire/messages.ts'
import type { Codec } from '../wire/schema.ts'
import { CHUNK_HEAD_BYTES } from './replay-format.ts'

/** A full chunk is written, however few ticks it holds. */
const CHUNK_BYTES = 64 * 1024
/** Most bytes that a record takes besides its payload. */
const RECORD_HEAD_BYTES = 6

/** What a piece of a recording is. Pieces are to be kept in order, one behind the other. */
export interface ReplayPiece {
  readonly kind: 'head' | 'state' | 'records'
  /** `state`: the tick of the state. `records`: the newest tick that they close, or bring an event of. */
  readonly tick: number
}

/** Takes a recording as it grows. The bytes are the receiver's to keep. */
export type ReplaySink = (bytes: Uint8Array, piece: ReplayPiece) => void

export class ChunkWriter {
  readonly #sink: ReplaySink
  readonly #compression: Compression | null
  readonly #bytes = new Uint8Array(CHUNK_BYTES)
  readonly #w = new ByteWriter()

  constructor(sink: ReplaySink, compression: Compression | null) {
    this.#sink = sink
    this.#compression = compression
    this.#w.reset(this.#bytes)
  }

  get sizeBytes(): number {
    return this.#w.position
  }

  /** Whether a record of so many bytes still finds room. */
  hasRoom(payloadBytes: number): boolean {
    return this.#w.position + RECORD_HEAD_BYTES + payloadBytes <= CHUNK_BYTES
  }

  record(kind: number, bytes: Uint8Array, start = 0, end = bytes.length): void {
    const size = end - start
    if (!this.hasRoom(size)) throw new RangeError(`a record of ${size} bytes does not fit a chunk of ${CHUNK_BYTES}`)
    const w = this.#w
    w.u8(kind)
    w.leb(size)
    copyRange(bytes, start, this.#bytes, w.position, size)
    w.skip(size)
  }

  /** Hands out what was gathered. `tick`: the newest one that it closes, or brings an event of. */
  flush(tick: number): void {
    if (this.#w.position === 0) return
    this.#sink(this.#chunk(this.#bytes.subarray(0, this.#w.position)), { kind: 'records', tick })
    this.#w.reset(this.#bytes)
  }

  /** A chunk of its own, for one record with a header: a state may be larger than everything else together. */
  large<T>(kind: number, codec: Codec<T>, header: T, bytes: Uint8Array, tick: number): void {
    const head = new Uint8Array(64)
    const w = new ByteWriter()
    w.reset(head)
    codec.write(w, header)
    const headBytes = w.position
    const all = new Uint8Array(RECORD_HEAD_BYTES + headBytes + bytes.length)
    w.reset(all)
    w.u8(kind)
    w.leb(headBytes + bytes.length)
    w.bytes(head.subarray(0, headBytes))
    w.bytes(bytes)
    this.#sink(this.#chunk(all.subarray(0, w.position)), { kind: 'state', tick })
  }

  #chunk(records: Uint8Array): Uint8Array {
    const packed = this.#pack(records)
    const stored = packed ?? records
    const chunk = new Uint8Array(CHUNK_HEAD_BYTES + stored.length)
    const w = new ByteWriter()
    w.reset(chunk)
    w.u8(packed === null ? PACKING.none : PACKING.deflate)
    w.u32(stored.length)
    w.u32(records.length)
    w.u32(xxhash32Bytes(stored, records.length))
    w.bytes(stored)
    return chunk
  }

  /** Null: not asked for, or no smaller. */
  #pack(records: Uint8Array): Uint8Array | null {
    if (this.#compression === null) return null
    const packed = new Uint8Array(records.length)
    let size = 0
    const push = this.#compression.packer(piece => {
      if (size + piece.length <= packed.length) packed.set(piece, size)
      size += piece.length
    })
    push(records, true)
    return size < records.length ? packed.subarray(0, size) : null
  }
}

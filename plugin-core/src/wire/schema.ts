// A message is declared once, as a table of fields; writing and reading follow from it. For the messages
// that are not sent every tick: those of the hot path (INPUT, TICK) are coded by hand beside their format.

import type { ByteReader } from '../bytes/byte-reader.ts'
import type { ByteWriter } from '../bytes/byte-writer.ts'

/** How one value stands in bytes. `read` marks the reader as failed on bad bytes; it never throws. */
export interface Codec<T> {
  write(w: ByteWriter, value: T): void
  read(r: ByteReader): T
}

export const u8: Codec<number> = { write: (w, v) => w.u8(v), read: r => r.u8() }
export const u16: Codec<number> = { write: (w, v) => w.u16(v), read: r => r.u16() }
export const u32: Codec<number> = { write: (w, v) => w.u32(v), read: r => r.u32() }
export const flag: Codec<boolean> = {
  write: (w, v) => w.u8(v ? 1 : 0),
  read(r) {
    const v = r.u8()
    if (v > 1) r.fail()
    return v === 1
  },
}
export const u64: Codec<{ hi: number; lo: number }> = {
  write(w, v) {
    w.u32(v.lo)
    w.u32(v.hi)
  },
  read(r) {
    const lo = r.u32()
    return { lo, hi: r.u32() }
  },
}
/** Sixteenths of something, signed. */
export const i16: Codec<number> = {
  write: (w, v) => w.u16(v & 0xffff),
  read: r => (r.u16() << 16) >> 16,
}

/** A number that means something only from `least` to `most`; others are refused. */
export function within(codec: Codec<number>, least: number, most: number): Codec<number> {
  return {
    write: (w, v) => codec.write(w, v),
    read(r) {
      const v = codec.read(r)
      if (v < least || v > most) r.fail()
      return v
    },
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 behind its length. Longer than `maxBytes` is refused by the reader and cut by the writer. */
export function text(maxBytes: number): Codec<string> {
  const scratch = new Uint8Array(maxBytes)
  return {
    write(w, v) {
      const { written } = encoder.encodeInto(v, scratch)
      w.leb(written)
      w.bytes(scratch.subarray(0, written))
    },
    read(r) {
      const size = r.leb()
      if (size > maxBytes) r.fail()
      const slice = r.bytes(size)
      if (r.failed) return ''
      try {
        return decoder.decode(slice)
      } catch {
        r.fail()
        return ''
      }
    },
  }
}

/** Bytes behind their length; the reader's are a copy. */
export function blob(maxBytes: number): Codec<Uint8Array> {
  return {
    write(w, v) {
      w.leb(v.length)
      w.bytes(v)
    },
    read(r) {
      const size = r.leb()
      if (size > maxBytes) r.fail()
      return r.failed ? new Uint8Array(0) : r.bytes(size).slice()
    },
  }
}

export function list<T>(item: Codec<T>, maxItems: number): Codec<T[]> {
  return {
    write(w, v) {
      w.leb(v.length)
      for (const each of v) item.write(w, each)
    },
    read(r) {
      const count = r.leb()
      if (count > maxItems) r.fail()
      const out: T[] = []
      for (let i = 0; i < count && !r.failed; i++) out.push(item.read(r))
      return out
    },
  }
}

type Fields = Record<string, Codec<unknown>>
type Of<F> = { [K in keyof F]: F[K] extends Codec<infer T> ? T : never }

export function struct<F extends { [K in keyof F]: Codec<Of<F>[K]> }>(fields: F): Codec<Of<F>> {
  const names = Object.keys(fields)
  const codecs = Object.values(fields as unknown as Fields)
  return {
    // By index: HEARTBEAT and HASH come all the time, and an iterator's results are objects.
    write(w, v) {
      const record = v as Record<string, unknown>
      for (let i = 0; i < names.length; i++) codecs[i].write(w, record[names[i]])
    },
    read(r) {
      const out: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) out[names[i]] = codecs[i].read(r)
      return out as Of<F>
    },
  }
}

/** What a codec's value is. */
export type Value<C> = C extends Codec<infer T> ? T : never

/** Reads a whole payload: null when it is malformed or leaves bytes over. */
export function decode<T>(codec: Codec<T>, r: ByteReader, bytes: Uint8Array, start: number, end: number): T | null {
  r.reset(bytes, start, end)
  const value = codec.read(r)
  return r.failed || r.remaining !== 0 ? null : value
}

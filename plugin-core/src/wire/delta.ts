// One input against another: which of its bytes differ, a bit each, then those bytes. Inputs of a
// single byte go without the bits: whoever writes one knows already that it changed.

import type { ByteReader } from '../bytes/byte-reader.ts'
import type { ByteWriter } from '../bytes/byte-writer.ts'

/** Writes `size` bytes of `current` as their difference to `previous` (null: zeros). */
export function writeDelta(
  w: ByteWriter,
  current: Uint8Array,
  at: number,
  previous: Uint8Array | null,
  previousAt: number,
  size: number,
): void {
  if (size === 1) {
    w.u8(current[at])
    return
  }
  for (let base = 0; base < size; base += 8) {
    let bits = 0
    for (let i = base; i < size && i < base + 8; i++)
      if (current[at + i] !== (previous === null ? 0 : previous[previousAt + i])) bits |= 1 << (i - base)
    w.u8(bits)
  }
  for (let i = 0; i < size; i++) {
    const value = current[at + i]
    if (value !== (previous === null ? 0 : previous[previousAt + i])) w.u8(value)
  }
}

/** Reads into `into[at…]` what was written against `into[previousAt…]` (−1: zeros). The reader fails on short data. */
export function readDelta(r: ByteReader, into: Uint8Array, at: number, previousAt: number, size: number): void {
  if (size === 1) {
    into[at] = r.u8()
    return
  }
  const maskAt = r.position
  r.skip((size + 7) >> 3)
  if (r.failed) return
  const end = r.position
  for (let i = 0; i < size; i++) {
    const changed = (r.peek(maskAt + (i >> 3)) >> (i & 7)) & 1
    if (changed === 1) into[at + i] = r.u8()
    else into[at + i] = previousAt < 0 ? 0 : into[previousAt + i]
  }
  // Bits beyond the last byte would be a second spelling of the same input.
  const spare = size & 7
  if (spare !== 0 && r.peek(end - 1) >> spare !== 0) r.fail()
}

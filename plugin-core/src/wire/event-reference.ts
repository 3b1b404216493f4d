// An event that is too large for its tick travels ahead, in EVENT. INPUT and TICK then carry a reference in its place: `FF`, which
// begins no CBOR, and the hash of its bytes. In memory an event is always whole: references exist on the wire alone.

import type { ByteWriter } from '../bytes/byte-writer.ts'
import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import { EVENT_BYTES } from './limits.ts'
import type { U64 } from './packet.ts'

const MARK = 0xff
const REFERENCE_BYTES = 9

/** Where the bytes of large events are kept until the tick that names them has come; null: not here. */
export interface LargeEventSource {
  find(tick: number, reference: Uint8Array): Uint8Array | null
}

export function isLarge(event: Uint8Array): boolean {
  return event.length > EVENT_BYTES
}

/** Of an event as it stands in INPUT and TICK. */
export function isReference(event: Uint8Array): boolean {
  return event[0] === MARK
}

/** False: bytes that no event and no reference has. */
export function isSound(event: Uint8Array): boolean {
  return event[0] !== MARK || event.length === REFERENCE_BYTES
}

/** Bytes that an event takes in INPUT and TICK, besides its size. */
export function eventSize(event: Uint8Array): number {
  return isLarge(event) ? REFERENCE_BYTES : event.length
}

export function eventHash(event: Uint8Array): U64 {
  return { hi: xxhash32Bytes(event, 2), lo: xxhash32Bytes(event, 1) }
}

export function refersTo(reference: Uint8Array, { hi, lo }: U64): boolean {
  for (let i = 0; i < 4; i++)
    if (reference[1 + i] !== ((lo >>> (8 * i)) & 255) || reference[5 + i] !== ((hi >>> (8 * i)) & 255)) return false
  return true
}

/** Size and bytes of an event, or of the reference to it. */
export function writeEvent(w: ByteWriter, event: Uint8Array): void {
  w.leb(eventSize(event))
  if (!isLarge(event)) {
    w.bytes(event)
    return
  }
  const { hi, lo } = eventHash(event)
  w.u8(MARK)
  w.u32(lo)
  w.u32(hi)
}

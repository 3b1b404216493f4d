// An event of a scene as bytes: canonical CBOR of kind and payload. Payloads are data: null, booleans, numbers,
// strings, bytes, arrays and maps with string keys.

import { decode, encode } from 'cborg'
import { LARGE_EVENT_BYTES } from '../wire/limits.ts'

export interface PlainEvent {
  readonly kind: string
  readonly payload: unknown
}

/** Throws a sentence when the payload is not data, or too large. */
export function encodeEvent(kind: string, payload: unknown): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = encode([kind, payload ?? null])
  } catch (cause) {
    throw new TypeError(
      `emit('${kind}'): the payload must be data (null, booleans, numbers, strings, bytes, arrays, objects): ${String(cause)}`,
      { cause },
    )
  }
  if (bytes.length > LARGE_EVENT_BYTES)
    throw new RangeError(
      `emit('${kind}'): the payload takes ${bytes.length} bytes, at most ${LARGE_EVENT_BYTES} are carried: send less, or a reference`,
    )
  return bytes
}

/** Null when the bytes are no event: they come from a stranger. */
export function decodeEvent(bytes: Uint8Array): PlainEvent | null {
  try {
    const value: unknown = decode(bytes, {
      strict: true,
      allowUndefined: false,
      allowIndefinite: false,
      // Numbers are numbers here: what raises a payload again may write it as JSON.
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    })
    if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string') return null
    return { kind: value[0], payload: value[1] }
  } catch {
    return null
  }
}

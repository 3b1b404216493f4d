// BLAKE3, and hashes as keys. The only file of the core that loads the hash: envelopes are loaded by whoever wants
// them (load-envelopes.ts), so that a game without them does not pay for it.

import { blake3 } from '@noble/hashes/blake3.js'
import { bytesToHex } from '@noble/hashes/utils.js'

export const HASH_BYTES = 32

export function hashOf(bytes: Uint8Array): Uint8Array {
  return blake3(bytes)
}

/** Equal bytes give equal keys. */
export function hashKey(hash: Uint8Array): string {
  return bytesToHex(hash)
}

/** By the first byte that differs; the shorter one first where none does. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length)
  for (let i = 0; i < size; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}

// What both sides of a duel know of their match as soon as each has the other's nonce, without a word more: who is slot 0,
// and the match's session id, epoch and seed.

import { xxhash32Bytes } from '../../bytes/xxhash32.ts'
import type { U64 } from '../../wire/packet.ts'

export interface Agreement {
  readonly slot: 0 | 1
  readonly sessionId: U64
  readonly epoch: number
  readonly seed: number
}

/** The same on both sides, but for the slot. Null for equal nonces: nobody would be first. */
export function agreementOf(mine: U64, theirs: U64): Agreement | null {
  if (sameNonce(mine, theirs)) return null
  const first = mine.hi < theirs.hi || (mine.hi === theirs.hi && mine.lo < theirs.lo)
  const [lower, higher] = first ? [mine, theirs] : [theirs, mine]
  const bytes = bytesOf([lower.lo, lower.hi, higher.lo, higher.hi])
  return {
    slot: first ? 0 : 1,
    // Never zero, which stands for "no session yet".
    sessionId: { hi: xxhash32Bytes(bytes, 1), lo: (xxhash32Bytes(bytes, 2) | 1) >>> 0 },
    epoch: xxhash32Bytes(bytes, 3) & 255,
    seed: xxhash32Bytes(bytes, 4),
  }
}

export function sameNonce(a: U64, b: U64): boolean {
  return a.hi === b.hi && a.lo === b.lo
}

/** Another nonce, from whatever this side has that the other one may not have. */
export function mixedNonce(nonce: U64, ...salt: readonly number[]): U64 {
  const bytes = bytesOf([nonce.lo, nonce.hi, ...salt])
  return { hi: xxhash32Bytes(bytes, 5), lo: xxhash32Bytes(bytes, 6) }
}

function bytesOf(words: readonly number[]): Uint8Array {
  return new Uint8Array(new Uint32Array(words).buffer)
}

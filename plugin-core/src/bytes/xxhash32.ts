// xxHash32 over 32-bit words: the checksum of states. A hash over words because states are words, and it runs four
// lanes at once; xxHash because FNV over words lets two flipped sign bits cancel. Equals the real xxHash32
// of the same bytes in little-endian order.

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

/** The hash of `words[0..length)`, a u32. Signed words, because unsigned ones above 2³¹ are boxed while the code is still cold. */
export function xxhash32Words(words: Int32Array | Uint32Array, length: number, seed: number): number {
  return avalanche(absorb(words, length, seed, length * 4)) >>> 0
}

/** The hash of bytes of any length and alignment, a u32. For short things: it copies them. */
export function xxhash32Bytes(bytes: Uint8Array, seed: number): number {
  const whole = bytes.length >> 2
  const words = new Int32Array(whole)
  for (let i = 0; i < whole; i++) {
    const at = i * 4
    words[i] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
  }
  let h = absorb(words, whole, seed, bytes.length)
  for (let at = whole * 4; at < bytes.length; at++) {
    h = (h + Math.imul(bytes[at], PRIME_5)) | 0
    h = Math.imul((h << 11) | (h >>> 21), PRIME_1)
  }
  return avalanche(h) >>> 0
}

// `sizeBytes` may count up to three bytes that follow the words.
function absorb(words: Int32Array | Uint32Array, length: number, seed: number, sizeBytes: number): number {
  let i = 0
  let h = (seed + PRIME_5) | 0
  if (length >= 4) {
    let a = (seed + PRIME_1 + PRIME_2) | 0
    let b = (seed + PRIME_2) | 0
    let c = seed | 0
    let d = (seed - PRIME_1) | 0
    for (const end = length - 3; i < end; i += 4) {
      a = (a + Math.imul(words[i], PRIME_2)) | 0
      a = Math.imul((a << 13) | (a >>> 19), PRIME_1)
      b = (b + Math.imul(words[i + 1], PRIME_2)) | 0
      b = Math.imul((b << 13) | (b >>> 19), PRIME_1)
      c = (c + Math.imul(words[i + 2], PRIME_2)) | 0
      c = Math.imul((c << 13) | (c >>> 19), PRIME_1)
      d = (d + Math.imul(words[i + 3], PRIME_2)) | 0
      d = Math.imul((d << 13) | (d >>> 19), PRIME_1)
    }
    h = ((a << 1) | (a >>> 31)) + ((b << 7) | (b >>> 25)) + ((c << 12) | (c >>> 20)) + ((d << 18) | (d >>> 14))
  }
  h = (h + sizeBytes) | 0
  for (; i < length; i++) {
    h = (h + Math.imul(words[i], PRIME_3)) | 0
    h = Math.imul((h << 17) | (h >>> 15), PRIME_4)
  }
  return h
}

function avalanche(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 15), PRIME_2)
  h = Math.imul(h ^ (h >>> 13), PRIME_3)
  return h ^ (h >>> 16)
}

// The match's generator: sfc32 over four words that live in the world, so that it rolls back with everything else.
// Each tick seeds it anew from (match seed, tick): confirmed history never depends on how often a machine mispredicted.

/** Words of state. */
export const RANDOM_WORDS = 4

export function seedRandom(words: Int32Array, at: number, seed: number, tick: number): void {
  let x = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(tick, 0xc2b2ae35)) | 0
  for (let i = 0; i < 3; i++) {
    // splitmix32: neighbouring ticks must not give neighbouring numbers.
    x = (x + 0x9e3779b9) | 0
    let z = x
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    words[at + i] = z ^ (z >>> 15)
  }
  words[at + 3] = 1
  for (let i = 0; i < 4; i++) nextRandom(words, at)
}

/** i32. The words are signed, because unsigned ones above 2³¹ are boxed while the code is still cold. */
export function nextRandom(words: Int32Array, at: number): number {
  const a = words[at] | 0
  const b = words[at + 1] | 0
  const c = words[at + 2] | 0
  const d = words[at + 3] | 0
  const t = (a + b + d) | 0
  words[at + 3] = d + 1
  words[at] = b ^ (b >>> 9)
  words[at + 1] = c + (c << 3)
  words[at + 2] = ((c << 21) | (c >>> 11)) + t
  return t
}

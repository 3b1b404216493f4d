// Sequence numbers are u32 and begin again at 0 after 0xFFFFFFFF: of two of them the later one is that which is
// reached in fewer steps forward.

/** Steps from `from` to `to`, negative for backward: -2^31 to 2^31 - 1. */
export function sequenceSteps(from: number, to: number): number {
  return (to - from) | 0
}

/** The u32 nearest to `near` that ends in these 16 bits: the short form carries no more of a sequence. Half-way is behind. */
export function nearestSequence(low16: number, near: number): number {
  return (near + (((low16 - near) << 16) >> 16)) >>> 0
}

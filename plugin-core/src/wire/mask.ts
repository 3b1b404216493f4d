// Sets of slots as bits: one byte for eight slots, least significant first; u64 in the messages
// that name slots once in a while.

import type { U64 } from './packet.ts'

export function maskBytes(slots: number): number {
  return (slots + 7) >> 3
}

export function slotsOf(mask: U64): number[] {
  const slots: number[] = []
  for (let slot = 0; slot < 64; slot++)
    if (((slot < 32 ? mask.lo >>> slot : mask.hi >>> (slot - 32)) & 1) === 1) slots.push(slot)
  return slots
}

export function maskOf(slots: Iterable<number>): U64 {
  let lo = 0
  let hi = 0
  for (const slot of slots) {
    if (slot < 32) lo |= 1 << slot
    else hi |= 1 << (slot - 32)
  }
  return { lo: lo >>> 0, hi: hi >>> 0 }
}

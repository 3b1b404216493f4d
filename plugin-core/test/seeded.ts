// A generator for tests: the same seed gives the same numbers, so that a failure replays.

export interface Seeded {
  /** [0, 1) */
  next(): number
  below(n: number): number
  chance(p: number): boolean
}

export function seeded(seed: number): Seeded {
  let state = (seed * 2654435761 + 1) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return { next, below: n => Math.floor(next() * n), chance: p => next() < p }
}

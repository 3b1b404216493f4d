// The only file that reads a clock. Everything below the loop gets the time as an argument.

import type { Clock } from '../transport/clock.ts'

export const realClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, run) {
    const id = setTimeout(run, delayMs)
    return () => clearTimeout(id)
  },
}

/** Milliseconds since 1970 of a time of `realClock`: comparable between a worker and its page. */
export function sinceEpoch(nowMs: number): number {
  return performance.timeOrigin + nowMs
}

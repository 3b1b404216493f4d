// Counts the draws that making a payload consumes. Who checks the envelope makes the same draws, and another count says
// that the sender made the payload another way than the rules do.

import type { PrngSpan } from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'

export class DrawCounter {
  readonly seed: number
  count = 0
  readonly #next: () => number

  /** `next` is a generator that `seed` has seeded. */
  constructor(seed: number, next: () => number) {
    this.seed = seed
    this.#next = next
  }

  draw(): number {
    this.count++
    return this.#next()
  }

  /** For the envelope. */
  get span(): PrngSpan {
    return { seed: this.seed, count: this.count }
  }
}

/** Null when both tell the same. `mine` is what this machine consumed for the same payload; null: it cannot tell. */
export function spanFault(said: PrngSpan | undefined, mine: PrngSpan | null): Refusal | null {
  if (mine === null) return null
  if (said === undefined)
    return mine.count === 0 ? null : refusal('ERR_PRNG_MISMATCH', `it names no draws, the rules take ${mine.count}`)
  if (said.seed === mine.seed && said.count === mine.count) return null
  return refusal(
    'ERR_PRNG_MISMATCH',
    `it says ${said.count} draws from seed ${said.seed}, the rules take ${mine.count} from seed ${mine.seed}`,
  )
}

// What the fuzzer feeds: a decoder, or a state machine that stays alive from one input to the next.

import type { MutationSource } from './mutator.ts'

/** One input, in the middle of bytes that are not its own. */
export interface Input {
  readonly arena: Uint8Array
  readonly start: number
  readonly end: number
  /** `arena[start..end)`; valid during the call. */
  readonly view: Uint8Array
}

export interface Target {
  readonly name: string
  /** Real inputs, to begin with. */
  readonly seeds: readonly Uint8Array[]
  /** Numbers that mean something to it now. */
  readonly values: MutationSource['values']
  /** Bytes at the front without which nobody listens. */
  headerOf(bytes: Uint8Array): number
  /**
   * Feeds one input. Throws where the product throws, and where a promise is broken. A decoder answers what it read
   * (null: refused), and the same again for the same bytes, whatever is around them.
   */
  feed(input: Input): unknown
  /** State machines: how one input is followed by the next, and when all begins anew. Absent: nothing is kept between inputs. */
  readonly machine?: Machine
}

export interface Machine {
  /** Begins anew, at some stage of a match that the seed decides. */
  restart(seed: number): void
  /** Over: what comes now is not listened to. */
  readonly ended: boolean
  /** Everything that came out since `restart`, in one number: equal inputs, equal digests. */
  readonly digest: number
}

/** The middle of an arena: far enough from both ends for any index that is a little wrong. */
const AT = 2048

/** Keeps one input at a time among bytes that nobody may look at. */
export class Arena implements Input {
  readonly arena: Uint8Array
  readonly start = AT
  end = AT
  view: Uint8Array
  readonly #poison: number
  readonly #views: Uint8Array[] = []

  constructor(poison: number) {
    this.#poison = poison
    this.arena = new Uint8Array(3 * AT).fill(poison)
    this.view = this.arena.subarray(AT, AT)
  }

  put(bytes: Uint8Array, size = bytes.length): this {
    const { arena } = this
    for (let i = 0; i < size; i++) arena[AT + i] = bytes[i]
    // What a longer one left.
    for (let i = AT + size; i < this.end; i++) arena[i] = this.#poison
    this.end = AT + size
    this.view = this.#views[size] ??= arena.subarray(AT, AT + size)
    return this
  }
}

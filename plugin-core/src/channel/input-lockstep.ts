// One player's inputs as they come from the line: exactly one for each tick (`specs/domn.md`, Channels). Whoever closes
// ticks takes them from here; that the first input of a tick stands is decided nowhere else.

import { equalBytes, equalRange } from '../bytes/equal.ts'
import { InputRing } from '../wire/input-message.ts'

/**
 * `taken`: it is the tick's input now. `repeated`: the same bytes are there, or the tick is over; harmless.
 * `contradicts`: another input is there, and stays; a PROTOCOL error of the sender. `ahead`: beyond the buffer, to be sent again.
 */
export type InputArrival = 'taken' | 'repeated' | 'contradicts' | 'ahead'

export class InputLockstep {
  /** The inputs themselves, for whoever closes ticks. Written here alone. */
  readonly ring: InputRing
  #lastTick = 0

  /** `ticks`: from the oldest one that is still wanted or compared to the newest that may come. */
  constructor(ticks: number, inputBytes: number) {
    this.ring = new InputRing(ticks, inputBytes)
  }

  /** Newest tick up to which every input is here. */
  get lastTick(): number {
    return this.#lastTick
  }

  /** Forgets everything: the first input is that of this tick. */
  start(firstTick: number): void {
    this.ring.clear()
    this.#lastTick = firstTick - 1
  }

  /** Ticks up to this one are decided without this player: what it still says of them changes nothing. */
  skipTo(tick: number): void {
    if (tick <= this.#lastTick) return
    this.#lastTick = tick
    this.#advance()
  }

  /**
   * One input, with its tick's events if they travel with it. Inputs may come in any order; those beyond `limitTick` are not
   * taken. Bytes are copied, events are kept as they are.
   */
  take(tick: number, input: Uint8Array, events: readonly Uint8Array[] | null, limitTick: number): InputArrival {
    const { inputs } = this.ring
    if (input.length !== inputs.sizeBytes)
      throw new RangeError(`an input of ${input.length} bytes where the game's have ${inputs.sizeBytes}`)
    if (inputs.has(tick)) {
      const same =
        equalRange(inputs.view(tick), 0, input, 0, input.length) && equalEvents(this.ring.events(tick), events)
      return same ? 'repeated' : 'contradicts'
    }
    if (tick <= this.#lastTick) return 'repeated'
    if (tick > limitTick) return 'ahead'
    this.ring.set(tick, input, events)
    this.#advance()
    return 'taken'
  }

  #advance(): void {
    while (this.ring.has(this.#lastTick + 1)) this.#lastTick++
  }
}

function equalEvents(a: readonly Uint8Array[] | null, b: readonly Uint8Array[] | null): boolean {
  if (a === b) return true
  if (a === null || b === null || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!equalBytes(a[i], b[i])) return false
  return true
}

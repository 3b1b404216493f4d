// One player's large events at the host, from EVENT until the tick that names them is taken. The oldest makes room: a player has no more
// on their way than fit here, and sends again what its host has lost.

import { refersTo, type LargeEventSource } from '../../wire/event-reference.ts'
import { LARGE_EVENTS_HELD } from '../../wire/limits.ts'
import type { LargeEvent } from '../../wire/messages.ts'

export class HeldEvents implements LargeEventSource {
  readonly #held: LargeEvent[] = []

  keep(v: LargeEvent): void {
    const { hi, lo } = v.hash
    const at = this.#held.findIndex(({ hash }) => hash.hi === hi && hash.lo === lo)
    if (at >= 0) this.#held.splice(at, 1)
    else if (this.#held.length === LARGE_EVENTS_HELD) this.#held.shift()
    this.#held.push(v)
  }

  find(_tick: number, reference: Uint8Array): Uint8Array | null {
    return this.#held.find(({ hash }) => refersTo(reference, hash))?.bytes ?? null
  }
}

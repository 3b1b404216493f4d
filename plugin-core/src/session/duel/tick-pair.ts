// Closes ticks at one side of a duel: as soon as its own input and the other's are there, each by itself, and both alike.

import type { SlotEvent } from '../../input/tick-control.ts'
import type { Terms } from '../../wire/messages.ts'
import type { FactList } from '../fact-list.ts'
import type { Changes } from './changes.ts'
import type { OwnInputs } from './own-inputs.ts'
import type { RemoteInputs } from './remote-inputs.ts'

export class TickPair {
  closedTick = 0
  readonly #size: number
  readonly #row: Uint8Array

  constructor({ inputBytes, maxPlayers }: Terms) {
    this.#size = inputBytes
    this.#row = new Uint8Array(maxPlayers * inputBytes)
  }

  /** Closes what can be closed, a fact each. `slot` is this side's. */
  close(slot: number, own: OwnInputs, remote: RemoteInputs, changes: Changes, facts: FactList): void {
    while (!own.stalled) {
      const tick = this.closedTick + 1
      if (tick > own.newest || tick > remote.received) break
      own.copy(tick, this.#row, slot * this.#size)
      remote.copy(tick, this.#row, (1 - slot) * this.#size)
      const events = merged(slot, own.events(tick), remote.takenEvents(tick))
      facts.pushTick(tick, this.#row, changes.controlOf(tick), events)
      this.closedTick = tick
    }
    changes.closed(this.closedTick)
  }
}

// In the order of slots, then of sending.
function merged(
  slot: number,
  mine: readonly Uint8Array[] | null,
  theirs: readonly Uint8Array[] | null,
): SlotEvent[] | null {
  if (mine === null && theirs === null) return null
  const events: SlotEvent[] = []
  for (let each = 0; each < 2; each++)
    for (const bytes of (each === slot ? mine : theirs) ?? []) events.push({ slot: each, bytes })
  return events
}

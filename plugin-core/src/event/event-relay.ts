// A host's judgement of what players say, where it knows their game: what nobody would deliver does not travel. The sender is
// told by a fact of the host in its place, and so is everyone else.

import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import { EVENT_TICK_BYTES } from '../wire/limits.ts'
import { eventWords, gateOver, type DeclaredRights, type GateParts } from './event-memory.ts'
import { EventFaults } from './event-fault.ts'
import { encodeHostFact, isHostFact } from './host-fact.ts'
import type { SignatureBook } from './signature.ts'

export interface EventRelayOptions {
  readonly slots: number
  readonly rights: DeclaredRights
  /** Name of the match, for tokens of its key. */
  readonly match: string
  /** Where events are signed, or the match has a key. */
  readonly signatures?: SignatureBook | null
  /** A running match: what its world says of events after `tick`, and who is in it. */
  readonly from?: { readonly tick: number; readonly words: Uint32Array; readonly present: readonly number[] } | null
}

export class EventRelay {
  readonly faults = new EventFaults()
  readonly #parts: GateParts
  readonly #present = new Set<number>()
  #tick = 0

  constructor({ slots, rights, match, signatures = null, from }: EventRelayOptions) {
    const words = from?.words ?? new Uint32Array(eventWords(slots, rights))
    this.#parts = gateOver({ words, slots, rights, hosted: true, match, signatures })
    if (from == null) return
    this.#tick = from.tick
    for (const slot of from.present) this.#present.add(slot)
  }

  /** What goes into a tick, which is closed now. Ticks ascending, each once. */
  relay(tick: number, control: TickControl | null, events: readonly SlotEvent[] | null): readonly SlotEvent[] | null {
    if (tick <= this.#tick) return events
    this.#tick = tick
    const { gate } = this.#parts
    if (control !== null) this.#seat(tick, control)
    if (events === null) return null
    const admitted = gate.admit(tick, events)
    for (const fault of gate.refused) this.faults.add(fault)
    this.faults.repeated += gate.repeated
    if (gate.refused.length + gate.repeated === 0) return events
    const passed = events.filter(event => isHostFact(event.bytes) || admitted.some(each => each.event === event))
    this.#tellFaults(passed)
    return passed.length === 0 ? null : passed.sort((a, b) => a.slot - b.slot)
  }

  #seat(tick: number, control: TickControl): void {
    const present = this.#present
    this.#parts.gate.seat(tick, control, slot => present.has(slot))
    if (control.restart !== null) present.clear()
    for (const slot of control.leaves) present.delete(slot)
    for (const slot of control.joins) present.add(slot)
  }

  // One a slot, and none where a tick would grow too large: who cheats more hears less.
  #tellFaults(events: SlotEvent[]): void {
    let size = events.reduce((sum, { bytes }) => sum + bytes.length + 4, 0)
    const { refused } = this.#parts.gate
    for (let i = 0; i < refused.length; i++) {
      const { slot, code, kind } = refused[i]
      if (refused.findIndex(each => each.slot === slot) !== i) continue
      const bytes = encodeHostFact({ kind: 'net/fault', code, of: kind })
      size += bytes.length + 4
      if (size <= EVENT_TICK_BYTES) events.push({ slot, bytes })
    }
  }
}

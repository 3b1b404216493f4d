// Who is in a room, by slot, and the slots that are kept for a while for those whose line broke: whoever comes again with the same
// ticket finds its own. It has another version as soon as anything of it that peers are told has changed.

import { RESERVED_CALLS, RETRY_TICKS } from '../../wire/limits.ts'
import type { HostPeer } from './host-peer.ts'

export class HostRoster {
  /** By slot: order is explicit, never that of arrival. */
  slots: (HostPeer | null)[] = []
  version = 0
  #isDirty = false
  /** Slots of players whose line broke, by ticket, until a host call. */
  readonly #kept = new Map<string, { readonly slot: number; readonly until: number }>()

  /** Another match, for so many players: nobody is here yet. */
  clear(count: number): void {
    this.slots = Array.from({ length: count }, () => null)
    this.#kept.clear()
  }

  players(): HostPeer[] {
    return this.slots.filter(p => p !== null)
  }

  /** Slots that everyone waits for, for long enough to be told. */
  missing(): number[] {
    return this.players()
      .filter(p => p.missingCalls >= RETRY_TICKS)
      .map(p => p.slot)
  }

  /** Whose ticket this is; null: nobody's who is here. */
  holderOf(ticket: string): HostPeer | null {
    return ticket === '' ? null : (this.players().find(p => p.ticket === ticket) ?? null)
  }

  /** Its player is here, or its slot is kept. */
  knows(ticket: string): boolean {
    return this.#kept.has(ticket) || this.holderOf(ticket) !== null
  }

  /**
   * The slot that is kept for this ticket; else the lowest that is kept for nobody, nor `awaited`; else the one whose player is away
   * longest; -1: none. It is kept no longer.
   */
  slotFor(ticket: string, awaited: readonly number[]): number {
    const own = this.#kept.get(ticket)
    this.#kept.delete(ticket)
    if (own !== undefined) return own.slot
    const kept = [...[...this.#kept.values()].map(each => each.slot), ...awaited]
    const free = this.slots.findIndex((p, slot) => p === null && !kept.includes(slot))
    if (free >= 0 || this.#kept.size === 0) return free
    const [oldest, { slot }] = [...this.#kept][0]
    this.#kept.delete(oldest)
    return slot
  }

  put(p: HostPeer): void {
    this.slots[p.slot] = p
    this.#isDirty = true
  }

  /** Its line broke at this host call: who came with a ticket may come again. */
  leave(p: HostPeer, call: number): void {
    if (p.ticket !== '') this.#kept.set(p.ticket, { slot: p.slot, until: call + RESERVED_CALLS })
    this.slots[p.slot] = null
    this.#isDirty = true
  }

  expire(call: number): void {
    for (const [ticket, { until }] of this.#kept) if (until <= call) this.#kept.delete(ticket)
  }

  /** What it says of somebody is another. */
  changed(): void {
    this.#isDirty = true
  }

  /** Whether it is another than the last time: then its version is, too. */
  renew(): boolean {
    if (!this.#isDirty) return false
    this.#isDirty = false
    this.version = (this.version + 1) & 0xffff
    return true
  }
}

// Closes ticks: a tick is closed when the input of every slot that plays it is there. Joins, leaves,
// restarts and swaps are named for a tick here, and nowhere else.

import { EVENT_TICK_BYTES, LIMITS } from '../../wire/limits.ts'
import type { Terms } from '../../wire/messages.ts'
import type { Restart, SlotEvent, TickControl } from '../../input/tick-control.ts'
import { RowRing } from '../../wire/tick-message.ts'
import type { HostPeer } from './host-peer.ts'

export class TickCloser {
  closedTick = 0
  /** The tick at which a named round starts; not above `closedTick`: none is coming. */
  nextStart = 0
  /** Closed ticks, for those who have not applied them yet. */
  readonly rows: RowRing
  readonly #slots: readonly (HostPeer | null)[]
  readonly #inputBytes: number
  #restart: Restart | null = null
  /** Everyone who plays the named round. */
  #joins: number[] = []
  #leaves: number[] = []
  /** Who joins the running round, and from which tick on. */
  #entries: { tick: number; slot: number }[] = []
  #swap: number | null = null
  /** Events that did not fit their tick wait here, in order. */
  readonly #late: SlotEvent[] = []

  constructor(slots: readonly (HostPeer | null)[], terms: Terms) {
    this.#slots = slots
    this.#inputBytes = terms.inputBytes
    this.rows = new RowRing(LIMITS.replayBufferTicks, terms.maxPlayers, terms.inputBytes)
  }

  /** A tick that another host has closed: it stays as it was. */
  adopt(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    this.rows.claim(tick, control, events).set(row)
    this.closedTick = tick
  }

  /** This slot played under another host, and has not come back. */
  leaveSlot(slot: number): void {
    this.#leaves.push(slot)
  }

  /** Whether the next tick waits for this playing peer. */
  wants(p: HostPeer): boolean {
    const next = this.closedTick + 1
    return next >= p.firstTick && p.lastInput < next
  }

  restartAt(tick: number, restart: Restart, joins: number[]): void {
    this.nextStart = tick
    this.#restart = restart
    this.#joins = joins
  }

  /** Who plays the round that starts at this tick. */
  joinsOf(startTick: number): readonly number[] {
    return this.nextStart === startTick ? this.#joins : []
  }

  /** This slot plays the running round from a tick on that is not closed. */
  joinAt(tick: number, slot: number): void {
    this.#entries.push({ tick, slot })
  }

  /** The slot has no part in any tick that is not closed yet. */
  leaveNext(p: HostPeer): void {
    if (this.nextStart > this.closedTick) this.#joins = this.#joins.filter(slot => slot !== p.slot)
    this.#entries = this.#entries.filter(entry => entry.slot !== p.slot)
    if (p.firstTick <= this.closedTick) this.#leaves.push(p.slot)
  }

  swapNext(rulesHash: number): void {
    this.#swap = rulesHash
  }

  /** Closes what can be closed; answers how many ticks that was. */
  close(): number {
    const before = this.closedTick
    while (this.#ready(this.closedTick + 1)) this.#closeTick(this.closedTick + 1)
    return this.closedTick - before
  }

  #ready(tick: number): boolean {
    let playing = 0
    for (const p of this.#slots) {
      if (p === null || !p.playing || p.firstTick > tick) continue
      playing++
      if (p.lastInput < tick) return false
    }
    // Without anyone left there is nobody to close ticks for; a leave is then told by the next start.
    return playing > 0
  }

  #closeTick(tick: number): void {
    const events = this.#eventsOf(tick)
    const row = this.rows.claim(tick, this.#controlOf(tick), events)
    const size = this.#inputBytes
    row.fill(0)
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const p = this.#slots[slot]
      if (p === null || !p.playing || p.firstTick > tick) continue
      row.set(p.inputs.inputs.view(tick), slot * size)
      p.countMargin(p.lastInput - tick)
    }
    this.closedTick = tick
  }

  #controlOf(tick: number): TickControl | null {
    const start = tick === this.nextStart
    const enter = this.#entries.length > 0 && this.#entries.some(entry => entry.tick === tick)
    if (!start && !enter && this.#leaves.length === 0 && this.#swap === null) return null
    const entries = this.#entries.filter(entry => entry.tick === tick).map(entry => entry.slot)
    if (enter) this.#entries = this.#entries.filter(entry => entry.tick !== tick)
    const control: TickControl = {
      restart: start ? this.#restart : null,
      joins: start ? this.#joins : entries.sort((a, b) => a - b),
      leaves: this.#leaves.sort((a, b) => a - b),
      swap: this.#swap,
    }
    this.#leaves = []
    this.#swap = null
    return control
  }

  // In the order of slots, then of sending; what does not fit this tick goes first into the next.
  #eventsOf(tick: number): SlotEvent[] | null {
    const all = this.#late
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const p = this.#slots[slot]
      if (p === null || !p.playing || p.firstTick > tick) continue
      const events = p.inputs.events(tick)
      if (events !== null) for (const bytes of events) all.push({ slot, bytes })
    }
    if (all.length === 0) return null
    let size = 0
    let count = 0
    while (count < all.length) {
      size += all[count].bytes.length + 4
      if (count > 0 && size > EVENT_TICK_BYTES) break
      count++
    }
    return all.splice(0, count).sort((a, b) => a.slot - b.slot)
  }
}

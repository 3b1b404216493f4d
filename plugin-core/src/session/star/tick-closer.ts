// Closes ticks: when the input of every slot that plays is there, or (authoritative) on time, with what is there. Joins, leaves,
// restarts and swaps are named for a tick here, and nowhere else.

import { eventHash, eventSize, isLarge } from '../../wire/event-reference.ts'
import { EVENT_QUEUE, EVENT_TICK_BYTES, EVENTS_PER_TICK, LARGE_EVENTS_PER_TICK, LIMITS } from '../../wire/limits.ts'
import type { LargeEvent, Terms } from '../../wire/messages.ts'
import type { Restart, SlotEvent, TickControl } from '../../input/tick-control.ts'
import type { EventRelay } from '../../event/event-relay.ts'
import { encodeHostFact, isHostFact } from '../../event/host-fact.ts'
import { RowRing } from '../../wire/tick-message.ts'
import type { HostPeer } from './host-peer.ts'
import type { Referee } from './referee.ts'

/** Where a slot's input of the tick that is being closed comes from. */
const FROM_NOBODY = 0
const FROM_PLAYER = 1
const FROM_HOST = 2
/** Names of 32 characters in 300 bytes. */
const CAPS_PER_FACT = 8

export class TickCloser {
  closedTick = 0
  /** The tick at which a named round starts; not above `closedTick`: none is coming. */
  nextStart = 0
  /** Closed ticks, for those who have not applied them yet. */
  readonly rows: RowRing
  /** The large events of closed ticks, ascending: they go out apart from them. */
  readonly large: LargeEvent[] = []
  /** Events that were dropped: of a player who has as many waiting as may wait. */
  dropped = 0
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
  #late: SlotEvent[] = []
  #relay: EventRelay | null
  readonly #from: Uint8Array
  /** Each slot's last input that came from its player, and its tick: what stands for a missing one. */
  readonly #accepted: readonly Uint8Array[]
  readonly #acceptedTick: Float64Array
  readonly #guess: Uint8Array

  /** `relay` judges what players say; null: this host does not know their game. */
  constructor(slots: readonly (HostPeer | null)[], terms: Terms, relay: EventRelay | null = null) {
    this.#slots = slots
    this.#relay = relay
    this.#inputBytes = terms.inputBytes
    this.#from = new Uint8Array(terms.maxPlayers)
    this.#accepted = Array.from(slots, () => new Uint8Array(terms.inputBytes))
    this.#guess = new Uint8Array(terms.inputBytes)
    this.#acceptedTick = new Float64Array(terms.maxPlayers)
    this.rows = new RowRing(LIMITS.replayBufferTicks, terms.maxPlayers, terms.inputBytes)
  }

  /** A tick that another host has closed: it stays as it was. */
  adopt(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    this.rows.claim(tick, control, events).set(row)
    this.#relay?.relay(tick, control, events)
    this.closedTick = tick
    if (events !== null) this.#keepLarge(tick, events)
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
    // Else the slot's next player would have said it.
    this.#late = this.#late.filter(event => event.slot !== p.slot)
  }

  /** The host's word on what a slot may, for the next tick: in facts so small that a tick carries them, however many names there are. */
  sayRights(slot: number, kind: 'net/grant' | 'net/revoke', caps: readonly string[]): void {
    for (let i = 0; i < caps.length; i += CAPS_PER_FACT)
      this.#sayNext(slot, encodeHostFact({ kind, caps: caps.slice(i, i + CAPS_PER_FACT) }))
  }

  #sayNext(slot: number, fact: Uint8Array): void {
    // Before all that players say, behind what it said itself.
    const place = this.#late.findIndex(event => !isHostFact(event.bytes))
    this.#late.splice(place < 0 ? this.#late.length : place, 0, { slot, bytes: fact })
  }

  swapNext(rulesHash: number): void {
    this.#swap = rulesHash
    // Who may say what is the new rules' business, which are not known here.
    this.#relay = null
  }

  /** Closes what can be closed; answers how many ticks that was. */
  close(): number {
    const before = this.closedTick
    while (this.#ready(this.closedTick + 1)) this.#closeTick(this.closedTick + 1)
    return this.closedTick - before
  }

  /** Whether the next tick has somebody who plays it, and every input. */
  get complete(): boolean {
    return this.#ready(this.closedTick + 1)
  }

  /** Closes one tick with what is there; answers how many that were: none without anyone who plays. */
  closeOnTime(referee: Referee | null): number {
    const tick = this.closedTick + 1
    let playing = 0
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const p = this.#slots[slot]
      this.#from[slot] = FROM_NOBODY
      if (p === null || !p.playing) continue
      playing++
      if (p.firstTick > tick) continue
      if (p.lateEvents.length > 0) this.#takeLateEvents(p)
      if (!p.inputs.has(tick)) {
        this.#from[slot] = FROM_HOST
        p.missTick(tick)
        continue
      }
      p.countWorstMargin(p.lastInput - tick)
      const allowed = referee?.allows(slot, p.inputs.inputs.view(tick)) ?? true
      this.#from[slot] = allowed ? FROM_PLAYER : FROM_HOST
      if (!allowed) p.vetoed++
    }
    if (playing === 0) return 0
    const control = this.#controlOf(tick)
    const events = this.#eventsOf(tick, control)
    const row = this.rows.claim(tick, control, events)
    row.fill(0)
    for (let slot = 0; slot < this.#slots.length; slot++)
      if (this.#from[slot] === FROM_PLAYER) this.#accept(tick, slot, row)
      else if (this.#from[slot] === FROM_HOST) this.#substitute(tick, slot, row, referee)
    this.closedTick = tick
    referee?.closed(tick, row, control, events)
    return 1
  }

  #takeLateEvents(p: HostPeer): void {
    for (const bytes of p.lateEvents) this.#queue(p, bytes)
    p.lateEvents.length = 0
    this.dropped += p.lateDropped
    p.lateDropped = 0
  }

  #accept(tick: number, slot: number, row: Uint8Array): void {
    const size = this.#inputBytes
    const input = this.#slots[slot]!.inputs.inputs.view(tick)
    row.set(input, slot * size)
    this.#accepted[slot].set(input)
    this.#acceptedTick[slot] = tick
  }

  // Its player's last one, also if that came too late for its own tick; or the game's guess. Who has given none yet stands still.
  #substitute(tick: number, slot: number, row: Uint8Array, referee: Referee | null): void {
    const p = this.#slots[slot]!
    if (p.lateTick > this.#acceptedTick[slot]) {
      if (referee?.allows(slot, p.lateInput) ?? true) {
        this.#accepted[slot].set(p.lateInput)
        this.#acceptedTick[slot] = p.lateTick
      } else {
        p.vetoed++
        p.lateTick = 0
      }
    }
    const accepted = this.#acceptedTick[slot]
    if (accepted < p.firstTick) return
    const size = this.#inputBytes
    const guessed = referee?.predict(this.#accepted[slot], tick - accepted, this.#guess) === true
    row.set(guessed ? this.#guess : this.#accepted[slot], slot * size)
  }

  #ready(tick: number): boolean {
    let playing = 0
    for (const p of this.#slots) {
      if (p === null || !p.playing) continue
      playing++
      if (p.firstTick <= tick && p.lastInput < tick) return false
    }
    // Without anyone left there is nobody to close ticks for; a leave is then told by the next start. Somebody who comes in a
    // little later has to get there: nobody else may be left to close the ticks until then.
    return playing > 0
  }

  #closeTick(tick: number): void {
    const control = this.#controlOf(tick)
    const row = this.rows.claim(tick, control, this.#eventsOf(tick, control))
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

  // What the host says, then what the slots say, in the order of sending; what does not fit this tick goes first into the next.
  #eventsOf(tick: number, control: TickControl | null): readonly SlotEvent[] | null {
    if (control !== null) for (const slot of control.joins) this.#tellGrants(slot)
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const p = this.#slots[slot]
      if (p === null || !p.playing || p.firstTick > tick) continue
      // Also those of an input that the rules forbid: who may say what is no matter of inputs.
      const events = p.inputs.events(tick)
      if (events !== null) for (const bytes of events) this.#queue(p, bytes)
    }
    const chosen = this.#late.length === 0 ? null : this.#choose()
    const events = this.#relay === null ? chosen : this.#relay.relay(tick, control, chosen)
    if (events?.some(each => isLarge(each.bytes)) === true) this.#keepLarge(tick, events)
    return events
  }

  // As many as fit; what waits goes first into the next tick. One slot's burst holds up nobody else.
  #choose(): SlotEvent[] {
    const chosen: SlotEvent[] = []
    const waiting: SlotEvent[] = []
    const counts = new Uint8Array(this.#slots.length)
    let size = 0
    let large = 0
    for (const event of this.#late) {
      const { slot, bytes } = event
      const isMore = counts[slot] === EVENTS_PER_TICK
      const isTooLarge =
        size + eventSize(bytes) + 4 > EVENT_TICK_BYTES || (isLarge(bytes) && large === LARGE_EVENTS_PER_TICK)
      if (isMore || (chosen.length > 0 && isTooLarge) || chosen.length === counts.length * EVENTS_PER_TICK) {
        waiting.push(event)
        // Nothing of a slot overtakes what it said before.
        counts[slot] = EVENTS_PER_TICK
        continue
      }
      if (!isHostFact(bytes)) counts[slot]++
      size += eventSize(bytes) + 4
      if (isLarge(bytes)) large++
      chosen.push(event)
    }
    this.#late = waiting
    return chosen.sort((a, b) => a.slot - b.slot)
  }

  // A player's ticket grants more than the game gives to everyone, or less: from its first tick on, on all machines.
  #tellGrants(slot: number): void {
    const p = this.#slots[slot]
    if (p === null || p.granted) return
    p.granted = true
    this.sayRights(slot, 'net/grant', p.grants)
    this.sayRights(slot, 'net/revoke', p.revoked)
  }

  // One who emits more than ticks carry has as many waiting here as it may have itself; the others have their own.
  #queue(p: HostPeer, bytes: Uint8Array): void {
    const { slot } = p
    if (isHostFact(bytes)) p.faults.unexpected++
    else if (this.#late.length >= EVENT_QUEUE && this.#late.filter(e => e.slot === slot).length >= EVENT_QUEUE)
      this.dropped++
    else this.#late.push({ slot, bytes })
  }

  #keepLarge(tick: number, events: readonly SlotEvent[]): void {
    for (const { bytes } of events) if (isLarge(bytes)) this.large.push({ tick, hash: eventHash(bytes), bytes })
    while (this.large.length > 0 && this.large[0].tick <= tick - LIMITS.replayBufferTicks) this.large.shift()
  }
}

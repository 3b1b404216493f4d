// This player's events where the host waits for nobody. Inputs that come too late are of no use there, but what was emitted with
// them is: it is repeated, in order, until it is seen in a closed tick, or the host says that it has it. So a line that
// loses packets makes an event late, and loses none.

import type { SlotEvent } from '../../input/tick-control.ts'
import { equalBytes } from '../../bytes/equal.ts'
import { InputRing, writeInput } from '../../wire/input-message.ts'
import { eventSize } from '../../wire/event-reference.ts'
import { EVENT_QUEUE, EVENTS_UNDER_WAY_BYTES, LIMITS } from '../../wire/limits.ts'
import { TYPE } from '../../wire/messages.ts'
import { CHANNEL, FULL_MESSAGE_HEADER_BYTES, type PacketQueue } from '../../wire/packet.ts'
import type { LocalInputs } from '../local-inputs.ts'
import { LargeEvents } from './large-events.ts'

interface SentEvent {
  readonly tick: number
  readonly bytes: Uint8Array
  /** The host has it: it is in a tick to come, or was refused. */
  isThere: boolean
}

export class SentEvents extends LargeEvents {
  /** Not seen in a closed tick, in the order of sending. */
  #sent: SentEvent[] = []
  /** Of those, how many the host is not known to have, and their bytes. */
  #open = 0
  #openBytes = 0
  #closedTick = 0
  /** Comes in again with this tick, Infinity: it is not known yet; 0: is in. */
  #firstTick = 0
  /** Of events up to this tick it is not known whether a tick has them. */
  #unsureTo = 0
  /** Inputs of the ticks that have to be repeated: the player's own ring goes on without them. */
  #kept: InputRing | null = null
  #keptTo = 0
  readonly #range = { firstTick: 0, count: 0, applied: 0 }
  readonly #told: (message: string) => void

  /** `told` hears in a sentence of events of which nobody knows whether they were heard. */
  constructor(told: (message: string) => void) {
    super()
    this.#told = told
  }

  // So that all of them always fit one INPUT, and the oldest are never overtaken.
  override takes(bytes: Uint8Array, tick: number): boolean {
    if (tick <= this.#closedTick || this.#firstTick > 0) return false
    // More would not wait at the host, either.
    if (this.#sent.length === EVENT_QUEUE) return false
    if (this.#open > 0) {
      const isFull = this.#openBytes + eventSize(bytes) > EVENTS_UNDER_WAY_BYTES
      if (isFull || tick - this.#oldest() >= LIMITS.inputBufferTicks) return false
    }
    if (!super.takes(bytes, tick)) return false
    this.#sent.push({ tick, bytes, isThere: false })
    this.#count()
    return true
  }

  /** What a closed tick holds. The host takes all of a tick's events or none, and keeps their order. */
  seen(events: readonly SlotEvent[], ownSlot: number): void {
    for (let i = 0; i < events.length && this.#sent.length > 0; i++) {
      const { slot, bytes } = events[i]
      if (slot !== ownSlot) continue
      const at = this.#sent.findIndex(each => equalBytes(each.bytes, bytes))
      if (at < 0) continue
      const { tick } = this.#sent[at]
      this.#sent.splice(0, at + 1)
      this.there(tick)
    }
  }

  /** The host has every event of ticks up to this one. */
  there(tick: number): void {
    for (const each of this.#sent) if (each.tick <= tick) each.isThere = true
    this.#count()
  }

  /** Ticks up to this one are closed; of those that are to be repeated the inputs are kept. */
  keep(own: LocalInputs, closedTick: number): void {
    this.#closedTick = closedTick
    // Of these the host has said that it passes them on to nobody.
    const gone = closedTick - LIMITS.timeoutTicks
    if (this.#firstTick === 0)
      while (this.#sent.length > 0 && this.#sent[0].isThere && this.#sent[0].tick < gone) this.#sent.shift()
    else if (closedTick >= this.#firstTick) own.again(this.#takeBack())
    if (this.#open === 0) return
    const { ring } = own
    const newest = this.#newestOverdue()
    this.#kept ??= new InputRing(2 * LIMITS.inputBufferTicks, ring.inputs.sizeBytes)
    for (let tick = Math.max(this.#oldest(), this.#keptTo + 1); tick <= newest; tick++) {
      this.#kept.set(tick, ring.inputs.view(tick), ring.events(tick))
      this.#keptTo = tick
    }
  }

  /** Whether ticks that are closed are to be said again. */
  get overdue(): boolean {
    return this.#open > 0 && this.#oldest() <= this.#closedTick
  }

  /** They, in an INPUT of their own. Answers the room that this leaves for newer ones; 0: there was not even room for them. */
  repeat(q: PacketQueue, applied: number, seq: number): number {
    const range = this.#range
    range.firstTick = this.#oldest()
    range.count = this.#newestOverdue() - range.firstTick + 1
    range.applied = applied
    const w = q.beginMessage()
    const isWhole = writeInput(w, this.#kept!, range, LIMITS.payloadBytes) === range.count
    const room = isWhole ? LIMITS.payloadBytes - w.position - FULL_MESSAGE_HEADER_BYTES : 0
    q.endMessage(TYPE.input, CHANNEL.input, seq)
    return room
  }

  /** This machine goes on after another tick, without having seen some. */
  skip(own: LocalInputs, closedTick: number): void {
    this.#unsureTo = this.#sent.at(-1)?.tick ?? 0
    this.keep(own, closedTick)
  }

  /** This player was dropped, or its line broke: the host has forgotten what was under way. */
  stop(): void {
    this.#firstTick = Infinity
    this.there(Infinity)
    this.#keptTo = 0
  }

  /** It comes in, perhaps again, with this tick: what the ticks until then do not have is sent anew. */
  override begin(firstTick: number): void {
    super.begin(firstTick)
    this.stop()
    this.#firstTick = this.#sent.length > 0 ? firstTick : 0
  }

  /**
   * Plays on under another host, which does not know what the one before has closed and what it still had in hand: inputs that are
   * under way go to it without their events, and those that no tick has follow.
   */
  moved(own: LocalInputs): void {
    const { firstTick, count } = own.rangeFor(0)
    const { ring } = own
    for (let tick = firstTick; tick < firstTick + count; tick++) ring.set(tick, ring.inputs.view(tick), null)
    this.begin(firstTick + count)
  }

  // Of what went before ticks that this machine never saw nobody can tell whether they have it.
  #takeBack(): Uint8Array[] {
    const events = this.#sent.filter(each => each.tick > this.#unsureTo).map(each => each.bytes)
    const lost = this.#sent.length - events.length
    if (lost > 0)
      this.#told(
        `emit: ${lost} events were under way when the line broke, and it is not known whether the others have heard them`,
      )
    this.clear()
    for (const bytes of events.toReversed()) this.add(bytes, 0)
    return events
  }

  clear(): void {
    this.#sent.length = 0
    this.#count()
    this.#firstTick = 0
    this.#unsureTo = 0
    this.#keptTo = 0
  }

  #oldest(): number {
    for (const each of this.#sent) if (!each.isThere) return each.tick
    return Infinity
  }

  #newestOverdue(): number {
    let newest = 0
    for (const { tick, isThere } of this.#sent) if (!isThere && tick <= this.#closedTick) newest = tick
    return newest
  }

  #count(): void {
    this.#open = 0
    this.#openBytes = 0
    for (const { bytes, isThere } of this.#sent) {
      if (isThere) continue
      this.#open++
      this.#openBytes += eventSize(bytes)
    }
  }
}

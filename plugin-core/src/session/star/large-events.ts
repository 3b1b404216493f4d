// Large events at a player's machine (`specs/domn.md`, EVENT). Its own go to the host ahead of the tick that will name them, so that nobody
// waits for them there; everyone's come from the host, and are kept until that tick is here, too.

import { eventHash, isLarge, refersTo, type LargeEventSource } from '../../wire/event-reference.ts'
import { LARGE_EVENTS_AHEAD, LARGE_EVENTS_EARLY, LARGE_EVENTS_TOLD, RETRY_TICKS } from '../../wire/limits.ts'
import type { LargeEvent } from '../../wire/messages.ts'
import type { AheadLine } from '../local-inputs.ts'

/** Calls after which a host that has not closed an event's tick is told of it again: it may have forgotten it. */
const DOUBT_CALLS = 60

interface OwnEvent extends LargeEvent {
  /** The host has it. */
  isThere: boolean
  /** The tick that names it; 0: none yet. */
  namedBy: number
  sentAt: number
}

export class LargeEvents implements AheadLine, LargeEventSource {
  /** In the order of sending. */
  #own: OwnEvent[] = []
  /** Of ticks that are not closed here. */
  #closing: LargeEvent[] = []

  /** One of this player's; `place` among those that wait: behind all of them, unless it had its tick before. */
  add(bytes: Uint8Array, place = this.#own.length): void {
    if (!isLarge(bytes)) return
    const own = { tick: 0, hash: eventHash(bytes), bytes, isThere: false, namedBy: 0, sentAt: -Infinity }
    this.#own.splice(place, 0, own)
  }

  takes(bytes: Uint8Array, tick: number): boolean {
    if (!isLarge(bytes)) return true
    const own = this.#own.find(each => each.bytes === bytes)
    if (own?.isThere === true) own.namedBy = tick
    return own?.isThere === true
  }

  find(tick: number, reference: Uint8Array): Uint8Array | null {
    return this.#closing.find(each => each.tick === tick && refersTo(reference, each.hash))?.bytes ?? null
  }

  /** EVENT of the host. */
  heard(v: LargeEvent, closedTick: number): void {
    const { tick, hash, bytes } = v
    if (bytes.length === 0) {
      for (const own of this.#own) if (own.hash.hi === hash.hi && own.hash.lo === hash.lo) own.isThere = true
    } else if (
      tick > closedTick &&
      this.#closing.length < LARGE_EVENTS_TOLD &&
      !this.#closing.some(e => e.tick === tick)
    )
      this.#closing.push(v)
  }

  /** What is to be said to the host at this call: called until it answers null. */
  due(call: number): LargeEvent | null {
    let ahead = 0
    let early = 0
    for (const own of this.#own) {
      if (own.namedBy > 0 && call - own.sentAt > DOUBT_CALLS) own.isThere = false
      if (own.isThere) {
        if (own.namedBy === 0 && ++early === LARGE_EVENTS_EARLY) return null
        continue
      }
      if (call - own.sentAt >= RETRY_TICKS) {
        own.sentAt = call
        return own
      }
      if (++ahead === LARGE_EVENTS_AHEAD) return null
    }
    return null
  }

  /** Ticks up to this one are whole here. */
  closed(tick: number): void {
    if (this.#own.length > 0) this.#own = this.#own.filter(own => own.namedBy === 0 || own.namedBy > tick)
    if (this.#closing.length > 0) this.#closing = this.#closing.filter(each => each.tick > tick)
  }

  /** Another line, perhaps to another host: what this one has is not known. */
  newLine(): void {
    this.#closing.length = 0
    for (const own of this.#own) {
      own.isThere = false
      own.sentAt = -Infinity
    }
  }

  /** This player's inputs begin anew: what they named is gone with them. */
  begin(_firstTick: number): void {
    this.#own = this.#own.filter(own => own.namedBy === 0)
  }
}

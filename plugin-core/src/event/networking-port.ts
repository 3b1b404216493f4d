// The network as tools and tests see it, over any session: envelopes go in, envelopes that every machine delivers come
// out, and the clock is the tick that everybody has closed.

import type { SlotEvent } from '../input/tick-control.ts'
import type { EventEnvelope } from './envelope.ts'
import type { EnvelopeGate } from './envelope-gate.ts'
import { refusal, type FaultCode } from './event-fault.ts'

export interface NetworkingPort {
  readonly mode: 'p2p' | 'client-server'
  /** Queues the envelope for this player's next input. False: refused, and counted. Throws a sentence when it is too large. */
  send(evt: EventEnvelope): boolean
  /** What was delivered since the last call, in the order of delivery. */
  receive(): EventEnvelope[]
  /** Newest tick of which nothing can change any more. */
  syncClock(): number
}

/** What a port needs of a session. */
export interface EventCarrier {
  readonly slot: number
  readonly closedTick: number
  emit(bytes: Uint8Array): boolean
}

/** Envelopes that may wait for `receive`: a tool that fell asleep misses the oldest, and its fault says so. */
export const INBOX = 1024

/** Over a session whose facts somebody else takes: whoever does hands each closed tick's events on. */
export class SessionPort implements NetworkingPort {
  readonly mode: 'p2p' | 'client-server'
  readonly #session: EventCarrier
  readonly #gate: EnvelopeGate
  #inbox: EventEnvelope[] = []

  constructor(options: { mode: 'p2p' | 'client-server'; session: EventCarrier; gate: EnvelopeGate }) {
    this.mode = options.mode
    this.#session = options.session
    this.#gate = options.gate
  }

  send(evt: EventEnvelope): boolean {
    const { slot } = this.#session
    if (evt.slot !== slot)
      return this.#refuse('ERR_ENVELOPE_TAMPERED', `it says slot ${evt.slot}, this is slot ${slot}`, evt)
    const sent = this.#gate.send(evt)
    if (!sent.ok) return false
    return this.#session.emit(sent.bytes) || this.#refuse('ERR_QUEUE_OVERFLOW', 'too many events wait to be sent', evt)
  }

  /** A closed tick, once, ticks ascending. Answers the events that count, for the timeline. */
  closed(tick: number, events: readonly SlotEvent[] | null): readonly SlotEvent[] | null {
    const admitted = this.#gate.admit(tick, events)
    for (const envelope of this.#gate.admitted) {
      if (this.#inbox.length === INBOX) {
        const { slot } = this.#inbox.shift()!
        this.#gate.faults.add(refusal('ERR_QUEUE_OVERFLOW', `${INBOX} envelopes wait for receive`), slot, tick)
      }
      this.#inbox.push(envelope)
    }
    return admitted
  }

  receive(): EventEnvelope[] {
    const received = this.#inbox
    this.#inbox = []
    return received
  }

  syncClock(): number {
    return this.#session.closedTick
  }

  #refuse(code: FaultCode, reason: string, { chronos }: EventEnvelope): false {
    this.#gate.faults.add(refusal(code, reason), this.#session.slot, chronos)
    return false
  }
}

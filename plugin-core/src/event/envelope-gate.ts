// What an envelope passes before it counts: on sending, on relaying, and on delivery. All that judging depends on is memory
// that the gate is given. On the players' machines that memory lies in the world: a tick's envelopes are judged with the
// state before it, again with each rollback, and so alike on every machine, however late it came.

import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import { EVENTS_PER_TICK } from '../wire/limits.ts'
import { equalBytes } from '../bytes/equal.ts'
import type { Capabilities } from './capabilities.ts'
import { MAIN_BRANCH, compareEnvelopes, type EventEnvelope, type PrngSpan } from './envelope.ts'
import { decodeEnvelope, encodeEnvelope, kindOf, type DecodedEnvelope } from './envelope-codec.ts'
import type { EnvelopeDedup } from './envelope-dedup.ts'
import { refusal, type EventFault, type Refusal } from './event-fault.ts'
import { GrantBook } from './grant-book.ts'
import { isHostFact, readHostFact } from './host-fact.ts'
import { spanFault } from './prng-span.ts'
import type { Verifier } from './signature.ts'

export interface GateOptions {
  readonly slots: number
  readonly capabilities: Capabilities
  readonly dedup: EnvelopeDedup
  /** A host closes the ticks, and may say things of its own in them. */
  readonly hosted: boolean
  /** Null: signatures are carried, and nobody asks. */
  readonly verifier?: Verifier | null
  /** Whether the match asks for a signature on every envelope. */
  readonly signed?: boolean
  /** Null: nobody shows tokens of a match key. */
  readonly grants?: GrantBook | null
  /** What this machine consumed for the same payload; null: it cannot tell. Must answer the same on every machine. */
  readonly redraw?: ((envelope: EventEnvelope) => PrngSpan | null) | null
}

/** An envelope that counts, and how it travels. */
export interface Admitted {
  readonly event: SlotEvent
  readonly envelope: EventEnvelope
}

const NOTHING: readonly Admitted[] = []

export class EnvelopeGate {
  /** What the last `admit` refused. */
  readonly refused: EventFault[] = []
  /** Repeats that the last `admit` dropped: no fault, the net repeats. */
  repeated = 0
  readonly #options: GateOptions
  readonly #counts: Uint8Array
  /** What came as these very bytes is decoded once, however often a rollback runs its tick. */
  readonly #decoded = new WeakMap<Uint8Array, DecodedEnvelope>()

  constructor(options: GateOptions) {
    const { verifier, signed, grants } = options
    if (grants != null && verifier == null) throw new TypeError('grants need a verifier: load signature.ts')
    if (signed === true && grants == null) throw new TypeError('signed envelopes need grants: whose key is whose')
    this.#options = options
    this.#counts = new Uint8Array(options.slots)
  }

  /**
   * Sending: this player's own, before it leaves. Throws a sentence when it is too large. Capabilities are those of its
   * tick, as far as they are known.
   */
  send(envelope: EventEnvelope): { readonly ok: true; readonly bytes: Uint8Array } | Refusal {
    const { capabilities } = this.#options
    const bytes = encodeEnvelope(envelope, capabilities)
    return this.#refuse(envelope, envelope.chronos) ?? { ok: true, bytes }
  }

  /** Who comes and goes at a tick, before anything else of it: the next player of a slot has what everyone has. */
  seat(tick: number, { restart, joins, leaves }: TickControl, present: (slot: number) => boolean): void {
    for (let slot = 0; slot < this.#options.slots; slot++) {
      const was = present(slot)
      const goes = leaves.includes(slot) || (restart !== null && was && !joins.includes(slot))
      if (goes || (!was && joins.includes(slot))) this.#clear(slot, tick)
    }
  }

  /**
   * Delivery: of a tick's events those that count, in the order of delivery, each as it is judged by what came before it.
   * Events for another branch are among them: a bridge's business, not the rules'.
   */
  admit(tick: number, events: readonly SlotEvent[]): readonly Admitted[] {
    this.refused.length = 0
    this.repeated = 0
    this.#counts.fill(0)
    let judged: Admitted[] | null = null
    for (const event of events) {
      if (isHostFact(event.bytes)) this.#hear(tick, event)
      else {
        const one = this.#judge(tick, event)
        if (one.ok) (judged ??= []).push({ event, envelope: one.envelope })
        else this.#fault(one, event.slot, tick, kindOf(event.bytes))
      }
    }
    if (judged === null) return NOTHING
    judged.sort((a, b) => compareEnvelopes(a.envelope, b.envelope))
    return judged.filter(({ envelope }) => this.#take(envelope, tick))
  }

  #clear(slot: number, tick: number): void {
    const { capabilities, dedup, grants } = this.#options
    dedup.clear(slot)
    if (grants == null) capabilities.clear(slot, tick)
    else grants.seat(slot, null, tick)
  }

  // Facts of the host hold at once. They stand before the envelopes of their slot.
  #hear(tick: number, { slot, bytes }: SlotEvent): void {
    const { capabilities, hosted } = this.#options
    const fact = hosted ? readHostFact(bytes) : null
    if (!hosted) this.#fault(refusal('ERR_ENVELOPE_TAMPERED', 'only a host may say this'), slot, tick, '')
    switch (fact?.kind) {
      case 'net/grant':
        capabilities.grant(slot, fact.caps, tick)
        break
      case 'net/revoke':
        capabilities.revoke(slot, fact.caps, tick)
        break
      case 'net/fault':
        this.#fault(refusal(fact.code, 'the host did not relay it'), slot, tick, fact.of)
        break
    }
  }

  #judge(tick: number, { slot, bytes }: SlotEvent): DecodedEnvelope {
    if (slot >= this.#counts.length || this.#counts[slot]++ >= EVENTS_PER_TICK)
      return refusal('ERR_QUEUE_OVERFLOW', `more than ${EVENTS_PER_TICK} envelopes of slot ${slot} at one tick`)
    let decoded = this.#decoded.get(bytes)
    if (decoded === undefined) {
      decoded = decodeEnvelope(bytes, slot, this.#options.capabilities)
      this.#decoded.set(bytes, decoded)
    }
    if (!decoded.ok) return decoded
    return this.#refuse(decoded.envelope, tick) ?? decoded
  }

  #refuse(envelope: EventEnvelope, tick: number): Refusal | null {
    const { capabilities, grants, redraw } = this.#options
    const { kind, slot, chronos, caps } = envelope
    if (chronos > tick) return refusal('ERR_ENVELOPE_TAMPERED', `it says tick ${chronos}, and came with tick ${tick}`)
    // Signatures last: they are what costs, so whoever may not speak anyway is not listened to.
    if (GrantBook.carries(kind))
      return grants == null
        ? refusal('ERR_CAPABILITY_DENIED', 'a token, and this match has no key')
        : (this.#refuseSigner(envelope) ?? grants.refuse(envelope, tick))
    return (
      capabilities.refuse(slot, kind, caps, tick) ??
      this.#refuseSigner(envelope) ??
      spanFault(envelope.prngSpan, redraw?.(envelope) ?? null)
    )
  }

  #refuseSigner({ kind, slot, envelopeHash, signature, signerId }: EventEnvelope): Refusal | null {
    const { verifier, signed, grants } = this.#options
    if (signature === undefined || signerId === undefined)
      return signed === true ? refusal('ERR_ENVELOPE_TAMPERED', 'not signed, which this match asks for') : null
    if (verifier == null) return null
    const peer = grants?.peer(slot) ?? null
    if (peer !== null && !equalBytes(peer, signerId))
      return refusal('ERR_ENVELOPE_TAMPERED', `signed by another peer than slot ${slot}'s`)
    if (peer === null && grants?.hasIssuer === true && signed === true && !GrantBook.carries(kind))
      return refusal('ERR_ENVELOPE_TAMPERED', `signed by a peer that has not shown a grant for slot ${slot}`)
    return verifier.verify(envelopeHash, signature, signerId)
      ? null
      : refusal('ERR_ENVELOPE_TAMPERED', 'its signature is not of its hash')
  }

  /** False: a repeat. */
  #take(envelope: EventEnvelope, tick: number): boolean {
    const { dedup, grants } = this.#options
    if (dedup.isRepeat(envelope)) {
      this.repeated++
      return false
    }
    dedup.add(envelope)
    if (grants == null) return true
    if (GrantBook.carries(envelope.kind)) grants.apply(envelope, tick)
    // Without a match key the slot belongs to whoever signs in it first.
    else if (!grants.hasIssuer && envelope.signerId !== undefined && grants.peer(envelope.slot) === null)
      grants.bind(envelope.slot, envelope.signerId, tick)
    return true
  }

  #fault({ code, reason }: Refusal, slot: number, tick: number, kind: string): void {
    this.refused.push({ code, slot, tick, kind, reason })
  }
}

/** Whether the rules hear it. */
export function isForRules({ envelope }: Admitted): boolean {
  return envelope.kairos === MAIN_BRANCH
}

// What an envelope passes before it counts: on sending, on relaying, and on delivery. A delivery is judged once, when the
// tick is closed, from facts alone; so every machine admits the same envelopes, and a rollback judges nothing anew.

import type { SlotEvent } from '../input/tick-control.ts'
import { EVENTS_PER_TICK } from '../wire/limits.ts'
import { equalBytes } from '../bytes/equal.ts'
import { decodeCanonical, encodeCanonical } from './canonical-cbor.ts'
import type { Capabilities } from './capabilities.ts'
import type { Data } from './data.ts'
import { MAIN_BRANCH, compareEnvelopes, type EventEnvelope, type PrngSpan } from './envelope.ts'
import { decodeEnvelope, encodeEnvelope, type DecodedEnvelope } from './envelope-codec.ts'
import { EnvelopeDedup } from './envelope-dedup.ts'
import { EventFaults, refusal, type EventFault, type Refusal } from './event-fault.ts'
import { GrantBook } from './grant-book.ts'
import { spanFault } from './prng-span.ts'
import type { Verifier } from './signature.ts'

export interface GateOptions {
  readonly slots: number
  readonly capabilities: Capabilities
  /** Null: signatures are carried, and nobody asks. */
  readonly verifier?: Verifier | null
  /** Whether the match asks for a signature on every envelope. */
  readonly signed?: boolean
  /** Null: who may do what is said once, by `capabilities`. */
  readonly grants?: GrantBook | null
  /** What this machine consumed for the same payload; null: it cannot tell. Must answer the same on every machine. */
  readonly redraw?: ((envelope: EventEnvelope) => PrngSpan | null) | null
  /** Those for another branch: a bridge takes them. */
  readonly elsewhere?: ((envelope: EventEnvelope, tick: number) => void) | null
  /** Hears of each fault at once. */
  readonly told?: ((fault: EventFault) => void) | null
}

/** One that may be carried or delivered, and how it travels. */
interface Admitted {
  readonly event: SlotEvent
  readonly envelope: EventEnvelope
}

export class EnvelopeGate {
  readonly faults: EventFaults
  /** The envelopes that the last `admit` let in, in the order of delivery. */
  admitted: readonly EventEnvelope[] = []
  readonly #options: GateOptions
  readonly #dedup: EnvelopeDedup

  constructor(options: GateOptions) {
    const { verifier, signed, grants } = options
    if (grants != null && verifier == null) throw new TypeError('grants need a verifier: load signature.ts')
    if (signed === true && grants == null) throw new TypeError('signed envelopes need grants: whose key is whose')
    this.#options = options
    this.#dedup = new EnvelopeDedup(options.slots)
    this.faults = new EventFaults(options.told)
  }

  /**
   * Sending: this player's own, before it leaves. Throws a sentence when it is too large; a refusal is counted, and the
   * caller says it to whoever emitted. Capabilities are those of its tick.
   */
  send(envelope: EventEnvelope): { readonly ok: true; readonly bytes: Uint8Array } | Refusal {
    const { slot, chronos } = envelope
    const bytes = encodeEnvelope(envelope)
    const refused = this.#refuse(envelope, slot, chronos)
    if (refused === null) return { ok: true, bytes }
    this.faults.add(refused, slot, chronos)
    return refused
  }

  /** Relaying: whether the host lets the bytes of a slot into the tick that it closes. */
  relay(tick: number, slot: number, bytes: Uint8Array): boolean {
    const judged = this.#judge(tick, slot, bytes)
    if (!judged.ok) {
      this.faults.add(judged, slot, tick)
      return false
    }
    if (this.#isRepeat(judged.envelope)) return false
    this.#take(judged.envelope, tick)
    return true
  }

  /** Delivery: of a closed tick's events those that count, in the order of delivery. Once a tick, ticks ascending. */
  admit(tick: number, events: readonly SlotEvent[] | null): readonly SlotEvent[] | null {
    if (events === null) {
      if (this.admitted.length > 0) this.admitted = []
      return null
    }
    const { elsewhere } = this.#options
    const admitted: Admitted[] = []
    for (const judged of this.#judgeAll(tick, events, this.faults)) {
      if (this.#isRepeat(judged.envelope)) continue
      this.#take(judged.envelope, tick)
      if (judged.envelope.kairos === MAIN_BRANCH) admitted.push(judged)
      else elsewhere?.(judged.envelope, tick)
    }
    this.admitted = admitted.map(({ envelope }) => envelope)
    return admitted.length === 0 ? null : admitted.map(({ event }) => event)
  }

  /** What `admit` will most likely let in: for the prediction of this player's own. Changes and counts nothing. */
  foresee(tick: number, events: readonly SlotEvent[]): readonly SlotEvent[] | null {
    const seen = this.#judgeAll(tick, events, null).filter(
      ({ envelope }) => envelope.kairos === MAIN_BRANCH && !this.#dedup.isRepeat(envelope),
    )
    return seen.length === 0 ? null : seen.map(({ event }) => event)
  }

  /** For a late joiner: what the judging of later ticks depends on. */
  save(): Uint8Array {
    const { capabilities, grants } = this.#options
    return encodeCanonical([this.#dedup.save(), capabilities.save(), grants?.save() ?? null])
  }

  /** False when these are not the bytes of such a match; they come from who is trusted with the state. */
  load(bytes: Uint8Array): boolean {
    const { capabilities, grants } = this.#options
    const decoded = decodeCanonical(bytes)
    if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 3) return false
    const [last, words, book] = decoded.value as readonly Data[]
    if (!isNumbers(last) || !isNumbers(words)) return false
    return this.#dedup.load(last) && capabilities.load(words) && (grants == null ? book === null : grants.load(book))
  }

  /** In the order of delivery. */
  #judgeAll(tick: number, events: readonly SlotEvent[], faults: EventFaults | null): Admitted[] {
    const passed: Admitted[] = []
    const counts = new Uint8Array(this.#options.slots)
    for (const event of events) {
      const { slot, bytes } = event
      const judged: DecodedEnvelope =
        slot < counts.length && counts[slot]++ >= EVENTS_PER_TICK
          ? refusal('ERR_QUEUE_OVERFLOW', `more than ${EVENTS_PER_TICK} envelopes of slot ${slot} at one tick`)
          : this.#judge(tick, slot, bytes)
      if (judged.ok) passed.push({ event, envelope: judged.envelope })
      else faults?.add(judged, slot, tick)
    }
    return passed.sort((a, b) => compareEnvelopes(a.envelope, b.envelope))
  }

  #judge(tick: number, slot: number, bytes: Uint8Array): DecodedEnvelope {
    const decoded = decodeEnvelope(bytes)
    if (!decoded.ok) return decoded
    return this.#refuse(decoded.envelope, slot, tick) ?? decoded
  }

  #refuse(envelope: EventEnvelope, slot: number, tick: number): Refusal | null {
    const { capabilities, grants, redraw } = this.#options
    const { kind, chronos, caps } = envelope
    if (envelope.slot !== slot || slot >= this.#options.slots)
      return refusal('ERR_ENVELOPE_TAMPERED', `it says slot ${envelope.slot}, and came from slot ${slot}`)
    if (chronos > tick) return refusal('ERR_ENVELOPE_TAMPERED', `it says tick ${chronos}, and came with tick ${tick}`)
    const isToken = grants != null && GrantBook.carries(kind)
    // Signatures last: they are what costs, so whoever may not speak anyway is not listened to.
    return (
      (isToken ? null : capabilities.refuse(slot, kind, caps, tick)) ??
      this.#refuseSigner(envelope) ??
      (isToken ? grants.refuse(envelope, tick) : spanFault(envelope.prngSpan, redraw?.(envelope) ?? null))
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
    if (peer === null && signed === true && !GrantBook.carries(kind))
      return refusal('ERR_ENVELOPE_TAMPERED', `signed by a peer that has not shown a grant for slot ${slot}`)
    return verifier.verify(envelopeHash, signature, signerId)
      ? null
      : refusal('ERR_ENVELOPE_TAMPERED', 'its signature is not of its hash')
  }

  #isRepeat(envelope: EventEnvelope): boolean {
    if (!this.#dedup.isRepeat(envelope)) return false
    this.faults.repeated++
    return true
  }

  #take(envelope: EventEnvelope, tick: number): void {
    this.#dedup.add(envelope)
    const { grants } = this.#options
    if (grants != null && GrantBook.carries(envelope.kind)) grants.apply(envelope, tick)
  }
}

function isNumbers(data: Data): data is readonly number[] {
  return Array.isArray(data) && data.every(item => typeof item === 'number')
}

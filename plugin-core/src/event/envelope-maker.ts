// Makes this player's envelopes: counts their ids, presents what their kind requires, and signs once where the match asks
// for it. Called when something is emitted, never from a tick.

import type { Capabilities } from './capabilities.ts'
import type { Data, DataMap } from './data.ts'
import { MAIN_BRANCH, makeEnvelope, type EnvelopeFields, type EventEnvelope, type PrngSpan } from './envelope.ts'

export interface MakerOptions {
  readonly capabilities: Capabilities
  /** The match asks for signatures: `signer` of the SignatureBook. */
  readonly sign?: ((envelope: EventEnvelope) => EventEnvelope) | null
}

/** What an envelope may say beside kind and payload. */
export interface EnvelopeExtras {
  readonly kairos?: string
  readonly causeIds?: readonly Uint8Array[]
  readonly prngSpan?: PrngSpan
  readonly metadata?: DataMap
}

export class EnvelopeMaker {
  readonly #options: MakerOptions
  #chronos = -1
  #nextId = 0

  constructor(options: MakerOptions) {
    this.#options = options
  }

  /**
   * `chronos` is the tick of the input that is sampled next: the newest simulated tick, and the input delay, and 1. Throws a
   * sentence when it cannot be carried.
   */
  make(slot: number, kind: string, payload: Data, chronos: number, extras: EnvelopeExtras = {}): EventEnvelope {
    const { capabilities, sign } = this.#options
    const id = chronos === this.#chronos ? this.#nextId : 0
    const { kairos = MAIN_BRANCH, causeIds, prngSpan, metadata } = extras
    const fields: EnvelopeFields = {
      ...{ id, kind, chronos, kairos, slot, payload, caps: capabilities.presentedFor(kind) },
      ...(causeIds === undefined ? null : { causeIds }),
      ...(prngSpan === undefined ? null : { prngSpan }),
    }
    const envelope = makeEnvelope(fields, metadata)
    this.#chronos = chronos
    this.#nextId = id + 1
    return sign == null ? envelope : sign(envelope)
  }
}

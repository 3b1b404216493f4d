// Makes this player's envelopes: counts their ids, stamps their tick, presents what their kind requires, and signs once
// where the match asks for it. Called when something is emitted, never from a tick.

import type { Capabilities } from './capabilities.ts'
import type { Data, DataMap } from './data.ts'
import { MAIN_BRANCH, makeEnvelope, type EnvelopeFields, type EventEnvelope, type PrngSpan } from './envelope.ts'

export interface MakerOptions {
  readonly slot: number
  readonly inputDelay: number
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

  /** `headTick` is the newest simulated tick. Throws a sentence when it cannot be carried. */
  make(kind: string, payload: Data, headTick: number, extras: EnvelopeExtras = {}): EventEnvelope {
    const { slot, inputDelay, capabilities, sign } = this.#options
    // Never back: an input delay that shrank would make a repeat of what follows.
    const chronos = Math.max(this.#chronos, headTick + inputDelay + 1)
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

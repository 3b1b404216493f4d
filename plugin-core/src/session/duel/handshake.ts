// How two equal sides find each other: each calls until it is answered. Whoever has heard a HELLO knows the whole agreement,
// and answers with WELCOME; whoever gets that, or anything else of the session that both derive, knows that it was heard.

import { LIMITS } from '../../wire/limits.ts'
import { TYPE, type Terms } from '../../wire/messages.ts'
import { ZERO64, type U64 } from '../../wire/packet.ts'
import { RBN1_INPUT_BYTES } from '../../wire/rbn1.ts'
import { termsDifference } from '../terms.ts'
import { agreementOf, mixedNonce, sameNonce, type Agreement } from './agreement.ts'
import type { ControlLine } from './control-line.ts'
import { duelHello, duelWelcome, type DuelHello, type DuelWelcome } from './duel-messages.ts'

export interface HandshakeOptions {
  terms: Terms
  name: string
  profile: string
  /** Random, from outside: two u32. The lower one of both sides is slot 0. */
  nonce: U64
  /** Another random one, should the other side have the same. Default: mixed from the first and this side's time. */
  redraw?: () => U64
  /** Ticks, 0-15. The larger one of both sides holds. */
  inputDelay: number
  /** Newest version of RBN1 to speak. Default 2. */
  rbn1?: 1 | 2
}

/** Why there is no duel, and a sentence for people. */
export interface Refusal {
  readonly code: 'version' | 'refused'
  readonly reason: string
}

/** Equal nonces once are an accident; so often they are a line that leads back to its own end. */
const MOST_DRAWS = 8

export class Handshake {
  /** Of the other side; null until it was heard. */
  other: DuelHello | null = null
  agreement: Agreement | null = null
  readonly #options: HandshakeOptions
  #nonce: U64
  #draws = 0

  constructor(options: HandshakeOptions) {
    this.#options = options
    this.#nonce = options.nonce
  }

  get version(): 1 | 2 {
    return this.other?.rbn1 === 1 || this.#options.rbn1 === 1 ? 1 : 2
  }

  get inputDelay(): number {
    return Math.max(this.#options.inputDelay, this.other?.inputDelay ?? 0)
  }

  /** A HELLO. `drawn`: both nonces were equal, and this side has another one now. */
  hear(v: DuelHello, salt: number): 'heard' | 'drawn' | Refusal {
    const { terms, redraw, rbn1 } = this.#options
    if (sameNonce(v.nonce, this.#nonce)) {
      if (++this.#draws > MOST_DRAWS)
        return refusal(
          'refused',
          'this line leads back to its own end: whatever this side draws, the other one has it too',
        )
      this.#nonce = redraw?.() ?? mixedNonce(this.#nonce, salt)
      this.other = null
      this.agreement = null
      return 'drawn'
    }
    const difference = termsDifference(v.terms, terms)
    if (difference !== null) return refusal('version', `the other side plays by other rules: ${difference}`)
    if ((v.rbn1 === 1 || rbn1 === 1) && terms.inputBytes !== RBN1_INPUT_BYTES)
      return refusal(
        'version',
        `RBN1 version 1 carries inputs of exactly ${RBN1_INPUT_BYTES} bytes, and this game's have ${terms.inputBytes}: both sides need version 2`,
      )
    if (v.rbn1 === 0 || v.inputDelay > MAX_INPUT_DELAY)
      return refusal('refused', 'the other side says hello in a way that makes no sense')
    this.other = v
    this.agreement = agreementOf(this.#nonce, v.nonce)
    return 'heard'
  }

  /** HELLO of the side that was heard, again. */
  isOther(v: DuelHello): boolean {
    return this.other !== null && sameNonce(this.other.nonce, v.nonce)
  }

  /** WELCOME tells what both derive. False: it is none of this session, or derives otherwise. */
  confirms(v: DuelWelcome): boolean {
    const agreement = this.agreement
    return (
      agreement !== null &&
      sameNonce(v.sessionId, agreement.sessionId) &&
      v.slot === agreement.slot &&
      v.seed === agreement.seed
    )
  }

  /** HELLO, and WELCOME as soon as the other side was heard: one packet. */
  say(control: ControlLine): void {
    const { terms, name, profile, inputDelay, rbn1 = 2 } = this.#options
    control.begin(ZERO64)
    control.add(TYPE.hello, duelHello, { terms, name, profile, rbn1, inputDelay, nonce: this.#nonce })
    const { agreement } = this
    if (agreement !== null) {
      const { sessionId, epoch, slot, seed } = agreement
      control.add(TYPE.welcome, duelWelcome, { sessionId, epoch, slot: 1 - slot, seed })
    }
    control.end()
  }
}

function refusal(code: Refusal['code'], reason: string): Refusal {
  return { code, reason }
}

export const MAX_INPUT_DELAY = 15

/** Throws a sentence for a delay that inputs could not have. */
export function checkInputDelay(delay: number, predictionWindow: number): void {
  if (!Number.isInteger(delay) || delay < 0 || delay > MAX_INPUT_DELAY)
    throw new RangeError(`an input delay is a whole number of ticks from 0 to ${MAX_INPUT_DELAY}, not ${delay}`)
  if (predictionWindow + delay >= LIMITS.inputBufferTicks)
    throw new RangeError(
      `prediction window ${predictionWindow} + input delay ${delay} must be less than the input buffer of ${LIMITS.inputBufferTicks} ticks`,
    )
}

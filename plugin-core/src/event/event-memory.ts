// Where all lies that judging envelopes depends on: one block of words, in the world on a player's machine, of its own on a
// host that only relays.

import { Capabilities, capabilityWords } from './capabilities.ts'
import { DEDUP_WORDS, EnvelopeDedup } from './envelope-dedup.ts'
import { EnvelopeGate } from './envelope-gate.ts'
import { GrantBook, grantWords } from './grant-book.ts'
import type { SignatureBook } from './signature.ts'
import type { EventEnvelope, PrngSpan } from './envelope.ts'

/** What a game declares about its events: `EventRights` of sim/event-rights.ts is one. */
export interface DeclaredRights {
  readonly requires: Readonly<Record<string, readonly string[]>>
  readonly everyone: readonly string[]
  /** The game's own capabilities, in a fixed order. */
  readonly declared: readonly string[]
  readonly signed: boolean
  /** Public key of the match, hex; null: none. */
  readonly matchKey: string | null
}

export interface GateParts {
  readonly gate: EnvelopeGate
  readonly capabilities: Capabilities
  readonly grants: GrantBook | null
}

/** u32 that a game's events take. sim/event-rights.ts counts the same, without this code. */
export function eventWords(slots: number, rights: DeclaredRights): number {
  const { declared, signed, matchKey } = rights
  const known = new Capabilities({ slots: 0, declared }).known.length
  const keyed = signed || matchKey !== null
  return slots * DEDUP_WORDS + capabilityWords(slots, known) + (keyed ? grantWords(slots, matchKey !== null) : 0)
}

/** A gate over `words`. Throws a sentence when the game declares what cannot be. */
export function gateOver(options: {
  words: Uint32Array
  slots: number
  rights: DeclaredRights
  hosted: boolean
  /** Name of the match, for its tokens. */
  match: string
  /** Null where nothing is signed. */
  signatures: SignatureBook | null
  redraw?: ((envelope: EventEnvelope) => PrngSpan | null) | null
}): GateParts {
  const { words, slots, rights, hosted, match, signatures, redraw } = options
  const { requires, everyone, declared, signed, matchKey } = rights
  if (words.length !== eventWords(slots, rights))
    throw new RangeError(`events of ${slots} slots take ${eventWords(slots, rights)} words, not ${words.length}`)
  let at = 0
  const take = (count: number): Uint32Array => words.subarray(at, (at += count))
  const dedup = new EnvelopeDedup(take(slots * DEDUP_WORDS))
  const known = new Capabilities({ slots: 0, declared }).known.length
  const capabilities = new Capabilities({
    slots,
    declared,
    required: requires,
    baseline: ['network:emit', ...everyone],
    words: take(capabilityWords(slots, known)),
  })
  const issuer = matchKey === null ? null : keyOfHex(matchKey)
  const grants =
    signatures === null
      ? null
      : new GrantBook({ slots, capabilities, issuer, match, verifier: signatures, words: words.subarray(at) })
  const gate = new EnvelopeGate({ slots, capabilities, dedup, hosted, verifier: signatures, signed, grants, redraw })
  return { gate, capabilities, grants }
}

function keyOfHex(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(hex))
    throw new TypeError('grants.matchKey is a public key: 32 bytes of Ed25519, 64 digits of hex')
  return Uint8Array.from(hex.match(/../g)!, byte => Number.parseInt(byte, 16))
}

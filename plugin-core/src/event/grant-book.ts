// Who sits where, by key; and grants and revocations that arrive as envelopes. They travel as facts of their tick, so every
// machine learns of them at the same tick, and they hold from the next one on: who judges a tick needs no word of what else
// is in it. All of it lies in memory that is given, as capabilities do.

import { equalBytes } from '../bytes/equal.ts'
import type { Capabilities } from './capabilities.ts'
import { readToken, type CapabilityClaims } from './capability-token.ts'
import type { EventEnvelope } from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'
import { HASH_BYTES } from './hash.ts'
import type { Verifier } from './signature.ts'

/** Kinds whose payload is a token: it is its own right to be carried. */
export const GRANT_KIND = 'net/grant'
export const REVOKE_KIND = 'net/revoke'

/** Revocations that are remembered, so that an older grant shown again opens nothing: one of each of 64 peers. */
export const REVOCATIONS = 64

export interface GrantBookOptions {
  readonly slots: number
  readonly capabilities: Capabilities
  /** Public key of the match; null: it has none, and whoever signs first in a slot has it. */
  readonly issuer: Uint8Array | null
  /** Name of the match. */
  readonly match: string
  readonly verifier: Verifier
  /** Memory to lie in, `grantWords` of it, which may hold something already. */
  readonly words: Uint32Array
}

/** u32 of a key. */
const KEY_WORDS = HASH_BYTES / 4
/** u32 of a revocation: the peer's key, its capability's place + 1 (0: empty), and the newest expiry that it voids. */
const VOID_WORDS = KEY_WORDS + 2

/** u32 that a book takes. Without the match's key no revocation can come. */
export function grantWords(slots: number, hasIssuer: boolean): number {
  return slots * KEY_WORDS + (hasIssuer ? REVOCATIONS * VOID_WORDS : 0)
}

export class GrantBook {
  readonly #options: GrantBookOptions
  /** By slot: the key of the peer who has it; zeros where nobody has shown one. */
  readonly #peers: readonly Uint8Array[]
  readonly #voids: readonly { readonly peer: Uint8Array; readonly words: Uint32Array }[]

  constructor(options: GrantBookOptions) {
    this.#options = options
    const { slots, words, issuer } = options
    const keyAt = (word: number): Uint8Array => new Uint8Array(words.buffer, words.byteOffset + word * 4, KEY_WORDS * 4)
    this.#peers = Array.from({ length: slots }, (_, slot) => keyAt(slot * KEY_WORDS))
    this.#voids = Array.from({ length: issuer === null ? 0 : REVOCATIONS }, (_, i) => {
      const at = slots * KEY_WORDS + i * VOID_WORDS
      return { peer: keyAt(at), words: words.subarray(at + KEY_WORDS, at + VOID_WORDS) }
    })
  }

  static carries(kind: string): boolean {
    return kind === GRANT_KIND || kind === REVOKE_KIND
  }

  /** The match's own key says who may sign in a slot. */
  get hasIssuer(): boolean {
    return this.#options.issuer !== null
  }

  peer(slot: number): Uint8Array | null {
    const peer = this.#peers[slot] ?? null
    return peer === null || peer.every(byte => byte === 0) ? null : peer
  }

  /** Who has the slot from now on; null: somebody whose key is not known yet. What the slot had before is gone. */
  seat(slot: number, peer: Uint8Array | null, from: number): void {
    this.#options.capabilities.clear(slot, from)
    this.#peers[slot].fill(0)
    if (peer !== null) this.bind(slot, peer, from)
  }

  /** Whose key is that of the slot, which nobody has shown one for. */
  bind(slot: number, peer: Uint8Array, from: number): void {
    this.#peers[slot].set(peer)
    // Who comes back has what everyone has from the start, but for what was taken from him.
    const { capabilities } = this.#options
    capabilities.known.forEach((cap, place) => {
      if (this.#voided(peer, place) > 0) capabilities.revoke(slot, [cap], from)
    })
  }

  /** Null when the token of the envelope, delivered at `tick`, may be applied; changes nothing. */
  refuse(envelope: EventEnvelope, tick: number): Refusal | null {
    const read = this.#read(envelope)
    if (!read.ok) return read
    const { claims } = read
    if (claims.type === 'revoke')
      return this.#voids.filter(each => each.words[0] === 0).length < claims.caps.length
        ? refusal('ERR_QUEUE_OVERFLOW', `more than ${REVOCATIONS} revocations`)
        : null
    const { slot, signerId } = envelope
    // Tokens can be copied: only who signs with the key that it names may use one.
    const seated = this.peer(slot)
    const isBearer = signerId === undefined ? seated !== null : equalBytes(signerId, claims.peer)
    if (!isBearer || (seated !== null && !equalBytes(seated, claims.peer)))
      return refusal('ERR_CAPABILITY_DENIED', `slot ${slot} shows a grant of another peer`)
    if (claims.expiry <= tick + 1)
      return refusal('ERR_CAPABILITY_DENIED', `a grant that expired at tick ${claims.expiry}`)
    const { known } = this.#options.capabilities
    const gone = claims.caps.find(cap => this.#voided(claims.peer, known.indexOf(cap)) >= claims.expiry)
    return gone === undefined ? null : refusal('ERR_CAPABILITY_REVOKED', `a grant of '${gone}' that was revoked`)
  }

  /** Of an envelope that was delivered: holds from the tick after `tick` on. */
  apply(envelope: EventEnvelope, tick: number): void {
    const read = this.#read(envelope)
    // Asked again: another one of the same tick may have revoked it, or taken the seat.
    if (!read.ok || this.refuse(envelope, tick) !== null) return
    const { capabilities } = this.#options
    const { type, peer, caps, expiry } = read.claims
    if (type === 'grant') {
      if (this.peer(envelope.slot) === null) this.bind(envelope.slot, peer, tick + 1)
      capabilities.grant(envelope.slot, caps, tick + 1, expiry)
      return
    }
    for (const cap of caps) this.#void(peer, capabilities.known.indexOf(cap), expiry)
    for (let slot = 0; slot < this.#peers.length; slot++)
      if (equalBytes(this.#peers[slot], peer)) capabilities.revoke(slot, caps, tick + 1)
  }

  /** Newest expiry of a peer's grants that is void; 0: none. */
  #voided(peer: Uint8Array, place: number): number {
    return this.#voids.find(each => each.words[0] === place + 1 && equalBytes(each.peer, peer))?.words[1] ?? 0
  }

  #void(peer: Uint8Array, place: number, expiry: number): void {
    // A name that means nothing here needs no room.
    if (place < 0) return
    const known = this.#voids.find(each => each.words[0] === place + 1 && equalBytes(each.peer, peer))
    const entry = known ?? this.#voids.find(each => each.words[0] === 0)
    if (entry === undefined) return
    entry.peer.set(peer)
    entry.words[0] = place + 1
    entry.words[1] = Math.max(entry.words[1], expiry)
  }

  #read({ kind, payload }: EventEnvelope): { readonly ok: true; readonly claims: CapabilityClaims } | Refusal {
    const { issuer, match, verifier } = this.#options
    if (issuer === null) return refusal('ERR_CAPABILITY_DENIED', 'a token, and this match has no key')
    if (!(payload instanceof Uint8Array)) return refusal('ERR_ENVELOPE_TAMPERED', `the payload of '${kind}' is a token`)
    const read = readToken(payload, { issuer, match, verifier })
    if (!read.ok) return read
    return (read.claims.type === 'grant') === (kind === GRANT_KIND)
      ? read
      : refusal('ERR_ENVELOPE_TAMPERED', `'${kind}' carries the other kind of token`)
  }
}

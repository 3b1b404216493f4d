// Grants and revocations that arrive as envelopes. They travel as facts of their tick, so every machine learns of them at
// the same tick, and they hold from the next one on: who judges a tick needs no word of what else is in it.

import { equalBytes } from '../bytes/equal.ts'
import type { Capabilities } from './capabilities.ts'
import { readToken, type CapabilityClaims } from './capability-token.ts'
import type { Data } from './data.ts'
import { isHash, type EventEnvelope } from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'
import { hashKey } from './hash.ts'
import type { Verifier } from './signature.ts'

/** Kinds whose payload is a token: it is its own right to be carried. */
export const GRANT_KIND = 'net/grant'
export const REVOKE_KIND = 'net/revoke'

/** Revocations that are remembered, so that an older grant shown again opens nothing: several of each of 64 peers. */
export const REVOCATIONS = 256

export interface GrantBookOptions {
  readonly slots: number
  readonly capabilities: Capabilities
  /** Public key of the match. */
  readonly issuer: Uint8Array
  /** Name of the match. */
  readonly match: string
  readonly verifier: Verifier
}

export class GrantBook {
  readonly #options: GrantBookOptions
  /** By slot: the key of the peer who has it; null where nobody has shown one. */
  readonly #peers: (Uint8Array | null)[]
  /** Grants of `peer#cap` that expire at this tick or earlier are void. */
  readonly #void = new Map<string, number>()

  constructor(options: GrantBookOptions) {
    this.#options = options
    this.#peers = new Array<null>(options.slots).fill(null)
  }

  static carries(kind: string): boolean {
    return kind === GRANT_KIND || kind === REVOKE_KIND
  }

  peer(slot: number): Uint8Array | null {
    return this.#peers[slot] ?? null
  }

  /** The handshake said who has the slot; null: nobody any more. What the slot had before is gone. */
  seat(slot: number, peer: Uint8Array | null, from: number): void {
    this.#peers[slot] = peer
    this.#options.capabilities.clear(slot, from)
    if (peer !== null) this.#revokeVoid(slot, peer, from)
  }

  /** Null when the token of the envelope, delivered at `tick`, may be applied; changes nothing. */
  refuse(envelope: EventEnvelope, tick: number): Refusal | null {
    const read = this.#read(envelope)
    if (!read.ok) return read
    const { claims } = read
    if (claims.type === 'revoke')
      return this.#void.size + claims.caps.length > REVOCATIONS
        ? refusal('ERR_QUEUE_OVERFLOW', `more than ${REVOCATIONS} revocations`)
        : null
    const { slot, signerId } = envelope
    // Tokens can be copied: only who signs with the key that it names may use one.
    const seated = this.#peers[slot]
    const isBearer = signerId === undefined ? seated !== null : equalBytes(signerId, claims.peer)
    if (!isBearer || (seated !== null && !equalBytes(seated, claims.peer)))
      return refusal('ERR_CAPABILITY_DENIED', `slot ${slot} shows a grant of another peer`)
    if (claims.expiry <= tick + 1)
      return refusal('ERR_CAPABILITY_DENIED', `a grant that expired at tick ${claims.expiry}`)
    const gone = claims.caps.find(cap => (this.#void.get(voidKey(claims.peer, cap)) ?? -1) >= claims.expiry)
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
      if (this.#peers[envelope.slot] === null) {
        this.#peers[envelope.slot] = peer
        this.#revokeVoid(envelope.slot, peer, tick + 1)
      }
      capabilities.grant(envelope.slot, caps, tick + 1, expiry)
      return
    }
    for (const cap of caps) {
      const key = voidKey(peer, cap)
      this.#void.set(key, Math.max(expiry, this.#void.get(key) ?? 0))
    }
    for (let slot = 0; slot < this.#peers.length; slot++) {
      const seated = this.#peers[slot]
      if (seated !== null && equalBytes(seated, peer)) capabilities.revoke(slot, caps, tick + 1)
    }
  }

  /** For a late joiner. */
  save(): Data {
    return [[...this.#peers], [...this.#void].map(([key, expiry]) => [key, expiry])]
  }

  /** False when `data` is not what a `save` of the same match answers. */
  load(data: Data): boolean {
    if (!isList(data) || data.length !== 2) return false
    const [peers, voided] = data
    if (!isList(peers) || peers.length !== this.#peers.length || !peers.every(isPeer)) return false
    if (!isList(voided) || voided.length > REVOCATIONS || !voided.every(isVoid)) return false
    for (let slot = 0; slot < peers.length; slot++) this.#peers[slot] = peers[slot]
    this.#void.clear()
    for (const [key, expiry] of voided) this.#void.set(key, expiry)
    return true
  }

  // Who comes back has what everyone has from the start, but for what was taken from him.
  #revokeVoid(slot: number, peer: Uint8Array, from: number): void {
    const { capabilities } = this.#options
    for (const cap of capabilities.known) if (this.#void.has(voidKey(peer, cap))) capabilities.revoke(slot, [cap], from)
  }

  #read({ kind, payload }: EventEnvelope): { readonly ok: true; readonly claims: CapabilityClaims } | Refusal {
    if (!(payload instanceof Uint8Array)) return refusal('ERR_ENVELOPE_TAMPERED', `the payload of '${kind}' is a token`)
    const read = readToken(payload, this.#options)
    if (!read.ok) return read
    return (read.claims.type === 'grant') === (kind === GRANT_KIND)
      ? read
      : refusal('ERR_ENVELOPE_TAMPERED', `'${kind}' carries the other kind of token`)
  }
}

function voidKey(peer: Uint8Array, cap: string): string {
  return `${hashKey(peer)}#${cap}`
}

function isList(data: Data): data is readonly Data[] {
  return Array.isArray(data)
}

function isPeer(data: Data): data is Uint8Array | null {
  return data === null || isHash(data)
}

function isVoid(data: Data): data is readonly [string, number] {
  return isList(data) && data.length === 2 && typeof data[0] === 'string' && typeof data[1] === 'number'
}

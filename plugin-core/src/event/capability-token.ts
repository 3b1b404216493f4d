// A grant as a thing that can be carried: the match key signs peer, capabilities, match and expiry. Whoever holds the
// bytes can show them; only the peer that they name can use them. A revocation is the same, the other way round.

import { decodeCanonical, encodeCanonical } from './canonical-cbor.ts'
import { NO_EXPIRY } from './capabilities.ts'
import type { Data } from './data.ts'
import { CAPS, SIGNATURE_BYTES, isCapability, isHash, isName, isUint } from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'
import { hashOf } from './hash.ts'
import type { Verifier } from './signature.ts'

export interface CapabilityClaims {
  readonly type: 'grant' | 'revoke'
  /** The peer's public key. */
  readonly peer: Uint8Array
  readonly caps: readonly string[]
  /** Name of the match: a token of another one opens nothing here. */
  readonly match: string
  /** A grant ends before this tick. A revocation ends every grant that expires at this tick or earlier. u32. */
  readonly expiry: number
}

/** Longest name of a match. */
export const MATCH_CHARS = 64

/** What the match key signs. */
export function tokenHash({ type, peer, caps, match, expiry }: CapabilityClaims): Uint8Array {
  // Other names of fields than an envelope's: neither's signature serves the other.
  const fields: Record<string, Data> = { peer, match, expiry }
  fields[type === 'grant' ? 'caps' : 'revoked'] = caps
  return hashOf(encodeCanonical(fields))
}

/** Throws a sentence when the claims cannot be carried. `sign` is the match key's. */
export function encodeToken(claims: CapabilityClaims, sign: (hash: Uint8Array) => Uint8Array): Uint8Array {
  const fault = claimsFault(claims)
  if (fault !== null) throw new TypeError(`a token: ${fault}`)
  const { type, peer, caps, match, expiry } = claims
  return encodeCanonical([type, peer, caps, match, expiry, sign(tokenHash(claims))])
}

/** The claims, when `issuer` signed them for this match. Never throws. */
export function readToken(
  bytes: Uint8Array,
  { issuer, match, verifier }: { readonly issuer: Uint8Array; readonly match: string; readonly verifier: Verifier },
): { readonly ok: true; readonly claims: CapabilityClaims } | Refusal {
  const decoded = decodeCanonical(bytes)
  if (!decoded.ok) return refusal('ERR_ENVELOPE_TAMPERED', `a token that is ${decoded.reason}`)
  const { value } = decoded
  if (!Array.isArray(value) || value.length !== 6) return refusal('ERR_ENVELOPE_TAMPERED', 'a token of other fields')
  const [type, peer, caps, of, expiry, signature] = value as readonly Data[]
  const claims = { type, peer, caps, match: of, expiry } as CapabilityClaims
  const fault = claimsFault(claims)
  if (fault !== null) return refusal('ERR_ENVELOPE_TAMPERED', `a token: ${fault}`)
  if (claims.match !== match) return refusal('ERR_CAPABILITY_DENIED', `a token of the match '${claims.match}'`)
  if (!(signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES))
    return refusal('ERR_ENVELOPE_TAMPERED', 'a token without a signature')
  if (!verifier.verify(tokenHash(claims), signature, issuer))
    return refusal('ERR_CAPABILITY_DENIED', 'a token that the match key did not sign')
  return { ok: true, claims }
}

function claimsFault({ type, peer, caps, match, expiry }: CapabilityClaims): string | null {
  if (type !== 'grant' && type !== 'revoke') return 'it grants or revokes'
  if (!isHash(peer)) return 'the peer is a public key of 32 bytes'
  if (!Array.isArray(caps) || caps.length === 0 || caps.length > CAPS || !caps.every(isCapability))
    return `it names 1 to ${CAPS} capabilities`
  if (!isName(match, MATCH_CHARS)) return `the match has a name of 1 to ${MATCH_CHARS} characters`
  return isUint(expiry, NO_EXPIRY + 1) ? null : 'the expiry is a tick, a u32'
}

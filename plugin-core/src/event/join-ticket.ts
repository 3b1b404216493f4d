// A star's grant: the room server's word on who joins with which capabilities, as a JSON Web Token (RFC 7519) that it
// signed with Ed25519 (RFC 8037). Whoever has the server's public key can read it; who has a clock looks at its end.

import { CAPS, SIGNATURE_BYTES, isCapability, isName, isUint } from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'
import type { Verifier } from './signature.ts'

export interface TicketClaims {
  /** Who joins: a name that the server knows. */
  readonly sub: string
  /** The room. */
  readonly aud: string
  readonly caps: readonly string[]
  /** Seconds since 1970; wall time is the server's to compare, nothing of it enters the match. */
  readonly exp: number
}

/** The one header: another algorithm, or none, is refused before anything is verified. */
const HEADER = base64url(new TextEncoder().encode('{"alg":"EdDSA","typ":"JWT"}'))
/** Longest name of a player or a room. */
const NAME_CHARS = 64

/** Throws a sentence when the claims cannot be carried. `sign` is the room server's, over the message itself. */
export function encodeTicket({ sub, aud, caps, exp }: TicketClaims, sign: (message: Uint8Array) => Uint8Array): string {
  const fault = claimsFault({ sub, aud, caps, exp })
  if (fault !== null) throw new TypeError(`a ticket: ${fault}`)
  const text = `${HEADER}.${base64url(new TextEncoder().encode(JSON.stringify({ sub, aud, caps, exp })))}`
  return `${text}.${base64url(sign(new TextEncoder().encode(text)))}`
}

/** The claims, when `issuer` signed them for the room. Never throws. */
export function readTicket(
  ticket: string,
  { issuer, room, verifier }: { readonly issuer: Uint8Array; readonly room: string; readonly verifier: Verifier },
): { readonly ok: true; readonly claims: TicketClaims } | Refusal {
  const [header, body, signature, ...rest] = ticket.split('.')
  const signed = signature === undefined ? null : bytesOf(signature)
  const payload = body === undefined ? null : bytesOf(body)
  if (header !== HEADER || rest.length > 0 || payload === null || signed?.length !== SIGNATURE_BYTES)
    return refusal('ERR_CAPABILITY_DENIED', 'a ticket that is no token signed with Ed25519')
  if (!verifier.verify(new TextEncoder().encode(`${header}.${body}`), signed, issuer))
    return refusal('ERR_CAPABILITY_DENIED', 'a ticket that the room server did not sign')
  const claims = parse(payload)
  const fault = claims === null ? 'its claims are no JSON object' : claimsFault(claims)
  if (claims === null || fault !== null) return refusal('ERR_CAPABILITY_DENIED', `a ticket: ${fault}`)
  if (claims.aud !== room) return refusal('ERR_CAPABILITY_DENIED', `a ticket of the room '${claims.aud}'`)
  const { sub, aud, caps, exp } = claims
  return { ok: true, claims: { sub, aud, caps, exp } }
}

function claimsFault({ sub, aud, caps, exp }: TicketClaims): string | null {
  if (!isName(sub, NAME_CHARS)) return `it names nobody (sub: 1 to ${NAME_CHARS} characters)`
  if (!isName(aud, NAME_CHARS)) return `it names no room (aud: 1 to ${NAME_CHARS} characters)`
  if (!Array.isArray(caps) || caps.length > CAPS || !caps.every(isCapability))
    return `it names at most ${CAPS} capabilities (caps)`
  return isUint(exp, Number.MAX_SAFE_INTEGER) ? null : 'it has no end (exp: seconds since 1970)'
}

function parse(bytes: Uint8Array): TicketClaims | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null ? (value as TicketClaims) : null
  } catch {
    return null
  }
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Null for another spelling than ours of the same bytes. */
function bytesOf(text: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
    return base64url(bytes) === text ? bytes : null
  } catch {
    return null
  }
}

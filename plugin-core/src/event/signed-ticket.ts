// Join tickets with their signatures: for servers, which have the key. Whoever only passes a ticket on needs none of this.

import type { Refusal } from './event-fault.ts'
import { encodeTicket, readTicket as readUnverified, type TicketClaims } from './join-ticket.ts'
import { SignatureBook, publicKeyOf, signHash } from './signature.ts'

export type { TicketClaims } from './join-ticket.ts'

/** A ticket. Throws a sentence when the claims cannot be carried. `key`: 32 bytes. */
export function signTicket(claims: TicketClaims, key: Uint8Array): string {
  return encodeTicket(claims, message => signHash(message, key))
}

/** The public key by which tickets of this key are read. */
export function ticketIssuer(key: Uint8Array): Uint8Array {
  return publicKeyOf(key)
}

/** What it says, when `issuer` signed it for the room; not whether it has expired. Never throws. */
export function readTicket(
  ticket: string,
  { issuer, room }: { readonly issuer: Uint8Array; readonly room: string },
): { readonly ok: true; readonly claims: TicketClaims } | Refusal {
  return readUnverified(ticket, { issuer, room, verifier: new SignatureBook() })
}

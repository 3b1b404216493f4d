// Join tickets: a server's word, signed, on who joins which room with which capabilities. The relay reads them at its door; a
// server that has the same key may issue them, too, wherever its players sign in.

import { realClock, readTicket, signTicket, sinceEpoch, ticketIssuer, type JoiningPlayer } from '@lockstride/core/host'

export interface TicketOptions {
  /** The relay's key: 32 bytes, or as many in hex. */
  key: Uint8Array | string
  /** The player, by any name that the server knows. At most 64 characters, as the room. */
  player: string
  room: string
  /** Capabilities beyond those that the game gives to everyone. At most 8, of 32 characters. Default: none. */
  grants?: readonly string[]
  /** It opens the door for so long; who is in stays. Default: an hour. */
  seconds?: number
}

/** Names that one word on a player takes, as in a ticket. */
const MOST_CAPABILITIES = 8
/** Longest name of a capability. */
const CAPABILITY_CHARS = 32

/** What a ticket says, once it was verified. */
export interface TicketHolder {
  readonly player: string
  readonly grants: readonly string[]
}

/** Who joins, for `createRelay({ grants })`. */
export interface RelayPlayer {
  readonly room: string
  /** As the player calls itself: nobody has checked that. */
  readonly name: string
  readonly profile: string
  /** Null: it has shown none. */
  readonly ticket: TicketHolder | null
}

const KEY_BYTES = 32
const HOUR_SECONDS = 3600
/** What HELLO carries. */
const TICKET_BYTES = 512

/** A ticket for `connect({ ticket })`. Throws a sentence for what none can say. */
export function issueJoinTicket({ key, player, room, grants = [], seconds = HOUR_SECONDS }: TicketOptions): string {
  const exp = Math.floor(nowSeconds() + seconds)
  const ticket = signTicket({ sub: player, aud: room, caps: grants, exp }, keyBytes(key, 'issueJoinTicket'))
  if (ticket.length > TICKET_BYTES)
    throw new RangeError(
      `issueJoinTicket: the ticket has ${ticket.length} bytes, at most ${TICKET_BYTES} are carried: grant less, or shorter names`,
    )
  return ticket
}

/** Throws a sentence that begins with `where` for what are no names of capabilities. */
export function checkedCapabilities(names: unknown, where: string): readonly string[] {
  const isName = (name: unknown): boolean =>
    typeof name === 'string' && name.length > 0 && name.length <= CAPABILITY_CHARS && name.isWellFormed()
  if (Array.isArray(names) && names.length <= MOST_CAPABILITIES && names.every(isName)) return names as string[]
  throw new TypeError(
    `${where}: at most ${MOST_CAPABILITIES} capabilities, each a name of 1 to ${CAPABILITY_CHARS} characters such as 'room:moderate', not ${JSON.stringify(names)}`,
  )
}

/** The key's bytes. Throws a sentence that begins with `where`. */
export function keyBytes(key: Uint8Array | string, where: string): Uint8Array {
  if (typeof key === 'string' && /^[0-9a-f]{64}$/i.test(key))
    return Uint8Array.from(key.match(/../g)!, byte => Number.parseInt(byte, 16))
  if (key instanceof Uint8Array && key.length === KEY_BYTES) return key
  throw new TypeError(
    `${where}: a key has ${KEY_BYTES} random bytes, or 64 digits of hex; \`openssl rand -hex 32\` makes one`,
  )
}

/** Reads what players show at the door. */
export class TicketReader {
  readonly #issuer: Uint8Array | null

  /** Null: there is no key, so no ticket can be read. */
  constructor(key: Uint8Array | null) {
    this.#issuer = key === null ? null : ticketIssuer(key)
  }

  /** Null: it has shown none. A sentence: what it has shown opens nothing. */
  read({ ticket, returns }: JoiningPlayer, room: string): TicketHolder | null | string {
    const text = new TextDecoder().decode(ticket)
    // Anything else is the client's own secret, by which it finds its slot again.
    if (!text.startsWith('eyJ')) return null
    if (this.#issuer === null) return 'this relay has no key to read join tickets with: createRelay({ key })'
    const read = readTicket(text, { issuer: this.#issuer, room })
    if (!read.ok) return `the ticket is of no use here: ${read.reason}`
    const { sub, caps, exp } = read.claims
    // Who is in stays, also when its line breaks.
    return exp <= nowSeconds() && !returns ? 'the ticket has expired: ask for a new one' : { player: sub, grants: caps }
  }
}

/** As whom the relay knows a player who comes again: by the ticket's name, or by the secret that it showed in its place. Null: it showed none. */
export function playerOf(ticket: Uint8Array, holder: TicketHolder | null): string | null {
  if (holder !== null) return `player ${holder.player}`
  return ticket.length === 0 ? null : `secret ${String.fromCharCode(...ticket)}`
}

function nowSeconds(): number {
  return sinceEpoch(realClock.now()) / 1000
}

// Who may do what. Grants and revocations hold from a tick on, so every machine gives the same answer for the same tick,
// whenever it asks. All of it is a few words of memory: in a match they lie in the world, and so roll back, join late and
// are compared like everything else.

import { isCapability } from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'

/** Those of the network; a game declares its own beside them. */
export const NETWORK_CAPABILITIES = ['network:emit', 'network:authority', 'timeline:branch', 'timeline:merge'] as const

/** A grant without an end. */
export const NO_EXPIRY = 0xffff_ffff

/** The network's own kinds; any other of its kinds is for who has authority. */
const NETWORK_KINDS: Readonly<Record<string, readonly string[]>> = {
  'net/branch': ['timeline:branch'],
  'net/merge': ['timeline:merge'],
  'net/cross': ['timeline:branch'],
  // Tokens of a match key are their own right.
  'net/grant': [],
  'net/revoke': [],
}
const AUTHORITY: readonly string[] = ['network:authority']
const NOTHING_MORE: readonly string[] = []

export interface CapabilityOptions {
  readonly slots: number
  /** The game's own, such as `chat:send`. */
  readonly declared?: readonly string[]
  /** What everyone has who is given nothing: by default, to emit. */
  readonly baseline?: readonly string[]
  /** What a kind requires beside `network:emit`. */
  readonly required?: Readonly<Record<string, readonly string[]>>
  /** Memory to lie in, which may hold something already. Default: some of its own, where everyone has the baseline. */
  readonly words?: Uint32Array
}

/** Words of one capability of one slot: granted from a tick, until a tick (0: never granted), revoked from a tick (0: not). */
const WORDS = 3

/** u32 that `known` capabilities of `slots` players take. */
export function capabilityWords(slots: number, known: number): number {
  return slots * known * WORDS
}

export class Capabilities {
  /** Every name that means something in this match, in a fixed order. */
  readonly known: readonly string[]
  readonly #slots: number
  readonly #baseline: readonly string[]
  readonly #required: Readonly<Record<string, readonly string[]>>
  readonly #words: Uint32Array

  constructor({ slots, declared = [], baseline = ['network:emit'], required = {}, words }: CapabilityOptions) {
    this.known = [...new Set([...NETWORK_CAPABILITIES, ...declared])]
    this.#slots = slots
    this.#baseline = baseline
    this.#required = required
    for (const name of [...this.known, ...baseline, ...Object.values(required).flat()])
      if (!isCapability(name) || !this.known.includes(name))
        throw new TypeError(
          `capability '${name}' is not one: a name of 1 to 32 characters that the game's requires or grants say`,
        )
    this.#words = words ?? new Uint32Array(capabilityWords(slots, this.known.length))
    if (words === undefined) for (let slot = 0; slot < slots; slot++) this.clear(slot)
  }

  /** Holds at ticks `from` ≤ tick < `until`. A name that nobody declared is left out: it opens nothing. */
  grant(slot: number, caps: readonly string[], from: number, until = NO_EXPIRY): void {
    const words = this.#words
    for (const cap of caps) {
      const at = this.#at(slot, cap)
      if (at < 0 || until <= from) continue
      const holds = this.#holds(at, from)
      if (!holds) words[at] = from
      words[at + 1] = holds ? Math.max(words[at + 1], until) : until
      words[at + 2] = 0
    }
  }

  /** From this tick on the slot has none of them, until they are granted anew. */
  revoke(slot: number, caps: readonly string[], from: number): void {
    for (const cap of caps) {
      const at = this.#at(slot, cap)
      if (at >= 0 && this.#holds(at, from)) this.#words[at + 2] = Math.max(1, from)
    }
  }

  /** Another player has the slot: what its last one had is gone. */
  clear(slot: number, from = 0): void {
    const size = this.known.length * WORDS
    this.#words.fill(0, slot * size, (slot + 1) * size)
    this.grant(slot, this.#baseline, from)
  }

  has(slot: number, cap: string, tick: number): boolean {
    const at = this.#at(slot, cap)
    return at >= 0 && this.#holds(at, tick)
  }

  /** What an envelope of this kind must present and its sender must have. */
  requiredFor(kind: string): readonly string[] {
    const own = Object.hasOwn(this.#required, kind) ? this.#required[kind] : null
    if (own !== null) return own
    if (!kind.startsWith('net/')) return NOTHING_MORE
    return Object.hasOwn(NETWORK_KINDS, kind) ? NETWORK_KINDS[kind] : AUTHORITY
  }

  /** All that an envelope of this kind has to present. */
  presentedFor(kind: string): string[] {
    return [...new Set(['network:emit', ...this.requiredFor(kind)])]
  }

  /** Null when required ⊆ presented and granted at this tick; else why not. */
  refuse(slot: number, kind: string, presented: readonly string[], tick: number): Refusal | null {
    for (const cap of presented)
      if (!this.known.includes(cap)) return refusal('ERR_CAPABILITY_UNKNOWN', `'${cap}' is declared by nobody`)
    return this.#lacks(slot, 'network:emit', kind, presented, tick) ?? this.#lacksOwn(slot, kind, presented, tick)
  }

  #lacksOwn(slot: number, kind: string, presented: readonly string[], tick: number): Refusal | null {
    for (const cap of this.requiredFor(kind)) {
      const lacks = this.#lacks(slot, cap, kind, presented, tick)
      if (lacks !== null) return lacks
    }
    return null
  }

  #lacks(slot: number, cap: string, kind: string, presented: readonly string[], tick: number): Refusal | null {
    if (!presented.includes(cap)) return refusal('ERR_CAPABILITY_DENIED', `'${kind}' does not present '${cap}'`)
    const at = this.#at(slot, cap)
    if (at >= 0 && this.#holds(at, tick)) return null
    const revoked = at < 0 ? 0 : this.#words[at + 2]
    if (revoked > 0 && revoked <= tick)
      return refusal('ERR_CAPABILITY_REVOKED', `'${cap}' of slot ${slot} is revoked since tick ${revoked}`)
    return refusal('ERR_CAPABILITY_DENIED', `slot ${slot} has no '${cap}' at tick ${tick}`)
  }

  #holds(at: number, tick: number): boolean {
    const from = this.#words[at]
    const until = this.#words[at + 1]
    const revoked = this.#words[at + 2]
    return tick >= from && tick < until && (revoked === 0 || tick < revoked)
  }

  #at(slot: number, cap: string): number {
    const index = this.known.indexOf(cap)
    return index < 0 || slot < 0 || slot >= this.#slots ? -1 : (slot * this.known.length + index) * WORDS
  }
}

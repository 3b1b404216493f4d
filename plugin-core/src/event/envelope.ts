// An event as the network carries it: who says what, at which tick, on which branch, with which right to. Its hash is
// its identity; it is never changed: what is addressed anew is another envelope, which names this one as its cause.

import { encodeCanonical } from './canonical-cbor.ts'
import { dataFault, type Data, type DataMap } from './data.ts'
import { HASH_BYTES, compareBytes, hashOf } from './hash.ts'

/** The fields that the hash covers. */
export interface EnvelopeFields {
  /** Counts up per sender per tick, from 0. u32. */
  readonly id: number
  readonly kind: string
  /** Target tick. u32. */
  readonly chronos: number
  /** Target branch. */
  readonly kairos: string
  /** Sender. u8. */
  readonly slot: number
  readonly payload: Data
  /** Capabilities that the sender presents. */
  readonly caps: readonly string[]
  /** Hashes of the envelopes that caused this one. */
  readonly causeIds?: readonly Uint8Array[]
  /** Draws that were consumed while making the payload. */
  readonly prngSpan?: PrngSpan
}

export interface PrngSpan {
  /** u32. */
  readonly seed: number
  /** u32. */
  readonly count: number
}

export interface EventEnvelope extends EnvelopeFields {
  /** BLAKE3 of `canonicalBytes`. */
  readonly envelopeHash: Uint8Array
  /** Ed25519 over the hash, 64 bytes; with `signerId` or not at all. */
  readonly signature?: Uint8Array
  /** The signer's public key, 32 bytes. */
  readonly signerId?: Uint8Array
  /** For tools only: not hashed, not signed, and never seen by rules. */
  readonly metadata?: DataMap
}

export const SIGNATURE_BYTES = 64

/** The branch that is played: every other one is named by its id. */
export const MAIN_BRANCH = 'main'

/** Longest kind, in characters: one of these travels with each event. */
export const KIND_CHARS = 48
/** Longest branch: a BLAKE3 in hex. */
export const KAIROS_CHARS = 64
/** Most capabilities that one envelope presents, and the longest of them: a kind requires one or two. */
export const CAPS = 8
export const CAP_CHARS = 32
/** Most causes: one for what crossed a bridge, a few for what answers several events. */
export const CAUSES = 4

/** Hashes the fields. Throws a sentence when one of them cannot be carried: a mistake of the caller. */
export function makeEnvelope(fields: EnvelopeFields, metadata?: DataMap): EventEnvelope {
  const fault = fieldsFault(fields)
  if (fault !== null) throw new TypeError(`emit('${fields.kind}'): ${fault}`)
  const toolsFault = metadata === undefined ? null : dataFault(metadata)
  if (toolsFault !== null) throw new TypeError(`emit('${fields.kind}').metadata${toolsFault}`)
  const envelopeHash = envelopeHashOf(fields)
  return metadata === undefined ? { ...fields, envelopeHash } : { ...fields, envelopeHash, metadata }
}

export function envelopeHashOf(fields: EnvelopeFields): Uint8Array {
  return hashOf(canonicalBytes(fields))
}

/** What is hashed: a map of the fields by their names; those that are not there are left out. */
export function canonicalBytes(fields: EnvelopeFields): Uint8Array {
  const { id, kind, chronos, kairos, slot, payload, caps, causeIds, prngSpan } = fields
  // In the order that they are sorted into: it is the cheapest one to sort.
  const map: Record<string, Data> = { id, caps, kind, slot, kairos, chronos, payload }
  if (causeIds !== undefined) map.causeIds = causeIds
  if (prngSpan !== undefined) map.prngSpan = { seed: prngSpan.seed, count: prngSpan.count }
  return encodeCanonical(map, `emit('${kind}')`)
}

/** The order of delivery: tick, slot, id, and then the hash. */
export function compareEnvelopes(a: EventEnvelope, b: EventEnvelope): number {
  return a.chronos - b.chronos || a.slot - b.slot || a.id - b.id || compareBytes(a.envelopeHash, b.envelopeHash)
}

/** The same event for another branch, tick or place in it: a new envelope, unsigned, whose one cause is the old one. */
export function readdressed(
  envelope: EventEnvelope,
  to: { readonly kairos: string; readonly chronos: number; readonly id: number },
): EventEnvelope {
  const { kind, slot, payload, caps, prngSpan, metadata } = envelope
  const causeIds = [envelope.envelopeHash]
  const fields: EnvelopeFields = { ...to, kind, slot, payload, caps, causeIds }
  return makeEnvelope(prngSpan === undefined ? fields : { ...fields, prngSpan }, metadata)
}

/** Null, or what about the fields (but the payload) cannot be carried. */
export function fieldsFault(fields: EnvelopeFields): string | null {
  const { id, kind, chronos, kairos, slot, caps, causeIds, prngSpan } = fields
  if (!isUint(id, 2 ** 32)) return `id is ${String(id)}, not a u32`
  if (!isName(kind, KIND_CHARS)) return `the kind must be a name of 1 to ${KIND_CHARS} characters`
  if (!isUint(chronos, 2 ** 32)) return `chronos is ${String(chronos)}, not a u32`
  if (!isName(kairos, KAIROS_CHARS)) return `kairos must be the name of a branch, 1 to ${KAIROS_CHARS} characters`
  if (!isUint(slot, 256)) return `slot is ${String(slot)}, not a u8`
  if (!Array.isArray(caps) || caps.length > CAPS || !caps.every(isCapability))
    return `caps must be at most ${CAPS} names of 1 to ${CAP_CHARS} characters`
  if (causeIds !== undefined && (!isList(causeIds) || !causeIds.every(isHash)))
    return `causeIds must be 1 to ${CAUSES} hashes of ${HASH_BYTES} bytes, or absent`
  if (prngSpan !== undefined && !(isUint(prngSpan.seed, 2 ** 32) && isUint(prngSpan.count, 2 ** 32)))
    return 'prngSpan must be two u32, seed and count, or absent'
  return null
}

export function isCapability(name: unknown): name is string {
  return isName(name, CAP_CHARS)
}

export function isUint(value: unknown, below: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < below
}

export function isName(value: unknown, chars: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= chars && value.isWellFormed()
}

export function isHash(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_BYTES
}

function isList(value: readonly unknown[]): boolean {
  return Array.isArray(value) && value.length > 0 && value.length <= CAUSES
}

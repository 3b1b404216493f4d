// An envelope as bytes, without what is there already: canonical CBOR of a list of id, kind, tick, payload and check, and,
// where there is anything unusual about it, a map of that. The carrier says the slot; the kind says which capabilities
// are presented; of the hash only the first bytes travel, because whoever reads makes it anew, from all of the fields.

import { LARGE_EVENT_BYTES } from '../wire/limits.ts'
import { decodeCanonical, encodeCanonical, readAgain, textBehind } from './canonical-cbor.ts'
import type { Data, DataMap } from './data.ts'
import {
  MAIN_BRANCH,
  SIGNATURE_BYTES,
  envelopeHashOf,
  fieldsFault,
  isHash,
  type EnvelopeFields,
  type EventEnvelope,
} from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'

export type DecodedEnvelope = { readonly ok: true; readonly envelope: EventEnvelope } | Refusal

/** What reader and writer know without being told. */
export interface EnvelopeContext {
  /** Capabilities that an envelope of a kind presents, unless it says others. */
  presentedFor(kind: string): readonly string[]
}

/** Bytes of the hash that travel: who changes a field finds another one that fits only by 2^64 tries, or by making it anew. */
export const CHECK_BYTES = 8

const FIELDS = 5
const UNUSUAL: readonly string[] = ['caps', 'kairos', 'causes', 'span', 'sig', 'key', 'meta']

/** Throws a sentence when the envelope is larger than what is carried, or holds what is not data. */
export function encodeEnvelope(envelope: EventEnvelope, context: EnvelopeContext): Uint8Array {
  const { id, kind, chronos, payload, envelopeHash } = envelope
  const fields: Data[] = [id, kind, chronos, payload, envelopeHash.subarray(0, CHECK_BYTES)]
  const unusual = unusualOf(envelope, context)
  if (unusual !== null) fields.push(unusual)
  const bytes = encodeCanonical(fields, `emit('${kind}')`)
  if (bytes.length > LARGE_EVENT_BYTES) throw new RangeError(tooLarge(envelope, bytes.length))
  return bytes
}

/**
 * Reads what came from `slot`, and verifies: the spelling, every field, and the hash over them. Not the signature
 * (signature.ts), and not what the sender may do (capabilities.ts). Never throws.
 */
export function decodeEnvelope(bytes: Uint8Array, slot: number, context: EnvelopeContext): DecodedEnvelope {
  if (bytes.length > LARGE_EVENT_BYTES)
    return refusal(
      'ERR_QUEUE_OVERFLOW',
      `an envelope of ${bytes.length} bytes, at most ${LARGE_EVENT_BYTES} are carried`,
    )
  const decoded = decodeCanonical(bytes)
  if (!decoded.ok) return refusal('ERR_ENVELOPE_TAMPERED', decoded.reason)
  const read = readFields(decoded.value, slot, context)
  if (typeof read === 'string') return refusal('ERR_ENVELOPE_TAMPERED', read)
  const check = (decoded.value as readonly Data[])[4] as Uint8Array
  for (let i = 0; i < CHECK_BYTES; i++)
    if (check[i] !== read.envelopeHash[i])
      return refusal('ERR_ENVELOPE_TAMPERED', `its fields, coming from slot ${slot}, do not give its hash`)
  return { ok: true, envelope: read }
}

/** The payload once more, of bytes that were admitted: for rules, which may write into what they get. */
export function openPayload(bytes: Uint8Array): Data {
  return (readAgain(bytes) as readonly Data[])[3]
}

/** The kind, of bytes that were refused: for people. Empty where it cannot be read. The rest of them costs nothing more. */
export function kindOf(bytes: Uint8Array): string {
  return textBehind(bytes, 1)?.slice(0, 48) ?? ''
}

function unusualOf(envelope: EventEnvelope, context: EnvelopeContext): Record<string, Data> | null {
  const { kind, kairos, caps, causeIds, prngSpan, signature, signerId, metadata } = envelope
  const unusual: Record<string, Data> = {}
  if (!sameNames(caps, context.presentedFor(kind))) unusual.caps = caps
  if (kairos !== MAIN_BRANCH) unusual.kairos = kairos
  if (causeIds !== undefined) unusual.causes = causeIds
  if (prngSpan !== undefined) unusual.span = [prngSpan.seed, prngSpan.count]
  if (signature !== undefined) unusual.sig = signature
  if (signerId !== undefined) unusual.key = signerId
  if (metadata !== undefined) unusual.meta = metadata
  return Object.keys(unusual).length === 0 ? null : unusual
}

// The envelope, or what is wrong with it.
function readFields(value: Data, slot: number, context: EnvelopeContext): EventEnvelope | string {
  if (!Array.isArray(value) || value.length < FIELDS || value.length > FIELDS + 1)
    return `not a list of ${FIELDS} fields and what is unusual`
  const [id, kind, chronos, payload, check, more = NOTHING] = value as readonly Data[]
  if (!(check instanceof Uint8Array && check.length === CHECK_BYTES)) return `its check is not ${CHECK_BYTES} bytes`
  if (typeof kind !== 'string') return 'its kind is no text'
  if (!isMap(more) || !Object.keys(more).every(isUnusual)) return 'what is unusual about it is no map of known names'
  if ((Object.keys(more).length === 0) !== (value.length === FIELDS)) return 'it says what goes without saying'
  const { kairos = MAIN_BRANCH, caps = context.presentedFor(kind), causes, span, sig, key, meta } = more
  if (span !== undefined && !(Array.isArray(span) && span.length === 2)) return 'its span is not a pair'
  const [seed, count] = (span ?? []) as readonly Data[]
  const fields = {
    ...{ id, kind, chronos, kairos, slot, payload, caps },
    ...(causes === undefined ? null : { causeIds: causes }),
    ...(span === undefined ? null : { prngSpan: { seed, count } }),
  } as EnvelopeFields
  const fault = fieldsFault(fields)
  if (fault !== null) return fault
  // What goes without saying is not said: one envelope has one spelling.
  if (more.kairos === MAIN_BRANCH || (more.caps !== undefined && sameNames(fields.caps, context.presentedFor(kind))))
    return 'it says what goes without saying'
  if (meta !== undefined && !isMap(meta)) return 'its metadata is not a map'
  if ((sig === undefined) !== (key === undefined)) return 'a signature and its signer come together'
  if (sig !== undefined && !(sig instanceof Uint8Array && sig.length === SIGNATURE_BYTES && isHash(key)))
    return 'a signature and its signer are 64 and 32 bytes'
  return {
    ...fields,
    envelopeHash: envelopeHashOf(fields),
    ...(sig === undefined ? null : { signature: sig as Uint8Array, signerId: key as Uint8Array }),
    ...(meta === undefined ? null : { metadata: meta }),
  }
}

const NOTHING: DataMap = {}

function isUnusual(name: string): boolean {
  return UNUSUAL.includes(name)
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}

function isMap(value: Data): value is DataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function tooLarge({ kind, payload, metadata }: EventEnvelope, bytes: number): string {
  const payloadBytes = encodeCanonical(payload).length
  const tools = metadata === undefined ? '' : ` and ${encodeCanonical(metadata).length} of metadata`
  return (
    `emit('${kind}'): with its envelope the payload of ${payloadBytes} bytes${tools} takes ${bytes} bytes, at most ` +
    `${LARGE_EVENT_BYTES} are carried: send less, or a reference`
  )
}

// An envelope as bytes: canonical CBOR of a list of its fields in the order of the specification, null where one is
// absent. What the hash covers is the map of names (envelope.ts); the list saves those names on the wire.

import { EVENT_BYTES } from '../wire/limits.ts'
import { equalBytes } from '../bytes/equal.ts'
import { decodeCanonical, encodeCanonical, readAgain } from './canonical-cbor.ts'
import type { Data, DataMap } from './data.ts'
import {
  SIGNATURE_BYTES,
  envelopeHashOf,
  fieldsFault,
  isHash,
  type EnvelopeFields,
  type EventEnvelope,
} from './envelope.ts'
import { refusal, type Refusal } from './event-fault.ts'

export type DecodedEnvelope = { readonly ok: true; readonly envelope: EventEnvelope } | Refusal

const FIELDS = 13

/** Throws a sentence when the envelope is larger than what is carried, or holds what is not data. */
export function encodeEnvelope(envelope: EventEnvelope): Uint8Array {
  const { id, kind, chronos, kairos, slot, payload, caps, causeIds, prngSpan } = envelope
  const { envelopeHash, signature, signerId, metadata } = envelope
  const span: Data = prngSpan === undefined ? null : [prngSpan.seed, prngSpan.count]
  const fields: Data[] = [id, kind, chronos, kairos, slot, payload, caps, causeIds ?? null, span]
  fields.push(envelopeHash, signature ?? null, signerId ?? null, metadata ?? null)
  const bytes = encodeCanonical(fields, `emit('${kind}')`)
  if (bytes.length > EVENT_BYTES) throw new RangeError(tooLarge(envelope, bytes.length))
  return bytes
}

/**
 * Reads and verifies: the spelling, every field, and the hash over them. Not the signature (signature-book.ts), and
 * not what the sender may do (capabilities.ts). Never throws.
 */
export function decodeEnvelope(bytes: Uint8Array): DecodedEnvelope {
  if (bytes.length > EVENT_BYTES)
    return refusal('ERR_QUEUE_OVERFLOW', `an envelope of ${bytes.length} bytes, at most ${EVENT_BYTES} are carried`)
  const decoded = decodeCanonical(bytes)
  if (!decoded.ok) return refusal('ERR_ENVELOPE_TAMPERED', decoded.reason)
  const read = readFields(decoded.value)
  if (typeof read === 'string') return refusal('ERR_ENVELOPE_TAMPERED', read)
  if (!equalBytes(envelopeHashOf(read), read.envelopeHash))
    return refusal('ERR_ENVELOPE_TAMPERED', 'its fields do not give its hash')
  return { ok: true, envelope: read }
}

/** Of bytes that were admitted once: reads only, for those who hand the payload to rules, which may write into it. */
export function openEnvelope(bytes: Uint8Array): {
  readonly slot: number
  readonly kind: string
  readonly payload: Data
} {
  const [, kind, , , slot, payload] = readAgain(bytes) as readonly [Data, string, Data, Data, number, Data]
  return { slot, kind, payload }
}

// The envelope, or what is wrong with it.
function readFields(value: Data): EventEnvelope | string {
  if (!Array.isArray(value) || value.length !== FIELDS) return `not a list of ${FIELDS} fields`
  const [id, kind, chronos, kairos, slot, payload, caps, causeIds, span, hash, signature, signerId, metadata] =
    value as readonly Data[]
  if (span !== null && !(Array.isArray(span) && span.length === 2)) return 'prngSpan is not a pair'
  const fields = {
    ...{ id, kind, chronos, kairos, slot, payload, caps },
    ...(causeIds === null ? null : { causeIds }),
    ...(span === null
      ? null
      : { prngSpan: { seed: (span as readonly Data[])[0], count: (span as readonly Data[])[1] } }),
  } as EnvelopeFields
  const fault = fieldsFault(fields)
  if (fault !== null) return fault
  if (!isHash(hash)) return 'envelopeHash is not a hash'
  if (metadata !== null && !isMap(metadata)) return 'metadata is not a map'
  const envelope: EventEnvelope = { ...fields, envelopeHash: hash, ...(metadata === null ? null : { metadata }) }
  if (signature === null && signerId === null) return envelope
  if (!(signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES && isHash(signerId)))
    return 'the signature and its signer are 64 and 32 bytes, or absent both'
  return { ...envelope, signature, signerId }
}

function isMap(value: Data): value is DataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function tooLarge({ kind, payload, metadata }: EventEnvelope, bytes: number): string {
  const payloadBytes = encodeCanonical(payload).length
  const tools = metadata === undefined ? '' : ` and ${encodeCanonical(metadata).length} of metadata`
  return (
    `emit('${kind}'): with its envelope the payload of ${payloadBytes} bytes${tools} takes ${bytes} bytes, at most ` +
    `${EVENT_BYTES} are carried: send less, or a reference`
  )
}

// What somebody who wishes everyone ill puts into an envelope: as much structure as its bytes hold, or what only looks like it.

import { encodeEnvelope } from '../../src/event/envelope-codec.ts'
import { makeEnvelope } from '../../src/event/envelope.ts'
import type { Data } from '../../src/event/data.ts'

export const CONTEXT = { presentedFor: () => ['network:emit'] }
/** All that an envelope has beside its payload, in these shapes. */
const AROUND = 14

/** Envelopes of about so many bytes, by what is in them: read, written anew to compare, hashed. */
export const RIGHT: Readonly<Record<string, (sizeBytes: number) => Uint8Array>> = {
  'one text': size => grown(size, n => 'x'.repeat(n)),
  'one block of bytes': size => grown(size, n => new Uint8Array(n)),
  numbers: size => grown(size, n => list(n, () => 0)),
  'integers past 2^53': size => grown(size, n => list(n, () => 2 ** 60)),
  fractions: size => grown(size, n => list(n, () => 0.1)),
  'small halves': size => grown(size, n => list(n, () => 2 ** -20)),
  'empty maps': size => grown(size, n => list(n, () => ({}))),
  'empty texts': size => grown(size, n => list(n, () => '')),
  'byte order marks': size => grown(size, n => list(n, () => '\ufeff')),
  'many keys': size => grown(size, n => keys(n, i => i.toString(36))),
  'many keys that are numbers': size => grown(size, n => keys(n, i => String(4294967000 - i))),
  'many keys with a long beginning': size => grown(size, n => keys(n, i => `aaaaaaaaaaaaaaaaaaaa${i}`)),
  'maps in maps': size => grown(size, n => nested(28, list(n, () => ({})) as Data, inner => ({ a: inner }))),
  'many deep lists': size => grown(size, n => list(n, () => nested(29, 0, inner => [inner]))),
}

/** And such that are refused, found as late as can be. */
export const WRONG: Readonly<Record<string, (sizeBytes: number) => Uint8Array>> = {
  'a wrong hash': size => changed(RIGHT['many deep lists'](size), bytes => bytes.length - 1),
  'lists without end': size => around([...filled(size - AROUND - 1, 0x81), 0]),
  'maps without end': size => around([...filled(size - AROUND - 1, 0xa1, 0x61, 0x61), 0]),
  'one key again and again': size => around(counted(0xb9, size, 0x61, 0x61, 0)),
  'keys out of order': size => changed(RIGHT['many keys'](size), bytes => bytes.length - 13),
  'text that is no UTF-8': size => around([0x79, ...short(size - AROUND - 3), ...filled(size - AROUND - 3, 0xff)]),
  'texts that are no UTF-8': size => around(counted(0x99, size, 0x61, 0xff)),
  'integers that no number holds': size => around(counted(0x99, size, 0x1b, 0x7f, 255, 255, 255, 255, 255, 255, 255)),
  'a list of two thousand million': size => around([0x9a, 0x7f, 255, 255, 255, ...filled(size - AROUND - 5, 0)]),
  'tags on tags': size => around([...filled(size - AROUND - 1, 0xc1), 0]),
  'prototypes of prototypes': size =>
    around([...filled(size - AROUND - 1, 0xa1, 0x69, ...new TextEncoder().encode('__proto__')), 0]),
}

export function envelopeOf(payload: Data): Uint8Array {
  const fields = { id: 0, kind: 'x', chronos: 100, kairos: 'main', slot: 3, caps: ['network:emit'] }
  return encodeEnvelope(makeEnvelope({ ...fields, payload }), CONTEXT)
}

/** The largest right one that fits. */
function grown(sizeBytes: number, payload: (n: number) => Data): Uint8Array {
  let best = envelopeOf(payload(1))
  for (let n = 1, step = 512; step >= 1;) {
    const bytes = sizeOf(payload, n + step, sizeBytes)
    if (bytes === null) step >>= 1
    else [best, n] = [bytes, n + step]
  }
  return best
}

function sizeOf(payload: (n: number) => Data, n: number, sizeBytes: number): Uint8Array | null {
  try {
    const bytes = envelopeOf(payload(n))
    return bytes.length <= sizeBytes ? bytes : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** `[0, 'x', 1, …, check]`, whatever the payload's bytes are. */
function around(payload: readonly number[]): Uint8Array {
  return Uint8Array.from([0x85, 0, 0x61, 0x78, 1, ...payload, 0x48, 1, 2, 3, 4, 5, 6, 7, 8])
}

/** A list or a map with a length of two bytes, and as many members as fit. */
function counted(head: number, sizeBytes: number, ...member: number[]): number[] {
  const room = sizeBytes - AROUND - 3
  return [head, ...short(Math.floor(room / member.length)), ...filled(room, ...member)]
}

function filled(sizeBytes: number, ...pattern: number[]): number[] {
  return Array.from({ length: Math.floor(sizeBytes / pattern.length) }, () => pattern).flat()
}

function short(value: number): [number, number] {
  return [value >> 8, value & 255]
}

function changed(bytes: Uint8Array, at: (bytes: Uint8Array) => number): Uint8Array {
  bytes[at(bytes)] ^= 1
  return bytes
}

function list(n: number, item: () => Data): Data {
  return Array.from({ length: n }, item)
}

function keys(n: number, key: (i: number) => string): Data {
  return Object.fromEntries(Array.from({ length: n }, (_, i) => [key(i), 0]))
}

function nested(depth: number, innermost: Data, around: (inner: Data) => Data): Data {
  return depth === 0 ? innermost : around(nested(depth - 1, innermost, around))
}

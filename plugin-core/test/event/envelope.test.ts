import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeCanonical, encodeCanonical, readAgain } from '../../src/event/canonical-cbor.ts'
import type { Data } from '../../src/event/data.ts'
import {
  canonicalBytes,
  compareEnvelopes,
  envelopeHashOf,
  makeEnvelope,
  readdressed,
  type EnvelopeFields,
  type EventEnvelope,
} from '../../src/event/envelope.ts'
import { decodeEnvelope as decode, encodeEnvelope as encode, openPayload } from '../../src/event/envelope-codec.ts'
import { encodeHostFact, readHostFact, type HostFact } from '../../src/event/host-fact.ts'
import { hashOf } from '../../src/event/hash.ts'
import { SignatureBook, publicKeyOf } from '../../src/event/signature.ts'
import { seeded } from '../seeded.ts'

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const secretKey = new Uint8Array(32).fill(7)

const context = { presentedFor: (kind: string) => (kind === 'chat' ? ['network:emit', 'chat:send'] : ['network:emit']) }
const encodeEnvelope = (envelope: EventEnvelope): Uint8Array => encode(envelope, context)
const decodeEnvelope = (bytes: Uint8Array, slot = 1): ReturnType<typeof decode> => decode(bytes, slot, context)

const plain: EnvelopeFields = {
  id: 0,
  kind: 'chat',
  chronos: 120,
  kairos: 'main',
  slot: 1,
  payload: { text: 'hi' },
  caps: ['network:emit', 'chat:send'],
}
const whole: EnvelopeFields = {
  ...plain,
  id: 3,
  causeIds: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  prngSpan: { seed: 0xcafef00d, count: 2 },
}

function signed(fields: EnvelopeFields, metadata?: Record<string, Data>): EventEnvelope {
  return new SignatureBook().signer(secretKey)(makeEnvelope(fields, metadata))
}

test('BLAKE3 and Ed25519 are those of their specifications', () => {
  // BLAKE3's test vectors: input bytes 0, 1, … 250, 0, 1, …; lengths 0 and 1025 (two chunks).
  expect(hexOf(hashOf(new Uint8Array()))).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
  expect(hexOf(hashOf(new Uint8Array(1025).map((_, i) => i % 251)))).toBe(
    'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
  )
  // RFC 8032, 7.1, test 1's key.
  const key = Uint8Array.from(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'))
  expect(hexOf(publicKeyOf(key))).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
})

test('the vectors of PROTOCOL.md', () => {
  const text = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
  const vector = (name: string): string => new RegExp(`^${name} +([0-9a-f]+)$`, 'm').exec(text)?.[1] ?? ''
  for (const [name, envelope] of [
    ['chat', makeEnvelope(plain)],
    ['signed', signed(whole, { note: 'tool' })],
  ] as const) {
    expect(hexOf(canonicalBytes(envelope))).toBe(vector(`${name} hashed`))
    expect(hexOf(envelope.envelopeHash)).toBe(vector(`${name} hash`))
    expect(hexOf(encodeEnvelope(envelope))).toBe(vector(`${name} bytes`))
    expect(decodeEnvelope(Uint8Array.from(Buffer.from(vector(`${name} bytes`), 'hex')))).toEqual({ ok: true, envelope })
  }
  expect(vector('signed key')).toBe(hexOf(publicKeyOf(secretKey)))
  const facts: Record<string, HostFact> = {
    grant: { kind: 'net/grant', caps: ['chat:send'] },
    revoke: { kind: 'net/revoke', caps: ['chat:send'] },
    fault: { kind: 'net/fault', code: 'ERR_CAPABILITY_DENIED', of: 'kick' },
  }
  for (const [name, fact] of Object.entries(facts)) {
    expect(hexOf(encodeHostFact(fact))).toBe(vector(name))
    expect(readHostFact(encodeHostFact(fact))).toEqual(fact)
  }
})

test('the hash covers every field by its name, and nothing beside them', () => {
  const hash = envelopeHashOf(whole)
  const others: Partial<EnvelopeFields>[] = [
    { id: 4 },
    { kind: 'chit' },
    { chronos: 121 },
    { kairos: 'other' },
    { slot: 2 },
    { payload: { text: 'ho' } },
    { caps: ['network:emit'] },
    { caps: ['chat:send', 'network:emit'] },
    { causeIds: undefined },
    { causeIds: [new Uint8Array(32).fill(1)] },
    { prngSpan: { seed: 0xcafef00d, count: 3 } },
    { prngSpan: { seed: 1, count: 2 } },
    { prngSpan: undefined },
  ]
  for (const other of others) expect(envelopeHashOf({ ...whole, ...other })).not.toEqual(hash)
  expect(makeEnvelope(whole, { seen: true }).envelopeHash).toEqual(hash)
  expect(signed(whole, { seen: 2 }).envelopeHash).toEqual(hash)
  expect(decodeCanonical(canonicalBytes(whole))).toMatchObject({ ok: true, value: whole })
})

test('envelopes come back whole', () => {
  for (const envelope of [
    makeEnvelope(plain),
    makeEnvelope({ ...plain, payload: null, caps: [] }),
    makeEnvelope(whole, { tool: [1, 2] }),
    signed(whole, {}),
    makeEnvelope({ ...plain, id: 0xffff_ffff, chronos: 0xffff_ffff, slot: 255 }),
  ]) {
    const bytes = encodeEnvelope(envelope)
    expect(decodeEnvelope(bytes, envelope.slot)).toEqual({ ok: true, envelope })
    expect(openPayload(bytes)).toEqual(envelope.payload)
  }
})

test('the order of delivery is tick, slot, id, and then the hash', () => {
  const at = (chronos: number, slot: number, id: number, text: string): EventEnvelope =>
    makeEnvelope({ ...plain, chronos, slot, id, payload: text })
  const equal = ['a', 'b', 'c']
    .map(text => at(9, 2, 2, text))
    .sort((a, b) => Buffer.compare(a.envelopeHash, b.envelopeHash))
  const sorted = [
    at(8, 3, 9, ''),
    at(9, 1, 5, ''),
    at(9, 2, 0, ''),
    at(9, 2, 1, ''),
    ...equal,
    at(0xffff_ffff, 0, 0, ''),
  ]
  const random = seeded(5)
  for (let i = 0; i < 20; i++) {
    const shuffled = sorted.map(e => ({ e, at: random.below(1 << 30) })).sort((a, b) => a.at - b.at)
    expect(shuffled.map(({ e }) => e).sort(compareEnvelopes)).toEqual(sorted)
  }
})

test('what is addressed anew is another envelope that names the first as its cause', () => {
  const first = signed(whole, { note: 1 })
  const second = readdressed(first, { kairos: 'ab'.repeat(32), chronos: 200, id: 0 })
  expect(second.causeIds).toEqual([first.envelopeHash])
  expect(second).toMatchObject({ chronos: 200, id: 0, slot: 1, payload: plain.payload, prngSpan: whole.prngSpan })
  expect(second.envelopeHash).not.toEqual(first.envelopeHash)
  expect([second.signature, second.signerId]).toEqual([undefined, undefined])
  expect(first.envelopeHash).toEqual(envelopeHashOf(whole))
  expect(decodeEnvelope(encodeEnvelope(second)).ok).toBe(true)
})

test('fields that cannot be carried are refused with a sentence', () => {
  const refuse = (fields: Partial<EnvelopeFields>, sentence: RegExp): void =>
    expect(() => makeEnvelope({ ...plain, ...fields })).toThrow(sentence)
  refuse({ id: -1 }, /^emit\('chat'\): id is -1, not a u32$/)
  refuse({ id: 2 ** 32 }, /id is 4294967296/)
  refuse({ chronos: 0.5 }, /chronos is 0.5/)
  refuse({ slot: 256 }, /slot is 256, not a u8/)
  refuse({ kind: '' }, /the kind must be a name of 1 to 48/)
  refuse({ kind: 'k'.repeat(49) }, /the kind must be a name/)
  refuse({ kairos: 'k'.repeat(65) }, /kairos must be the name of a branch/)
  refuse({ caps: Array.from({ length: 9 }, () => 'a') }, /caps must be at most 8/)
  refuse({ caps: ['a'.repeat(33)] }, /caps must be/)
  refuse({ causeIds: [] }, /causeIds must be 1 to 4 hashes/)
  refuse({ causeIds: [new Uint8Array(31)] }, /causeIds must be/)
  refuse({ prngSpan: { seed: -1, count: 0 } }, /prngSpan must be two u32/)
  expect(() => makeEnvelope(plain, { at: [undefined] } as unknown as Record<string, Data>)).toThrow(
    /^emit\('chat'\)\.metadata\.at\[0\] is undefined/,
  )
  refuse({ payload: { at: undefined } as unknown as Data }, /^emit\('chat'\)\.payload\.at is undefined/)
})

test('a payload over the limit is refused with a sentence', () => {
  const big = makeEnvelope({ ...plain, payload: 'x'.repeat(1400) })
  expect(() => encodeEnvelope(big)).toThrow(
    "emit('chat'): with its envelope the payload of 1403 bytes takes 1421 bytes, at most 1360 are carried: send less, or a reference",
  )
  const tools = makeEnvelope(plain, { trace: 'x'.repeat(1400) })
  expect(() => encodeEnvelope(tools)).toThrow(/the payload of 9 bytes and 1410 of metadata takes/)
  expect(encodeEnvelope(makeEnvelope({ ...plain, payload: 'x'.repeat(1339) })).length).toBe(1360)
})

// ---- bytes of strangers

/** The wire's list, to be changed. */
function parts(envelope: EventEnvelope): Data[] {
  return readAgain(encodeEnvelope(envelope)) as Data[]
}

const NO_HASH = 'its fields, coming from slot 1, do not give its hash'

test('each field that is changed on the way is found', () => {
  const other: Data[] = [9, 'chit', 1, { text: 'ho' }, new Uint8Array(8)]
  for (let field = 0; field < other.length; field++) {
    const list = parts(signed(whole))
    list[field] = other[field]
    expect(decodeEnvelope(encodeCanonical(list))).toEqual({ ok: false, code: 'ERR_ENVELOPE_TAMPERED', reason: NO_HASH })
  }
  const unusual: Record<string, Data | null> = {
    ...{ kairos: 'away', caps: ['network:emit'], causes: [new Uint8Array(32)], span: [1, 1] },
  }
  for (const [name, value] of Object.entries(unusual)) {
    const list = parts(signed(whole))
    list[5] = { ...(list[5] as object), [name]: value }
    expect(decodeEnvelope(encodeCanonical(list))).toMatchObject({ reason: NO_HASH })
  }
  for (const name of ['causes', 'span']) {
    const list = parts(signed(whole))
    const { [name]: _, ...rest } = list[5] as Record<string, Data>
    list[5] = rest
    expect(decodeEnvelope(encodeCanonical(list))).toMatchObject({ reason: NO_HASH })
  }
  // What one said is nothing that another one said.
  expect(decodeEnvelope(encodeEnvelope(makeEnvelope(plain)), 2)).toMatchObject({
    reason: 'its fields, coming from slot 2, do not give its hash',
  })
})

test('fields of the wrong kind are refused, each with its reason', () => {
  const refused = (list: Data[], reason: RegExp): void =>
    expect(decodeEnvelope(encodeCanonical(list))).toMatchObject({
      code: 'ERR_ENVELOPE_TAMPERED',
      reason: expect.stringMatching(reason) as string,
    })
  const wrong: [number, Data, RegExp][] = [
    [0, 'x', /id is x/],
    [1, 5, /its kind is no text/],
    [1, '', /the kind must be/],
    [2, 2 ** 32, /chronos is/],
    [4, new Uint8Array(9), /its check is not 8 bytes/],
    [4, null, /its check is not 8 bytes/],
    [5, null, /no map of known names/],
    [5, {}, /goes without saying/],
    [5, { slot: 2 }, /no map of known names/],
  ]
  for (const [field, value, reason] of wrong) refused(parts(signed(whole)).with(field, value), reason)
  const unusual: [string, Data, RegExp][] = [
    ['kairos', '', /kairos must be/],
    ['kairos', 'main', /goes without saying/],
    ['caps', 'network:emit', /caps must be/],
    ['caps', [1], /caps must be/],
    ['caps', ['network:emit', 'chat:send'], /goes without saying/],
    ['causes', [], /causeIds must be/],
    ['causes', 'x', /causeIds must be/],
    ['causes', [new Uint8Array(33)], /causeIds must be/],
    ['span', [1], /its span is not a pair/],
    ['span', { seed: 1, count: 1 }, /its span is not a pair/],
    ['span', ['a', 1], /prngSpan must be/],
    ['sig', new Uint8Array(63), /signature and its signer/],
    ['key', new Uint8Array(31), /signature and its signer/],
    ['meta', [1], /metadata is not a map/],
  ]
  for (const [name, value, reason] of unusual) {
    const list = parts(signed(whole))
    refused(list.with(5, { ...(list[5] as Record<string, Data>), [name]: value }), reason)
  }
  const { sig: _, ...unsigned } = parts(signed(whole))[5] as Record<string, Data>
  refused(parts(signed(whole)).with(5, unsigned), /come together/)
  refused(parts(makeEnvelope(plain)).slice(0, 4), /not a list of 5 fields/)
  refused([...parts(signed(whole)), null], /not a list of 5 fields/)
  refused([...parts(makeEnvelope(plain)), {}], /goes without saying/)
  expect(decodeEnvelope(encodeCanonical(['chat', null]))).toMatchObject({ code: 'ERR_ENVELOPE_TAMPERED' })
})

test('what goes without saying takes no bytes', () => {
  const size = (fields: Partial<EnvelopeFields>): number => encodeEnvelope(makeEnvelope({ ...plain, ...fields })).length
  // List, id, kind, tick, payload and check; plain events of the same chat take 15.
  expect(size({})).toBe(1 + 1 + 5 + 2 + 9 + 9)
  expect(size({ caps: ['network:emit'] })).toBe(size({}) + 20)
})

test('one envelope has one spelling', () => {
  const bytes = encodeEnvelope(makeEnvelope({ ...plain, payload: 1.5 }))
  const at = hexOf(bytes).indexOf('f93e00') / 2
  const longer = new Uint8Array([...bytes.slice(0, at), 0xfa, 0x3f, 0xc0, 0, 0, ...bytes.slice(at + 3)])
  expect(decodeEnvelope(longer)).toMatchObject({ code: 'ERR_ENVELOPE_TAMPERED', reason: 'not canonical CBOR' })
})

test('too many bytes are not even read', () => {
  expect(decodeEnvelope(new Uint8Array(1361))).toEqual({
    ok: false,
    code: 'ERR_QUEUE_OVERFLOW',
    reason: 'an envelope of 1361 bytes, at most 1360 are carried',
  })
})

test('cut, changed or random bytes never throw, and none of them is another envelope', () => {
  const random = seeded(11)
  const good = encodeEnvelope(signed(whole, { a: 1 }))
  const envelope = decodeEnvelope(good)
  for (let size = 0; size < good.length; size++) expect(decodeEnvelope(good.slice(0, size)).ok).toBe(false)
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice()
    bad[bit >> 3] ^= 1 << (bit & 7)
    const read = decodeEnvelope(bad)
    // What the hash does not cover may differ: signature, signer, metadata.
    if (read.ok) {
      const { signature, signerId, metadata } = read.envelope
      expect({ ok: true, envelope: { ...read.envelope, signature, signerId, metadata } }).toEqual(read)
      expect(envelope.ok && compareEnvelopes(read.envelope, envelope.envelope)).toBe(0)
    }
  }
  for (let i = 0; i < 3000; i++)
    expect(decodeEnvelope(new Uint8Array(random.below(200)).map(() => random.below(256))).ok).toBe(false)
})

import { expect, test } from 'vitest'
import { Capabilities, capabilityWords } from '../../src/event/capabilities.ts'
import { encodeToken, readToken, tokenHash, type CapabilityClaims } from '../../src/event/capability-token.ts'
import { encodeCanonical, readAgain } from '../../src/event/canonical-cbor.ts'
import type { Data } from '../../src/event/data.ts'
import { SignatureBook, publicKeyOf, signHash } from '../../src/event/signature.ts'
import { seeded } from '../seeded.ts'

const chat = { slots: 4, declared: ['chat:send'], required: { chat: ['chat:send'] } }
const BOTH = ['network:emit', 'chat:send']

test('a kind needs what it requires: presented, declared and granted', () => {
  const capabilities = new Capabilities(chat)
  const code = (slot: number, kind: string, presented: string[], tick = 5): string | undefined =>
    capabilities.refuse(slot, kind, presented, tick)?.code
  expect(code(1, 'hit', ['network:emit'])).toBe(undefined)
  expect(capabilities.refuse(1, 'hit', [], 5)).toEqual({
    ok: false,
    code: 'ERR_CAPABILITY_DENIED',
    reason: "'hit' does not present 'network:emit'",
  })
  expect(capabilities.refuse(1, 'chat', BOTH, 5)).toMatchObject({ reason: "slot 1 has no 'chat:send' at tick 5" })
  capabilities.grant(1, ['chat:send'], 3)
  expect(code(1, 'chat', BOTH)).toBe(undefined)
  expect(code(2, 'chat', BOTH)).toBe('ERR_CAPABILITY_DENIED')
  expect(code(1, 'chat', ['network:emit'])).toBe('ERR_CAPABILITY_DENIED')
  expect(code(1, 'chat', ['chat:send'])).toBe('ERR_CAPABILITY_DENIED')
  expect(code(1, 'hit', ['network:emit', 'chat:shout'])).toBe('ERR_CAPABILITY_UNKNOWN')
  // Names of an object's own parts are kinds like any other.
  expect(code(1, 'toString', ['network:emit'])).toBe(undefined)
  expect(code(1, 'net/constructor', ['network:emit'])).toBe('ERR_CAPABILITY_DENIED')
  expect(capabilities.presentedFor('chat')).toEqual(BOTH)
})

test("the network's own kinds are for tools and for who has authority", () => {
  const capabilities = new Capabilities({ slots: 2 })
  for (const [kind, needed] of [
    ['net/branch', 'timeline:branch'],
    ['net/merge', 'timeline:merge'],
    ['net/veto', 'network:authority'],
    ['net/anything', 'network:authority'],
  ]) {
    expect(capabilities.presentedFor(kind)).toEqual(['network:emit', needed])
    expect(capabilities.refuse(0, kind, ['network:emit', needed], 1)?.code).toBe('ERR_CAPABILITY_DENIED')
    capabilities.grant(0, [needed], 1)
    expect(capabilities.refuse(0, kind, ['network:emit', needed], 1)).toBe(null)
    capabilities.clear(0)
  }
})

test('a grant holds from its tick until its expiry, whenever one asks', () => {
  const capabilities = new Capabilities(chat)
  capabilities.grant(0, ['chat:send'], 10, 20)
  const ticks = Array.from({ length: 30 }, (_, tick) => tick).filter(tick => capabilities.has(0, 'chat:send', tick))
  expect([ticks[0], ticks.at(-1), ticks.length]).toEqual([10, 19, 10])
  // A second one while the first holds lengthens it; a shorter one does not shorten it.
  capabilities.grant(0, ['chat:send'], 15, 40)
  capabilities.grant(0, ['chat:send'], 16, 18)
  expect([12, 19, 39, 40].map(tick => capabilities.has(0, 'chat:send', tick))).toEqual([true, true, true, false])
})

test('revoked is revoked from its tick on, until granted anew', () => {
  const capabilities = new Capabilities(chat)
  capabilities.grant(0, ['chat:send'], 1)
  capabilities.revoke(0, ['chat:send', 'chat:unknown', 'timeline:merge'], 10)
  expect(capabilities.refuse(0, 'chat', BOTH, 9)).toBe(null)
  expect(capabilities.refuse(0, 'chat', BOTH, 10)).toEqual({
    ok: false,
    code: 'ERR_CAPABILITY_REVOKED',
    reason: "'chat:send' of slot 0 is revoked since tick 10",
  })
  capabilities.grant(0, ['chat:send'], 12)
  expect(capabilities.refuse(0, 'chat', BOTH, 12)).toBe(null)
  // Even what everyone has from the start, and from the first tick on.
  capabilities.revoke(2, ['network:emit'], 0)
  expect(capabilities.refuse(2, 'hit', ['network:emit'], 1)?.code).toBe('ERR_CAPABILITY_REVOKED')
})

test('the next player of a slot starts with what everyone has', () => {
  const capabilities = new Capabilities(chat)
  capabilities.grant(3, ['chat:send'], 1)
  capabilities.revoke(3, ['network:emit'], 2)
  capabilities.clear(3, 7)
  expect([capabilities.has(3, 'chat:send', 8), capabilities.has(3, 'network:emit', 8)]).toEqual([false, true])
  expect(capabilities.has(3, 'network:emit', 6)).toBe(false)
  expect(capabilities.has(9, 'network:emit', 8)).toBe(false)
  expect(capabilities.has(-1, 'network:emit', 8)).toBe(false)
})

test('with no baseline nobody emits before a grant', () => {
  const capabilities = new Capabilities({ slots: 2, baseline: [] })
  expect(capabilities.refuse(0, 'hit', ['network:emit'], 1)?.code).toBe('ERR_CAPABILITY_DENIED')
})

test('what it knows is the words that it was given', () => {
  const words = new Uint32Array(capabilityWords(4, 5))
  const a = new Capabilities({ ...chat, words })
  // Nobody is there yet.
  expect(a.has(1, 'network:emit', 5)).toBe(false)
  a.clear(2, 1)
  a.grant(1, BOTH, 5, 90)
  a.revoke(2, ['network:emit'], 6)
  const b = new Capabilities({ ...chat, words: words.slice() })
  expect(b.refuse(1, 'chat', BOTH, 89)).toBe(null)
  expect(b.refuse(2, 'hit', ['network:emit'], 6)?.code).toBe('ERR_CAPABILITY_REVOKED')
  words.fill(0)
  expect([a.has(1, 'chat:send', 89), b.has(1, 'chat:send', 89)]).toEqual([false, true])
})

test('a capability that nobody declared is our mistake', () => {
  expect(() => new Capabilities({ slots: 1, required: { chat: ['chat:send'] } })).toThrow(
    "capability 'chat:send' is not one: a name of 1 to 32 characters that the game's requires or grants say",
  )
  expect(() => new Capabilities({ slots: 1, declared: ['x'.repeat(33)] })).toThrow(/is not one/)
})

// ---- tokens

const matchKey = new Uint8Array(32).fill(1)
const issuer = publicKeyOf(matchKey)
const sign = (hash: Uint8Array): Uint8Array => signHash(hash, matchKey)
const claims: CapabilityClaims = {
  type: 'grant',
  peer: publicKeyOf(new Uint8Array(32).fill(2)),
  caps: ['chat:send'],
  match: 'm1',
  expiry: 600,
}

test('a token is read where its match key signed it', () => {
  const context = { issuer, match: 'm1', verifier: new SignatureBook() }
  const token = encodeToken(claims, sign)
  expect(readToken(token, context)).toEqual({ ok: true, claims })
  const revocation = { ...claims, type: 'revoke' as const }
  expect(readToken(encodeToken(revocation, sign), context)).toEqual({ ok: true, claims: revocation })
  expect(readToken(token, { ...context, match: 'm2' })).toMatchObject({
    code: 'ERR_CAPABILITY_DENIED',
    reason: "a token of the match 'm1'",
  })
  expect(readToken(token, { ...context, issuer: claims.peer })).toMatchObject({
    code: 'ERR_CAPABILITY_DENIED',
    reason: 'a token that the match key did not sign',
  })
})

test('no field of a token can be changed, nor a grant made of a revocation', () => {
  const context = { issuer, match: 'm1', verifier: new SignatureBook() }
  const parts = readAgain(encodeToken(claims, sign)) as Data[]
  const other: Data[] = ['revoke', new Uint8Array(32), ['network:authority'], 'm2', 601, new Uint8Array(64)]
  for (let field = 0; field < other.length; field++) {
    const changed = parts.with(field, other[field])
    expect(readToken(encodeCanonical(changed), context).ok).toBe(false)
  }
  expect(tokenHash(claims)).not.toEqual(tokenHash({ ...claims, type: 'revoke' }))
})

test('garbage is no token, and never throws', () => {
  const random = seeded(3)
  const verifier = { verify: () => true }
  const token = encodeToken(claims, sign)
  for (let size = 0; size < token.length; size++)
    expect(readToken(token.slice(0, size), { issuer, match: 'm1', verifier }).ok).toBe(false)
  for (let i = 0; i < 2000; i++) {
    const bytes = new Uint8Array(random.below(100)).map(() => random.below(256))
    expect(readToken(bytes, { issuer, match: 'm1', verifier }).ok).toBe(false)
  }
  expect(() => encodeToken({ ...claims, expiry: -1 }, sign)).toThrow('a token: the expiry is a tick, a u32')
  expect(() => encodeToken({ ...claims, caps: [] }, sign)).toThrow(/1 to 8 capabilities/)
})

test('what was verified is looked up, and another signature is not', () => {
  const book = new SignatureBook()
  const hash = tokenHash(claims)
  const signature = sign(hash)
  for (let i = 0; i < 3; i++) expect(book.verify(hash, signature, issuer)).toBe(true)
  expect(book.computed).toBe(1)
  const bad = signature.with(0, signature[0] ^ 1)
  for (let i = 0; i < 2; i++) expect(book.verify(hash, bad, issuer)).toBe(false)
  expect(book.computed).toBe(2)
  expect(book.verify(hash, signature, claims.peer)).toBe(false)
  expect(book.verify(hash, signature.slice(1), issuer)).toBe(false)
  // A key of small order, under which one signature fits every message by looser rules.
  const identity = new Uint8Array(32).with(0, 1)
  expect(book.verify(hash, new Uint8Array([...identity, ...new Uint8Array(32)]), identity)).toBe(false)
  // s + L verifies by looser rules: a second signature of the same message.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = BigInt(`0x${Buffer.from(signature.slice(32).toReversed()).toString('hex')}`) + order
  const high = new Uint8Array(Buffer.from(s.toString(16).padStart(64, '0'), 'hex')).toReversed()
  expect(book.verify(hash, new Uint8Array([...signature.slice(0, 32), ...high]), issuer)).toBe(false)
})

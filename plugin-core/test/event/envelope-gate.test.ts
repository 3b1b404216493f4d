// Envelopes on their way: sent and delivered. Tampered, repeated, unauthorised, late and oversized ones, and all six codes.

import { expect, test } from 'vitest'
import { encodeToken, type CapabilityClaims } from '../../src/event/capability-token.ts'
import type { Data } from '../../src/event/data.ts'
import { makeEnvelope, readdressed, type EnvelopeFields, type EventEnvelope } from '../../src/event/envelope.ts'
import { encodeEnvelope } from '../../src/event/envelope-codec.ts'
import { EnvelopeDedup } from '../../src/event/envelope-dedup.ts'
import { isForRules, type EnvelopeGate } from '../../src/event/envelope-gate.ts'
import { EnvelopeMaker } from '../../src/event/envelope-maker.ts'
import { EventFaults, FAULT_CODES, RECENT_FAULTS, type EventFault } from '../../src/event/event-fault.ts'
import { eventWords, gateOver, type DeclaredRights, type GateParts } from '../../src/event/event-memory.ts'
import { encodeHostFact } from '../../src/event/host-fact.ts'
import { DrawCounter } from '../../src/event/prng-span.ts'
import { SignatureBook, publicKeyOf, signHash } from '../../src/event/signature.ts'
import type { SlotEvent, TickControl } from '../../src/input/tick-control.ts'
import { nextRandom, seedRandom } from '../../src/math/random.ts'
import { seeded } from '../seeded.ts'

const SLOTS = 4
const EMIT = ['network:emit']
const RIGHTS: DeclaredRights = {
  ...{ requires: { chat: ['chat:send'] }, everyone: [], declared: ['chat:send'] },
  ...{ signed: false, matchKey: null },
}
const context = { presentedFor: (kind: string) => (kind === 'chat' ? ['network:emit', 'chat:send'] : EMIT) }

interface Parts extends GateParts {
  words: Uint32Array
  admit(tick: number, events: readonly SlotEvent[]): SlotEvent[]
}

function parts(options: Partial<Parameters<typeof gateOver>[0]> = {}): Parts {
  const { rights = RIGHTS } = options
  const words = options.words ?? new Uint32Array(eventWords(SLOTS, rights))
  const made = gateOver({ slots: SLOTS, rights, hosted: true, match: 'm', signatures: null, ...options, words })
  // Everyone has joined.
  if (options.words === undefined)
    made.gate.seat(0, { restart: null, joins: [0, 1, 2, 3], leaves: [], swap: null }, () => false)
  return { ...made, words, admit: (tick, events) => made.gate.admit(tick, events).map(({ event }) => event) }
}

function envelope(fields: Partial<EnvelopeFields> = {}): EventEnvelope {
  const all = { id: 0, kind: 'hit', chronos: 10, kairos: 'main', slot: 1, payload: null, caps: EMIT, ...fields }
  return makeEnvelope(all)
}

function event(of: EventEnvelope, slot = of.slot): SlotEvent {
  return { slot, bytes: encodeEnvelope(of, context) }
}

const faultOf = (gate: EnvelopeGate): EventFault | undefined => gate.refused.at(-1)

test('a tick delivers by tick, slot, id and hash, whatever order its facts are in', () => {
  const sorted = [
    envelope({ chronos: 9, slot: 3 }),
    envelope({ slot: 0 }),
    envelope({ slot: 1, id: 0 }),
    envelope({ slot: 1, id: 1 }),
    envelope({ slot: 2 }),
  ]
  const random = seeded(2)
  for (let i = 0; i < 10; i++) {
    const events = sorted.map(e => event(e))
    const shuffled = events.map(e => ({ e, at: random.below(1000) })).sort((a, b) => a.at - b.at)
    const { gate } = parts()
    const admitted = gate.admit(
      10,
      shuffled.map(({ e }) => e),
    )
    expect(admitted).toEqual(sorted.map((each, at) => ({ envelope: each, event: events[at] })))
  }
})

test('an envelope that was tampered with is refused, and told with sender, tick and kind', () => {
  const { gate, admit } = parts()
  const { bytes } = event(envelope({ payload: { damage: 1.5 } }))
  bytes[bytes.indexOf(0x3e)] = 0x3d
  expect(admit(10, [{ slot: 1, bytes }, event(envelope({ slot: 2 }))])).toHaveLength(1)
  const reason = 'its fields, coming from slot 1, do not give its hash'
  expect(gate.refused).toEqual([{ code: 'ERR_ENVELOPE_TAMPERED', slot: 1, tick: 10, kind: 'hit', reason }])
  expect(admit(11, [{ slot: 1, bytes: new Uint8Array([0x82, 0x61, 0x61, 0xf6]) }])).toEqual([])
  expect(faultOf(gate)).toMatchObject({ code: 'ERR_ENVELOPE_TAMPERED', kind: '' })
})

test('nobody speaks for another slot, nor from the future', () => {
  const { gate, admit } = parts()
  expect(admit(10, [event(envelope({ slot: 2 }), 1)])).toEqual([])
  expect(faultOf(gate)).toMatchObject({ slot: 1, reason: 'its fields, coming from slot 1, do not give its hash' })
  expect(admit(11, [event(envelope({ chronos: 12 }))])).toEqual([])
  expect(faultOf(gate)?.reason).toBe('it says tick 12, and came with tick 11')
  expect(admit(12, [event(envelope({ slot: 200 }))])).toEqual([])
  expect(faultOf(gate)?.slot).toBe(200)
})

test('a late envelope is delivered by the tick that carries it, as it is', () => {
  const { gate } = parts()
  const late = envelope({ chronos: 10 })
  expect(gate.admit(400, [event(late)])).toEqual([{ event: event(late), envelope: late }])
})

test('a repeat is dropped, and is no fault', () => {
  const { gate, admit } = parts()
  const first = envelope({ id: 1 })
  expect(admit(10, [event(first), event(first)])).toHaveLength(1)
  expect(gate.repeated).toBe(1)
  // The same again; an older id; an older tick; the same id with other words.
  for (const again of [first, envelope({ id: 0 }), envelope({ chronos: 9, id: 7 }), envelope({ id: 1, payload: 'x' })])
    expect([admit(11, [event(again)]), gate.repeated, gate.refused]).toEqual([[], 1, []])
  expect(admit(12, [event(envelope({ id: 2 }))])).toHaveLength(1)
  expect(admit(12, [event(envelope({ id: 0xffff_ffff }))])).toHaveLength(1)
  expect(admit(12, [event(envelope({ id: 0xffff_ffff }))])).toHaveLength(0)
  expect(admit(13, [event(envelope({ chronos: 11, id: 0 }))])).toHaveLength(1)
})

test('what came is told from what did not by two words a slot', () => {
  const dedup = new EnvelopeDedup(new Uint32Array(4))
  const many = Array.from({ length: 50 }, (_, i) => envelope({ chronos: 10 + (i >> 1), id: i & 1, slot: 1 }))
  for (const one of many) {
    expect(dedup.isRepeat(one)).toBe(false)
    dedup.add(one)
  }
  for (const one of many) expect(dedup.isRepeat(one)).toBe(true)
  // No tick is 0, and nobody may begin with it.
  expect(dedup.isRepeat(envelope({ chronos: 0, slot: 0 }))).toBe(true)
  dedup.clear(1)
  expect(dedup.isRepeat(many[0])).toBe(false)
})

test('who may not is refused on sending and on delivery', () => {
  const chat = envelope({ kind: 'chat', caps: ['network:emit', 'chat:send'] })
  const denied = { code: 'ERR_CAPABILITY_DENIED', reason: "slot 1 has no 'chat:send' at tick 10" }
  for (const sends of [true, false]) {
    const { gate, capabilities, admit } = parts()
    const passes = (at = 10): boolean | object => {
      const again = envelope({ ...chat, chronos: at })
      if (!sends) return admit(at, [event(again)]).length > 0 || faultOf(gate)!
      const sent = gate.send(again)
      return sent.ok || sent
    }
    expect(passes()).toMatchObject(denied)
    capabilities.grant(1, ['chat:send'], 11)
    expect(passes(11)).toBe(true)
    capabilities.revoke(1, ['chat:send'], 12)
    expect(passes(12)).toMatchObject({ code: 'ERR_CAPABILITY_REVOKED' })
    expect(gate.send(envelope({ caps: ['network:emit', 'who:knows'] }))).toMatchObject({
      code: 'ERR_CAPABILITY_UNKNOWN',
    })
  }
})

test('oversized and too many are refused', () => {
  const { gate, admit } = parts()
  expect(() => gate.send(envelope({ payload: 'x'.repeat(1400) }))).toThrow(/at most 1360 are carried: send less/)
  expect(admit(10, [{ slot: 1, bytes: new Uint8Array(1400).fill(0x80) }])).toEqual([])
  expect(faultOf(gate)).toMatchObject({ code: 'ERR_QUEUE_OVERFLOW', slot: 1, tick: 10 })
  const burst = [0, 1, 2, 3, 4, 5].map(id => event(envelope({ id })))
  expect(admit(11, burst)).toEqual(burst.slice(0, 4))
  expect(gate.refused.map(({ code, reason }) => [code, reason])).toEqual([
    ['ERR_QUEUE_OVERFLOW', 'more than 4 envelopes of slot 1 at one tick'],
    ['ERR_QUEUE_OVERFLOW', 'more than 4 envelopes of slot 1 at one tick'],
  ])
})

test('draws that the rules do not make are found', () => {
  // The rules draw once for each point of damage.
  const span = (seed: number, damage: number): DrawCounter => {
    const words = new Int32Array(4)
    seedRandom(words, 0, seed, 10)
    const counter = new DrawCounter(seed, () => nextRandom(words, 0))
    for (let i = 0; i < damage; i++) counter.draw()
    return counter
  }
  const { gate } = parts({ redraw: ({ payload }) => (typeof payload === 'number' ? span(5, payload).span : null) })
  const refused = (payload: Data, prngSpan?: { seed: number; count: number }): string | null => {
    const sent = gate.send(envelope({ payload, prngSpan }))
    return sent.ok ? null : `${sent.code}: ${sent.reason}`
  }
  expect([refused(3, span(5, 3).span), refused(0), refused('none', { seed: 1, count: 9 })]).toEqual([null, null, null])
  expect(refused(3, span(5, 4).span)).toBe(
    'ERR_PRNG_MISMATCH: it says 4 draws from seed 5, the rules take 3 from seed 5',
  )
  expect(refused(3, span(6, 3).span)).toMatch(/^ERR_PRNG_MISMATCH/)
  expect(refused(3)).toBe('ERR_PRNG_MISMATCH: it names no draws, the rules take 3')
})

test('one for another branch passes, and is not for the rules', () => {
  const { gate } = parts()
  const away = envelope({ kairos: 'ab'.repeat(32) })
  const admitted = gate.admit(10, [event(away), event(envelope({ id: 1 }))])
  expect(admitted.map(each => [each.envelope.kairos, isForRules(each)])).toEqual([
    ['ab'.repeat(32), false],
    ['main', true],
  ])
  expect(gate.admit(11, [event(away)])).toEqual([])
})

// ---- what it depends on

test('all that judging depends on is its words: copied, they judge alike; put back, they judge anew', () => {
  const a = parts()
  const before = a.words.slice()
  a.capabilities.revoke(2, EMIT, 5)
  a.admit(10, [event(envelope())])
  const b = parts({ words: a.words.slice() })
  for (const { admit } of [a, b]) {
    expect(admit(11, [event(envelope())])).toEqual([])
    expect(admit(12, [event(envelope({ chronos: 11 })), event(envelope({ slot: 2 }))])).toHaveLength(1)
  }
  expect(a.words).toEqual(b.words)
  a.words.set(before)
  expect(a.admit(10, [event(envelope()), event(envelope({ slot: 2 }))])).toHaveLength(2)
  expect(() => parts({ words: new Uint32Array(3) })).toThrow('events of 4 slots take 68 words, not 3')
})

test('a slot that changes hands starts anew, whoever had it', () => {
  const { gate, capabilities, admit } = parts({ rights: { ...RIGHTS, everyone: ['chat:send'] } })
  const control = (joins: number[], leaves: number[], restarts = false): TickControl => ({
    ...{ restart: restarts ? { round: 2, carry: new Uint8Array() } : null, joins, leaves, swap: null },
  })
  const has = (tick: number): boolean => capabilities.has(1, 'chat:send', tick)
  capabilities.revoke(1, ['chat:send'], 5)
  // A round that goes on with the same players; somebody else who joins.
  gate.seat(10, control([0, 1, 2, 3], [], true), () => true)
  gate.seat(11, control([2], [], false), slot => slot !== 2)
  expect(has(11)).toBe(false)
  expect(admit(12, [event(envelope({ chronos: 12, id: 5 }))])).toHaveLength(1)
  gate.seat(20, control([1], [1]), () => true)
  expect([has(19), has(20)]).toEqual([false, true])
  expect(admit(20, [event(envelope({ chronos: 3, id: 0 }))])).toHaveLength(1)
  capabilities.revoke(1, ['chat:send'], 25)
  gate.seat(30, control([0, 2, 3], [], true), () => true)
  expect(has(30)).toBe(true)
})

test('a host grants, revokes and tells of faults; nobody else may', () => {
  const { gate, capabilities, admit } = parts()
  const chat = event(envelope({ kind: 'chat', caps: ['network:emit', 'chat:send'] }))
  const grant = { slot: 1, bytes: encodeHostFact({ kind: 'net/grant', caps: ['chat:send', 'who:knows'] }) }
  expect(admit(10, [grant, chat])).toEqual([chat])
  expect(admit(11, [{ slot: 1, bytes: encodeHostFact({ kind: 'net/revoke', caps: ['chat:send'] }) }])).toEqual([])
  expect(capabilities.has(1, 'chat:send', 11)).toBe(false)
  const fault = encodeHostFact({ kind: 'net/fault', code: 'ERR_PRNG_MISMATCH', of: 'loot' })
  expect(admit(12, [{ slot: 3, bytes: fault }])).toEqual([])
  expect(gate.refused).toEqual([
    { code: 'ERR_PRNG_MISMATCH', slot: 3, tick: 12, kind: 'loot', reason: 'the host did not relay it' },
  ])
  const duel = parts({ hosted: false })
  expect(duel.admit(10, [grant, chat])).toEqual([])
  expect(duel.gate.refused.map(({ code, reason }) => [code, reason])).toEqual([
    ['ERR_ENVELOPE_TAMPERED', 'only a host may say this'],
    ['ERR_CAPABILITY_DENIED', "slot 1 has no 'chat:send' at tick 10"],
  ])
})

test('a fact of the host that makes no sense changes nothing, and never throws', () => {
  const { admit, gate, words } = parts()
  const before = words.slice()
  const random = seeded(4)
  const good = encodeHostFact({ kind: 'net/grant', caps: ['chat:send'] })
  for (let i = 0; i < 2000; i++) {
    const bytes = random.chance(0.5) ? good.slice() : new Uint8Array(1 + random.below(30)).map(() => random.below(256))
    bytes[random.below(bytes.length)] = random.below(256)
    bytes[0] = 0xa0 | (bytes[0] & 31)
    if (bytes.join() !== good.join()) admit(10, [{ slot: 1, bytes }])
    expect(gate.refused).toEqual([])
  }
  // Some of them name another capability, which means nothing here.
  expect(words).toEqual(before)
})

test('a maker counts ids per tick, and presents what the kind requires', () => {
  const { gate, capabilities, admit } = parts()
  capabilities.grant(2, ['chat:send'], 0)
  const maker = new EnvelopeMaker({ capabilities })
  const made = [103, 103, 104, 104].map(tick => maker.make(2, 'chat', { n: tick }, tick))
  expect(made.map(({ chronos, id }) => [chronos, id])).toEqual([
    [103, 0],
    [103, 1],
    [104, 0],
    [104, 1],
  ])
  expect(made[0]).toMatchObject({ slot: 2, kairos: 'main', caps: ['network:emit', 'chat:send'] })
  expect(
    admit(
      104,
      made.map(e => event(e)),
    ),
  ).toHaveLength(4)
  expect(gate.send(readdressed(made[0], { kairos: 'main', chronos: 105, id: 0 })).ok).toBe(true)
  expect(() => maker.make(2, 'x'.repeat(49), null, 203)).toThrow(/the kind must be/)
  expect(maker.make(2, 'hit', null, 203)).toMatchObject({ chronos: 203, id: 0 })
})

// ---- signed

const matchKey = new Uint8Array(32).fill(1)
const keyOf = (peer: number): Uint8Array => new Uint8Array(32).fill(10 + peer)
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const SIGNED: DeclaredRights = { ...RIGHTS, signed: true, matchKey: hexOf(publicKeyOf(matchKey)) }

function token(type: 'grant' | 'revoke', peer: number, claims: Partial<CapabilityClaims> = {}): Uint8Array {
  const all = { type, peer: publicKeyOf(keyOf(peer)), caps: ['chat:send'], match: 'm', expiry: 1000, ...claims }
  return encodeToken(all, hash => signHash(hash, matchKey))
}

class SignedMatch {
  readonly signatures = new SignatureBook()
  readonly parts: Parts
  readonly gate: EnvelopeGate
  readonly capabilities: GateParts['capabilities']
  readonly grants: NonNullable<GateParts['grants']>

  constructor(rights = SIGNED, words?: Uint32Array) {
    this.parts = parts({ rights, signatures: this.signatures, ...(words === undefined ? {} : { words }) })
    this.gate = this.parts.gate
    this.capabilities = this.parts.capabilities
    this.grants = this.parts.grants!
  }

  /** What `peer` signs, in a slot, at a tick: null, or the code of the refusal. */
  say(tick: number, slot: number, peer: number, fields: Partial<EnvelopeFields>): string | null {
    const sign = new SignatureBook().signer(keyOf(peer))
    const admitted = this.parts.admit(tick, [event(sign(envelope({ chronos: tick, slot, ...fields })))])
    if (admitted.length > 0) return null
    return this.gate.repeated > 0 ? 'repeat' : (faultOf(this.gate)?.code ?? 'nothing')
  }
  grant(tick: number, slot: number, peer: number, bytes: Uint8Array): string | null {
    return this.say(tick, slot, peer, { kind: 'net/grant', payload: bytes })
  }
  revoke(tick: number, slot: number, peer: number, bytes: Uint8Array): string | null {
    return this.say(tick, slot, peer, { kind: 'net/revoke', payload: bytes })
  }
  chat(tick: number, slot: number, peer: number): string | null {
    return this.say(tick, slot, peer, { kind: 'chat', caps: ['network:emit', 'chat:send'] })
  }
}

test('a grant opens from the next tick on until its expiry, for whom it names', () => {
  const match = new SignedMatch()
  expect(match.say(1, 1, 1, {})).toBe('ERR_ENVELOPE_TAMPERED')
  expect(match.grant(2, 1, 1, token('grant', 1, { expiry: 20 }))).toBe(null)
  expect(match.capabilities.has(1, 'chat:send', 2)).toBe(false)
  expect(match.chat(3, 1, 1)).toBe(null)
  expect(match.chat(19, 1, 1)).toBe(null)
  expect(match.chat(20, 1, 1)).toBe('ERR_CAPABILITY_DENIED')
  expect(match.grant(21, 1, 1, token('grant', 1, { expiry: 22 }))).toBe('ERR_CAPABILITY_DENIED')
})

test('a grant that was copied, forged, or is of another match opens nothing', () => {
  const match = new SignedMatch()
  expect(match.grant(2, 2, 2, token('grant', 1))).toBe('ERR_CAPABILITY_DENIED')
  expect(match.grant(3, 1, 1, token('grant', 1, { match: 'other' }))).toBe('ERR_CAPABILITY_DENIED')
  const own = { type: 'grant' as const, peer: publicKeyOf(keyOf(1)), caps: ['chat:send'], match: 'm', expiry: 9 }
  expect(
    match.grant(
      4,
      1,
      1,
      encodeToken(own, hash => signHash(hash, keyOf(1))),
    ),
  ).toBe('ERR_CAPABILITY_DENIED')
  expect(match.say(5, 1, 1, { kind: 'net/grant', payload: 'token' })).toBe('ERR_ENVELOPE_TAMPERED')
  expect(match.revoke(6, 1, 1, token('grant', 1))).toBe('ERR_ENVELOPE_TAMPERED')
  // Shown by its own peer, but in a slot where another one sits.
  expect(match.grant(7, 1, 1, token('grant', 1))).toBe(null)
  expect(match.grant(8, 1, 2, token('grant', 2))).toBe('ERR_ENVELOPE_TAMPERED')
  expect(match.capabilities.has(1, 'chat:send', 9)).toBe(true)
})

test('without signatures a grant is taken from the slot that the handshake gave to its peer', () => {
  const { grants, capabilities: all, parts: match } = new SignedMatch({ ...SIGNED, signed: false })
  const show = (id: number, peer: number): boolean =>
    match.admit(10, [event(envelope({ id, kind: 'net/grant', payload: token('grant', peer) }))]).length > 0
  expect(show(0, 1)).toBe(false)
  grants.seat(1, publicKeyOf(keyOf(1)), 0)
  expect([show(1, 2), show(2, 1)]).toEqual([false, true])
  expect(all.has(1, 'chat:send', 11)).toBe(true)
})

test('a revocation ends what there is and voids what was granted before; a later grant opens again', () => {
  const match = new SignedMatch()
  const old = token('grant', 1, { expiry: 1000 })
  expect(match.grant(1, 1, 1, old)).toBe(null)
  expect(match.chat(2, 1, 1)).toBe(null)
  expect(match.revoke(3, 2, 2, token('revoke', 1, { expiry: 1000 }))).toBe(null)
  expect(match.chat(4, 1, 1)).toBe('ERR_CAPABILITY_REVOKED')
  expect(match.grant(5, 1, 1, old)).toBe('ERR_CAPABILITY_REVOKED')
  expect(match.grant(6, 1, 1, token('grant', 1, { expiry: 1001 }))).toBe(null)
  expect(match.chat(7, 1, 1)).toBe(null)
})

test('what was revoked stays so: before its peer was here, and after a revocation of less', () => {
  const match = new SignedMatch()
  const caps = ['network:emit']
  expect(match.revoke(1, 2, 2, token('revoke', 1, { expiry: 900 }))).toBe(null)
  expect(match.revoke(2, 2, 2, token('revoke', 1, { expiry: 100 }))).toBe(null)
  expect(match.revoke(3, 2, 2, token('revoke', 1, { caps }))).toBe(null)
  expect(match.grant(4, 1, 1, token('grant', 1, { expiry: 900 }))).toBe('ERR_CAPABILITY_REVOKED')
  expect(match.grant(5, 1, 1, token('grant', 1, { expiry: 901 }))).toBe(null)
  // The slot had it from the start; this peer has not.
  expect(match.say(6, 1, 1, {})).toBe('ERR_CAPABILITY_REVOKED')
})

test('a grant does not slip past a revocation, nor into a taken seat, in the same tick', () => {
  const match = new SignedMatch()
  const at = (tick: number, ...of: [slot: number, peer: number, fields: Partial<EnvelopeFields>][]): void => {
    const signed = of.map(([slot, peer, fields], id) =>
      event(new SignatureBook().signer(keyOf(peer))(envelope({ id, chronos: tick, slot, ...fields }))),
    )
    expect(match.parts.admit(tick, signed)).toHaveLength(of.length)
  }
  match.grants.seat(1, publicKeyOf(keyOf(1)), 0)
  match.grants.seat(3, publicKeyOf(keyOf(3)), 0)
  const [revoke, grant] = ['net/revoke', 'net/grant']
  at(5, [1, 1, { kind: revoke, payload: token('revoke', 3) }], [3, 3, { kind: grant, payload: token('grant', 3) }])
  expect(match.capabilities.has(3, 'chat:send', 6)).toBe(false)
  at(
    6,
    [2, 2, { kind: grant, payload: token('grant', 2, { caps: ['timeline:merge'] }) }],
    [2, 4, { kind: grant, payload: token('grant', 4) }],
  )
  expect(match.grants.peer(2)).toEqual(publicKeyOf(keyOf(2)))
  expect([match.capabilities.has(2, 'timeline:merge', 7), match.capabilities.has(2, 'chat:send', 7)]).toEqual([
    true,
    false,
  ])
})

test('who leaves and comes back is still revoked', () => {
  const match = new SignedMatch()
  expect(match.grant(1, 1, 1, token('grant', 1))).toBe(null)
  expect(match.revoke(2, 1, 1, token('revoke', 1, { caps: ['network:emit'], expiry: 5000 }))).toBe(null)
  expect(match.say(3, 1, 1, {})).toBe('ERR_CAPABILITY_REVOKED')
  match.grants.seat(1, null, 4)
  match.grants.seat(3, publicKeyOf(keyOf(1)), 5)
  expect(match.say(6, 3, 1, {})).toBe('ERR_CAPABILITY_REVOKED')
  // His old slot is somebody else's now.
  match.grants.seat(1, publicKeyOf(keyOf(2)), 6)
  expect(match.say(7, 1, 2, {})).toBe(null)
})

test('unsigned, or signed by another key, or with a signature of something else, is tampered with', () => {
  const match = new SignedMatch()
  match.grants.seat(1, publicKeyOf(keyOf(1)), 0)
  expect(match.parts.admit(10, [event(envelope())])).toEqual([])
  expect(faultOf(match.gate)?.reason).toBe('not signed, which this match asks for')
  expect(match.say(11, 1, 2, {})).toBe('ERR_ENVELOPE_TAMPERED')
  const signed = new SignatureBook().signer(keyOf(1))(envelope())
  const other = { ...envelope({ payload: 'other' }), signature: signed.signature, signerId: signed.signerId }
  expect(match.parts.admit(12, [event(other)])).toEqual([])
  expect(faultOf(match.gate)?.reason).toBe('its signature is not of its hash')
  expect(match.gate.admit(13, [event(signed)])).toHaveLength(1)
})

test('a signature is verified once, and never for whom may not speak anyway', () => {
  const match = new SignedMatch()
  match.grants.seat(1, publicKeyOf(keyOf(1)), 0)
  const before = match.parts.words.slice()
  const own = match.signatures.signer(keyOf(1))(envelope())
  expect(match.gate.admit(10, [event(own)])).toHaveLength(1)
  expect(match.signatures.computed).toBe(0)
  const theirs = new SignatureBook().signer(keyOf(1))(envelope({ chronos: 11 }))
  const carried = event(theirs)
  // Rollbacks: the same tick with the state before it.
  for (let i = 0; i < 3; i++) {
    match.parts.words.set(before)
    expect(match.gate.admit(11, [i === 0 ? event(theirs) : carried])).toHaveLength(1)
  }
  expect(match.signatures.computed).toBe(1)
  expect(match.chat(12, 1, 1)).toBe('ERR_CAPABILITY_DENIED')
  expect(match.signatures.computed).toBe(1)
})

test('a late joiner knows seats and revocations, too', () => {
  const a = new SignedMatch()
  expect(a.grant(1, 1, 1, token('grant', 1))).toBe(null)
  expect(a.revoke(2, 1, 1, token('revoke', 2))).toBe(null)
  const b = new SignedMatch(SIGNED, a.parts.words.slice())
  for (const match of [a, b]) {
    expect(match.chat(3, 1, 1)).toBe(null)
    expect(match.grant(4, 2, 2, token('grant', 2))).toBe('ERR_CAPABILITY_REVOKED')
    expect(match.say(5, 1, 2, {})).toBe('ERR_ENVELOPE_TAMPERED')
  }
})

test('more revocations than are remembered are refused, and open nothing', () => {
  const match = new SignedMatch({ ...SIGNED, signed: false })
  match.grants.seat(1, publicKeyOf(keyOf(1)), 0)
  const revoked = (peer: number, id: number): boolean => {
    const payload = token('revoke', 1, { peer: new Uint8Array(32).fill(peer) })
    return match.parts.admit(10 + id, [event(envelope({ kind: 'net/revoke', chronos: 10 + id, payload }))]).length > 0
  }
  const passed = Array.from({ length: 66 }, (_, i) => revoked(100 + i, i))
  expect([passed.lastIndexOf(true), passed.indexOf(false)]).toEqual([63, 64])
  expect(faultOf(match.gate)?.code).toBe('ERR_QUEUE_OVERFLOW')
})

test('without a match key a slot belongs to whoever signs in it first', () => {
  const match = new SignedMatch({ ...SIGNED, matchKey: null })
  expect(match.say(1, 1, 1, {})).toBe(null)
  expect(match.say(2, 1, 2, {})).toBe('ERR_ENVELOPE_TAMPERED')
  expect(match.say(3, 1, 1, {})).toBe(null)
  // Nobody has a key to sign tokens with.
  expect(match.grant(4, 1, 1, token('grant', 1))).toBe('ERR_CAPABILITY_DENIED')
})

test('a gate that is put together wrongly says so', () => {
  expect(() => parts({ rights: SIGNED })).toThrow(/need grants/)
  expect(() => parts({ rights: { ...SIGNED, matchKey: 'key' }, signatures: new SignatureBook() })).toThrow(
    'grants.matchKey is a public key: 32 bytes of Ed25519, 64 digits of hex',
  )
  expect(() => parts({ rights: { ...RIGHTS, declared: ['x'.repeat(33)] } })).toThrow(/is not one: a name of 1 to 32/)
})

test('every code counts, is told, and the newest are kept', () => {
  const told: string[] = []
  const faults = new EventFaults(({ code }) => told.push(code))
  for (let i = 0; i < 60; i++)
    faults.add({ code: FAULT_CODES[i % 6], reason: `${i}`, slot: i % SLOTS, tick: i, kind: '' })
  expect(faults.total).toBe(60)
  expect(Object.values(faults.counts)).toEqual([10, 10, 10, 10, 10, 10])
  expect(told).toHaveLength(60)
  expect(faults.recent.map(({ reason }) => reason)).toEqual(
    Array.from({ length: RECENT_FAULTS }, (_, i) => `${60 - RECENT_FAULTS + i}`),
  )
})

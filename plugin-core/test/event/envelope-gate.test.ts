// Envelopes on their way: sent, relayed, delivered. Tampered, repeated, unauthorised, late and oversized ones, and all six
// codes.

import { expect, test } from 'vitest'
import { Capabilities } from '../../src/event/capabilities.ts'
import { encodeToken, type CapabilityClaims } from '../../src/event/capability-token.ts'
import type { Data } from '../../src/event/data.ts'
import { makeEnvelope, readdressed, type EnvelopeFields, type EventEnvelope } from '../../src/event/envelope.ts'
import { encodeEnvelope } from '../../src/event/envelope-codec.ts'
import { EnvelopeDedup, KNOWN_HASHES } from '../../src/event/envelope-dedup.ts'
import { EnvelopeGate, type GateOptions } from '../../src/event/envelope-gate.ts'
import { EnvelopeMaker } from '../../src/event/envelope-maker.ts'
import { EventFaults, FAULT_CODES, RECENT_FAULTS, refusal, type EventFault } from '../../src/event/event-fault.ts'
import { GrantBook } from '../../src/event/grant-book.ts'
import { DrawCounter } from '../../src/event/prng-span.ts'
import { SignatureBook, publicKeyOf, signHash } from '../../src/event/signature.ts'
import type { SlotEvent } from '../../src/input/tick-control.ts'
import { nextRandom, seedRandom } from '../../src/math/random.ts'
import { seeded } from '../seeded.ts'

const SLOTS = 4
const EMIT = ['network:emit']

function capabilities(): Capabilities {
  return new Capabilities({ slots: SLOTS, declared: ['chat:send'], required: { chat: ['chat:send'] } })
}

function gate(options: Partial<GateOptions> = {}): EnvelopeGate {
  return new EnvelopeGate({ slots: SLOTS, capabilities: capabilities(), ...options })
}

function envelope(fields: Partial<EnvelopeFields> = {}): EventEnvelope {
  const all = { id: 0, kind: 'hit', chronos: 10, kairos: 'main', slot: 1, payload: null, caps: EMIT, ...fields }
  return makeEnvelope(all)
}

function event(of: EventEnvelope, slot = of.slot): SlotEvent {
  return { slot, bytes: encodeEnvelope(of) }
}

const faultOf = ({ faults }: EnvelopeGate): EventFault | undefined => faults.recent.at(-1)

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
    const g = gate()
    expect(
      g.admit(
        10,
        shuffled.map(({ e }) => e),
      ),
    ).toEqual(events)
    expect(g.admitted).toEqual(sorted)
  }
})

test('an envelope that was tampered with is refused, counted, and told with sender and tick', () => {
  const told: EventFault[] = []
  const g = gate({ told: fault => told.push(fault) })
  const bytes = encodeEnvelope(envelope({ payload: { damage: 1 } }))
  bytes[bytes.indexOf(0x01, 20)] = 99
  expect(g.admit(10, [{ slot: 1, bytes }, event(envelope({ slot: 2 }))])).toHaveLength(1)
  const fault = { code: 'ERR_ENVELOPE_TAMPERED', slot: 1, tick: 10, reason: expect.any(String) as string }
  expect([told, g.faults.recent]).toEqual([[fault], [fault]])
  expect(g.faults.counts.ERR_ENVELOPE_TAMPERED).toBe(1)
  expect(g.admit(11, [{ slot: 1, bytes: new Uint8Array([0x82, 0x61, 0x61, 0xf6]) }])).toBe(null)
})

test('nobody speaks for another slot, nor from the future', () => {
  const g = gate()
  expect(g.admit(10, [event(envelope({ slot: 2 }), 1)])).toBe(null)
  expect(faultOf(g)).toMatchObject({
    code: 'ERR_ENVELOPE_TAMPERED',
    slot: 1,
    reason: 'it says slot 2, and came from slot 1',
  })
  expect(g.admit(11, [event(envelope({ chronos: 12 }))])).toBe(null)
  expect(faultOf(g)?.reason).toBe('it says tick 12, and came with tick 11')
  expect(g.admit(12, [event(envelope({ slot: 200, caps: [] }))])).toBe(null)
  expect(faultOf(g)?.slot).toBe(200)
})

test('a late envelope is delivered by the tick that carries it, as it is', () => {
  const g = gate()
  const late = envelope({ chronos: 10 })
  expect(g.admit(400, [event(late)])).toEqual([event(late)])
  expect(g.admitted).toEqual([late])
})

test('a repeat is dropped, and is no fault', () => {
  const g = gate()
  const first = envelope({ id: 1 })
  expect(g.admit(10, [event(first), event(first)])).toHaveLength(1)
  // The same again; an older id; an older tick; the same id with other words.
  for (const again of [first, envelope({ id: 0 }), envelope({ chronos: 9, id: 7 }), envelope({ id: 1, payload: 'x' })])
    expect(g.admit(11, [event(again)])).toBe(null)
  expect(g.admit(12, [event(envelope({ id: 2 }))])).toHaveLength(1)
  expect(g.admit(12, [event(envelope({ id: 0xffff_ffff }))])).toHaveLength(1)
  expect(g.admit(12, [event(envelope({ id: 0xffff_ffff }))])).toBe(null)
  expect(g.admit(13, [event(envelope({ chronos: 11, id: 0 }))])).toHaveLength(1)
  expect(g.faults.repeated).toBe(6)
  expect(g.faults.recent).toEqual([])
})

test('known hashes are remembered up to a limit, and senders beyond it', () => {
  const dedup = new EnvelopeDedup(2)
  const many = Array.from({ length: KNOWN_HASHES + 50 }, (_, i) => envelope({ chronos: 10 + i, slot: 1 }))
  for (const one of many) {
    expect(dedup.isRepeat(one)).toBe(false)
    dedup.add(one)
  }
  for (const one of many) expect(dedup.isRepeat(one)).toBe(true)
})

test('who may not is refused on sending, on relaying and on delivery', () => {
  const chat = envelope({ kind: 'chat', caps: ['network:emit', 'chat:send'] })
  const denied = { code: 'ERR_CAPABILITY_DENIED', slot: 1, tick: 10, reason: "slot 1 has no 'chat:send' at tick 10" }
  for (const place of ['send', 'relay', 'admit']) {
    const options = { slots: SLOTS, capabilities: capabilities() }
    const g = new EnvelopeGate(options)
    const passes = (at = 10): boolean => {
      const again = envelope({ ...chat, chronos: at })
      if (place === 'send') return g.send(again).ok
      if (place === 'relay') return g.relay(at, 1, encodeEnvelope(again))
      return g.admit(at, [event(again)]) !== null
    }
    expect(passes()).toBe(false)
    expect(faultOf(g)).toEqual(denied)
    options.capabilities.grant(1, ['chat:send'], 11)
    expect(passes(11)).toBe(true)
    options.capabilities.revoke(1, ['chat:send'], 12)
    expect(passes(12)).toBe(false)
    expect(faultOf(g)?.code).toBe('ERR_CAPABILITY_REVOKED')
    expect(g.send(envelope({ caps: ['network:emit', 'who:knows'] }))).toMatchObject({ code: 'ERR_CAPABILITY_UNKNOWN' })
  }
})

test('a relay passes each envelope once', () => {
  const g = gate()
  const bytes = encodeEnvelope(envelope())
  expect([g.relay(10, 1, bytes), g.relay(10, 1, bytes), g.relay(11, 2, bytes)]).toEqual([true, false, false])
  expect(g.faults.repeated).toBe(1)
})

test('oversized and too many are refused', () => {
  const g = gate()
  expect(() => g.send(envelope({ payload: 'x'.repeat(600) }))).toThrow(/at most 512 are carried: send less/)
  expect(g.admit(10, [{ slot: 1, bytes: new Uint8Array(600) }])).toBe(null)
  expect(faultOf(g)).toMatchObject({ code: 'ERR_QUEUE_OVERFLOW', slot: 1, tick: 10 })
  const burst = [0, 1, 2, 3, 4, 5].map(id => event(envelope({ id })))
  expect(g.admit(11, burst)).toEqual(burst.slice(0, 4))
  expect(faultOf(g)?.reason).toBe('more than 4 envelopes of slot 1 at one tick')
  expect(g.faults.counts.ERR_QUEUE_OVERFLOW).toBe(3)
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
  const g = gate({ redraw: ({ payload }) => (typeof payload === 'number' ? span(5, payload).span : null) })
  const passes = (payload: Data, prngSpan?: { seed: number; count: number }): boolean =>
    g.send(envelope({ payload, prngSpan })).ok
  expect([passes(3, span(5, 3).span), passes(0), passes('none', { seed: 1, count: 9 })]).toEqual([true, true, true])
  expect([passes(3, span(5, 4).span), passes(3, span(6, 3).span), passes(3)]).toEqual([false, false, false])
  expect(g.faults.counts.ERR_PRNG_MISMATCH).toBe(3)
  expect(g.faults.recent[0].reason).toBe('it says 4 draws from seed 5, the rules take 3 from seed 5')
  expect(faultOf(g)?.reason).toBe('it names no draws, the rules take 3')
})

test('one for another branch is handed to the bridge, once', () => {
  const crossed: EventEnvelope[] = []
  const g = gate({ elsewhere: e => crossed.push(e) })
  const away = envelope({ kairos: 'ab'.repeat(32) })
  expect(g.foresee(10, [event(away)])).toBe(null)
  expect(g.admit(10, [event(away), event(envelope({ id: 1 }))])).toHaveLength(1)
  expect(g.admit(11, [event(away)])).toBe(null)
  expect(crossed).toEqual([away])
})

test('what this player expects of his own is what is delivered, and expecting changes nothing', () => {
  const g = gate()
  const events = [event(envelope({ id: 1 })), event(envelope({ id: 0 })), event(envelope({ id: 2, caps: [] }))]
  const foreseen = g.foresee(10, events)
  expect(g.foresee(10, events)).toEqual(foreseen)
  expect(g.faults.recent).toEqual([])
  expect(g.admit(10, events)).toEqual(foreseen)
  expect(g.foresee(10, events)).toBe(null)
})

test('a late joiner goes on from what he is given', () => {
  const [a, b] = [gate(), gate()]
  a.admit(10, [event(envelope())])
  expect(b.load(a.save())).toBe(true)
  for (const g of [a, b]) {
    expect(g.admit(11, [event(envelope())])).toBe(null)
    expect(g.admit(12, [event(envelope({ chronos: 11 }))])).toHaveLength(1)
  }
  expect(b.load(new Uint8Array([0x80]))).toBe(false)
  expect(gate({ slots: 2, capabilities: new Capabilities({ slots: 2 }) }).load(a.save())).toBe(false)
})

test('a maker counts ids per tick, never goes back, and presents what the kind requires', () => {
  const all = capabilities()
  all.grant(2, ['chat:send'], 0)
  const maker = new EnvelopeMaker({ slot: 2, inputDelay: 2, capabilities: all })
  const made = [100, 100, 101, 99].map(headTick => maker.make('chat', { n: headTick }, headTick))
  expect(made.map(({ chronos, id }) => [chronos, id])).toEqual([
    [103, 0],
    [103, 1],
    [104, 0],
    [104, 1],
  ])
  expect(made[0]).toMatchObject({ slot: 2, kairos: 'main', caps: ['network:emit', 'chat:send'] })
  const g = gate({ capabilities: all })
  expect(
    g.admit(
      104,
      made.map(e => event(e)),
    ),
  ).toHaveLength(4)
  expect(g.send(readdressed(made[0], { kairos: 'main', chronos: 105, id: 0 })).ok).toBe(true)
  expect(() => maker.make('x'.repeat(49), null, 200)).toThrow(/the kind must be/)
  expect(maker.make('hit', null, 200)).toMatchObject({ chronos: 203, id: 0 })
})

// ---- signed

const matchKey = new Uint8Array(32).fill(1)
const keyOf = (peer: number): Uint8Array => new Uint8Array(32).fill(10 + peer)

function token(type: 'grant' | 'revoke', peer: number, claims: Partial<CapabilityClaims> = {}): Uint8Array {
  const all = { type, peer: publicKeyOf(keyOf(peer)), caps: ['chat:send'], match: 'm', expiry: 1000, ...claims }
  return encodeToken(all, hash => signHash(hash, matchKey))
}

class SignedMatch {
  readonly signatures = new SignatureBook()
  readonly capabilities = capabilities()
  readonly grants = new GrantBook({
    slots: SLOTS,
    capabilities: this.capabilities,
    issuer: publicKeyOf(matchKey),
    match: 'm',
    verifier: this.signatures,
  })
  readonly gate = new EnvelopeGate({
    slots: SLOTS,
    capabilities: this.capabilities,
    verifier: this.signatures,
    signed: true,
    grants: this.grants,
  })

  /** What `peer` signs, in a slot, at a tick: null, or the code of the refusal. */
  say(tick: number, slot: number, peer: number, fields: Partial<EnvelopeFields>): string | null {
    const sign = new SignatureBook().signer(keyOf(peer))
    const before = this.gate.faults.recent.length
    const admitted = this.gate.admit(tick, [event(sign(envelope({ chronos: tick, slot, ...fields })))])
    if (admitted !== null) return null
    return this.gate.faults.recent.length === before ? 'repeat' : (this.gate.faults.recent.at(-1)?.code ?? null)
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
  const { grants, capabilities: all, signatures: verifier } = new SignedMatch()
  const g = gate({ capabilities: all, grants, verifier })
  const show = (id: number, peer: number): boolean =>
    g.admit(10, [event(envelope({ id, kind: 'net/grant', payload: token('grant', peer) }))]) !== null
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
    expect(match.gate.admit(tick, signed)).toHaveLength(of.length)
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
  expect(match.gate.admit(10, [event(envelope())])).toBe(null)
  expect(faultOf(match.gate)?.reason).toBe('not signed, which this match asks for')
  expect(match.say(11, 1, 2, {})).toBe('ERR_ENVELOPE_TAMPERED')
  const signed = new SignatureBook().signer(keyOf(1))(envelope())
  const other = { ...envelope({ payload: 'other' }), signature: signed.signature, signerId: signed.signerId }
  expect(match.gate.admit(12, [event(other)])).toBe(null)
  expect(faultOf(match.gate)?.reason).toBe('its signature is not of its hash')
  expect(match.gate.admit(13, [event(signed)])).toHaveLength(1)
})

test('a signature is verified once, and never for whom may not speak anyway', () => {
  const match = new SignedMatch()
  match.grants.seat(1, publicKeyOf(keyOf(1)), 0)
  const own = match.signatures.signer(keyOf(1))(envelope())
  expect(match.gate.foresee(10, [event(own)])).toHaveLength(1)
  expect(match.gate.admit(10, [event(own)])).toHaveLength(1)
  expect(match.signatures.computed).toBe(0)
  const theirs = new SignatureBook().signer(keyOf(1))(envelope({ chronos: 11 }))
  for (let i = 0; i < 3; i++) expect(match.gate.foresee(11, [event(theirs)])).toHaveLength(1)
  expect(match.gate.admit(11, [event(theirs)])).toHaveLength(1)
  expect(match.signatures.computed).toBe(1)
  expect(match.chat(12, 1, 1)).toBe('ERR_CAPABILITY_DENIED')
  expect(match.signatures.computed).toBe(1)
})

test('a late joiner knows seats and revocations, too', () => {
  const [a, b] = [new SignedMatch(), new SignedMatch()]
  expect(a.grant(1, 1, 1, token('grant', 1))).toBe(null)
  expect(a.revoke(2, 1, 1, token('revoke', 2))).toBe(null)
  expect(b.gate.load(a.gate.save())).toBe(true)
  for (const match of [a, b]) {
    expect(match.chat(3, 1, 1)).toBe(null)
    expect(match.grant(4, 2, 2, token('grant', 2))).toBe('ERR_CAPABILITY_REVOKED')
    expect(match.say(5, 1, 2, {})).toBe('ERR_ENVELOPE_TAMPERED')
  }
  for (const bad of [null, [], [[], []], [[1, 2, 3, 4], []], [[null, null, null, null], [['a']]]] as Data[])
    expect(b.grants.load(bad)).toBe(false)
})

test('a gate that is put together wrongly says so', () => {
  expect(() => gate({ signed: true })).toThrow(/need grants/)
  expect(() => gate({ grants: new SignedMatch().grants })).toThrow(/need a verifier/)
})

test('every code counts, is told, and the newest are kept', () => {
  const told: string[] = []
  const faults = new EventFaults(({ code }) => told.push(code))
  for (let i = 0; i < 60; i++) faults.add(refusal(FAULT_CODES[i % 6], `${i}`), i % SLOTS, i)
  expect(Object.values(faults.counts)).toEqual([10, 10, 10, 10, 10, 10])
  expect(told).toHaveLength(60)
  expect(faults.recent.map(({ reason }) => reason)).toEqual(
    Array.from({ length: RECENT_FAULTS }, (_, i) => `${60 - RECENT_FAULTS + i}`),
  )
})

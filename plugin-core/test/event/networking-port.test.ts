// The port over a star, with and without a host that waits: what one sends everyone receives, in one order, once, whatever
// the line loses. A duel's is in test/matches/capabilities-elsewhere.test.ts.

import { expect, test } from 'vitest'
import { makeEnvelope, type EventEnvelope } from '../../src/event/envelope.ts'
import { INBOX } from '../../src/event/networking-port.ts'
import { EVENT_QUEUE } from '../../src/wire/limits.ts'
import { CapabilitiesMatch, type Machine } from '../matches/capabilities-match.ts'
import { seeded } from '../seeded.ts'

const BAD = { delayMs: 40, jitterMs: 30, loss: 0.2, duplicate: 0.1, reorder: 0.1 }

function wave({ loop }: Machine, fields: Partial<EventEnvelope> = {}): EventEnvelope {
  const { slot } = loop.session
  const chronos = loop.timeline.headTick
  const all = { id: 0, kind: 'wave', chronos, kairos: 'main', slot, payload: null, caps: ['network:emit'], ...fields }
  return makeEnvelope(all)
}

test.each([
  [1, false],
  [2, false],
  [3, true],
])('what one sends, everyone receives once and in one order (seed %i, authoritative %s)', (seed, authoritative) => {
  const match = new CapabilitiesMatch({ seed, peers: 3, conditions: BAD, authoritative })
  const random = seeded(seed * 7)
  match.run(60)
  const sent: string[] = []
  for (let call = 0; call < 60; call++) {
    for (const m of match.machines) {
      const evt = wave(m, { payload: call })
      if (random.chance(0.3) && m.port.send(evt)) sent.push(evt.envelopeHash.join())
    }
    match.run(3)
  }
  match.run(120)
  const received = (m: Machine): string[] => m.delivered.map(e => e.envelopeHash.join())
  const [first] = match.machines
  expect(sent.length).toBeGreaterThan(40)
  expect(received(first).toSorted()).toEqual(sent.toSorted())
  for (const m of match.machines) {
    expect(received(m)).toEqual(received(first))
    expect([m.port.mode, m.port.syncClock(), m.told]).toEqual(['client-server', m.loop.session.closedTick, []])
  }
  expect(first.loop.timeline.rollbacks).toBeGreaterThan(0)
  expect(match.problems()).toEqual([])
})

test('an envelope for another branch is received, and no rule hears it', () => {
  const match = new CapabilitiesMatch({ seed: 4, peers: 2 })
  match.run(60)
  const [a, b] = match.machines
  const away = wave(a, {
    kind: 'chat',
    kairos: 'ab'.repeat(32),
    payload: { n: 1 },
    caps: ['network:emit', 'chat:send'],
  })
  expect(a.port.send(away)).toBe(true)
  match.run(60)
  for (const m of [a, b]) {
    expect(m.delivered).toEqual([away])
    expect(match.column(m, 'said')).toEqual([0, 0])
  }
})

test('who may not is refused before anything leaves, and counted', () => {
  const match = new CapabilitiesMatch({ seed: 5, peers: 2 })
  match.run(60)
  const [a] = match.machines
  expect(a.port.send(wave(a, { kind: 'hush', caps: ['network:emit', 'room:moderate'] }))).toBe(false)
  expect(a.port.send(wave(a, { slot: 1 }))).toBe(false)
  expect(a.told.map(({ code, slot, kind, reason }) => [code, slot, kind, reason])).toEqual([
    ['ERR_CAPABILITY_DENIED', 0, 'hush', expect.stringMatching(/^slot 0 has no 'room:moderate' at tick \d+$/)],
    ['ERR_ENVELOPE_TAMPERED', 1, 'wave', 'it says slot 1, this is slot 0'],
  ])
  expect(() => a.port.send(wave(a, { payload: 'x'.repeat(1400) }))).toThrow(/at most 1360 are carried: send less/)
  match.run(30)
  for (const m of match.machines) expect(m.delivered).toEqual([])
})

test('what nobody takes away is bounded, both ways', () => {
  const match = new CapabilitiesMatch({ seed: 6, peers: 1 })
  match.run(60)
  const [a] = match.machines
  const sent = Array.from({ length: EVENT_QUEUE + 3 }, (_, id) => a.port.send(wave(a, { id, chronos: 1 })))
  expect(sent.filter(each => !each)).toHaveLength(3)
  expect(a.line.faults.counts.ERR_QUEUE_OVERFLOW).toBe(3)
  match.run(60)
  // A tool that fell asleep: nobody calls `receive`.
  const port = a.line.port({ ...a.loop.session, slot: 0, closedTick: 0, emit: () => true })
  for (let tick = 1000; tick < 1000 + INBOX + 2; tick++) {
    a.line.open(tick, null, [{ slot: 0, bytes: a.line.encode(0, 'wave', tick, tick) }])
    a.line.settle(tick)
  }
  expect(a.line.faults.counts.ERR_QUEUE_OVERFLOW).toBe(5)
  expect(port.receive().map(e => e.chronos)).toEqual(Array.from({ length: INBOX }, (_, i) => 1002 + i))
  expect(port.receive()).toEqual([])
})

// Who may send what, in whole matches: allowed, denied, granted, revoked; and all machines alike.

import { expect, test } from 'vitest'
import type { EventFault } from '../../src/event/event-fault.ts'
import { makeEnvelope } from '../../src/event/envelope.ts'
import { seeded } from '../seeded.ts'
import { encodeHostFact } from '../../src/event/host-fact.ts'
import { hostEvents } from '../../src/loop/envelope-relay.ts'
import type { RightsSpec } from '../../src/sim/event-rights.ts'
import { CapabilitiesMatch, YARD_RIGHTS, forged, yardOf, type Machine } from './capabilities-match.ts'

const HOSTS: [host: string, relays: boolean | RightsSpec][] = [
  ['has the rules', true],
  ['was told what its events need', YARD_RIGHTS],
  ['knows nothing', false],
]
const LINE = { delayMs: 30, jitterMs: 5, loss: 0, duplicate: 0, reorder: 0 }
const told = ({ told: faults }: Machine): string[] => faults.map(({ code, slot, kind }) => `${code} ${slot} ${kind}`)
const byTick = ({ tick, slot, code }: EventFault): string => `${tick} ${slot} ${code}`

test('who may is heard everywhere; who may not hears a sentence, and nobody else hears anything', () => {
  const match = new CapabilitiesMatch({ seed: 1, peers: 4 })
  match.run(60)
  const [a, b] = match.machines
  a.loop.emit('chat', { n: 3 })
  expect(() => b.loop.emit('hush', 0)).toThrow(
    /^emit\('hush'\) is not sent: slot 1 has no 'room:moderate' at tick \d+ \(ERR_CAPABILITY_DENIED\)$/,
  )
  match.run(60)
  for (const m of match.machines) {
    expect(match.column(m, 'said')).toEqual([3, 0, 0, 0])
    expect(match.column(m, 'hushed')).toEqual([0, 0, 0, 0])
    expect(m.delivered.map(({ kind, slot, payload }) => [kind, slot, payload])).toEqual([['chat', 0, { n: 3 }]])
    expect(told(m)).toEqual(m === b ? ['ERR_CAPABILITY_DENIED 1 hush'] : [])
  }
  expect(match.problems()).toEqual([])
})

test('a ticket grants more, from the first tick on, on all machines', () => {
  const match = new CapabilitiesMatch({
    seed: 2,
    peers: 4,
    admit: ({ name }) => ({ grants: name === 'p2' ? ['room:moderate'] : [] }),
  })
  match.run(30)
  match.machines[2].loop.emit('hush', 1)
  match.run(30)
  for (const m of match.machines) expect(match.column(m, 'hushed')).toEqual([0, 1, 0, 0])
  expect(match.machines.flatMap(told)).toEqual([])
  expect(match.problems()).toEqual([])
})

// Who plays the first ticks by prediction knows of no ticket yet: what a page emits as it hears of the start was refused there, though
// everyone would have heard it.
test('what a ticket grants may be used in the first tick that is seen', () => {
  const match = new CapabilitiesMatch({
    seed: 2,
    peers: 2,
    conditions: { delayMs: 40, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 },
    admit: ({ name }) => ({ grants: name === 'p1' ? ['room:moderate'] : [] }),
  })
  const [a, b] = match.machines
  match.clock.runUntil(() => a.loop.timeline.headTick > 0 && b.loop.timeline.headTick > 0, 20_000)
  const { confirmedTick, headTick } = b.loop.timeline
  expect(confirmedTick).toBeLessThan(headTick)
  b.loop.emit('hush', 0)
  // Without a ticket, whoever emits as early is refused by the others.
  a.loop.emit('hush', 1)
  match.run(60)
  for (const m of match.machines) {
    expect(match.column(m, 'hushed')).toEqual([1, 0])
    expect(told(m)).toEqual(['ERR_CAPABILITY_DENIED 0 hush'])
  }
  expect(() => a.loop.emit('hush', 1)).toThrow(/slot 0 has no 'room:moderate'/)
  expect(match.problems()).toEqual([])
})

test.each(HOSTS)('a changed client that asks nobody is refused by everyone (the host %s)', (_host, relays) => {
  const match = new CapabilitiesMatch({ seed: 3, peers: 4, relays })
  match.run(60)
  const [, cheat] = match.machines
  cheat.loop.session.emit(forged(match, { slot: 1, kind: 'hush', payload: 0 }))
  match.run(60)
  for (const m of match.machines) {
    expect(match.column(m, 'hushed')).toEqual([0, 0, 0, 0])
    expect(told(m)).toEqual(['ERR_CAPABILITY_DENIED 1 hush'])
    expect(m.told.map(byTick)).toEqual(match.machines[0].told.map(byTick))
  }
  expect(match.problems()).toEqual([])
  expect(match.host.eventFaults?.ERR_CAPABILITY_DENIED ?? 0).toBe(relays === false ? 0 : 1)
})

test('what the server takes away is gone for everyone at one tick, while the match is played', () => {
  const match = new CapabilitiesMatch({ seed: 4, peers: 3 })
  match.run(60)
  const [a, b] = match.machines
  expect(match.host.revoke(0, ['chat:send'])).toBe(true)
  // Already on its way when it hears of that: the host does not relay it, and says so.
  a.loop.emit('chat', { n: 1 })
  match.run(60)
  expect(() => a.loop.emit('chat', { n: 1 })).toThrow(
    /'chat:send' of slot 0 is revoked since tick \d+ \(ERR_CAPABILITY_REVOKED\)/,
  )
  b.loop.emit('chat', { n: 1 })
  expect(match.host.grant(0, ['chat:send'])).toBe(true)
  match.run(30)
  a.loop.emit('chat', { n: 2 })
  match.run(30)
  for (const m of match.machines) {
    expect(match.column(m, 'said')).toEqual([2, 1, 0])
    expect(told(m).slice(0, 1)).toEqual(['ERR_CAPABILITY_REVOKED 0 chat'])
  }
  expect([match.host.revoke(5, ['chat:send']), match.problems()]).toEqual([false, []])
})

test.each(HOSTS)(
  'each of the six faults is counted and told, and none ends the match (the host %s)',
  (_host, relays) => {
    const match = new CapabilitiesMatch({ seed: 5, peers: 3, relays, conditions: { ...LINE, loss: 0.1, jitterMs: 20 } })
    match.run(60)
    const { session } = match.machines[1].loop
    const say = (fields: Parameters<typeof forged>[1]): void => {
      session.emit(forged(match, { slot: 1, ...fields }))
      match.run(20)
    }
    match.host.revoke(2, ['chat:send'])
    say({ kind: 'hush', payload: 0 })
    say({ kind: 'wave', caps: ['network:emit', 'who:knows'] })
    say({ kind: 'roll', payload: [4, 2], prngSpan: { seed: 5, count: 3 } })
    const bytes = forged(match, { slot: 1, kind: 'wave', payload: 1.5 })
    bytes[bytes.indexOf(0x3e)] ^= 1
    session.emit(bytes)
    session.emit(forged(match, { slot: 0, kind: 'wave' }))
    session.emit(new Uint8Array([1, 2, 3]))
    match.run(20)
    // From its own machine nothing of a slot without a right would leave.
    match.machines[2].loop.session.emit(forged(match, { slot: 2, kind: 'chat', payload: { n: 9 } }))
    match.run(20)
    const codes = (m: Machine): string[] => told(m).toSorted()
    const tampered = relays
      ? ['ERR_ENVELOPE_TAMPERED 1 wave']
      : ['ERR_ENVELOPE_TAMPERED 1 ', 'ERR_ENVELOPE_TAMPERED 1 wave', 'ERR_ENVELOPE_TAMPERED 1 wave']
    expect(codes(match.machines[0])).toEqual(
      [
        'ERR_CAPABILITY_DENIED 1 hush',
        'ERR_CAPABILITY_REVOKED 2 chat',
        'ERR_CAPABILITY_UNKNOWN 1 wave',
        'ERR_PRNG_MISMATCH 1 roll',
        ...tampered,
      ].toSorted(),
    )
    for (const m of match.machines) {
      expect(m.told.map(byTick)).toEqual(match.machines[0].told.map(byTick))
      expect(m.line.faultCount).toBe(m.told.length)
      expect(m.delivered).toEqual([])
    }
    expect(match.problems()).toEqual([])
    // The sixth: more than may wait.
    const { port } = match.machines[0]
    const sent = Array.from({ length: 70 }, (_, id) =>
      port.send(
        makeEnvelope({
          ...{ id, kind: 'wave', chronos: 1e6, kairos: 'main', slot: 0 },
          payload: null,
          caps: ['network:emit'],
        }),
      ),
    )
    expect(sent.filter(each => !each).length).toBe(6)
    expect(match.machines[0].line.faults.counts.ERR_QUEUE_OVERFLOW).toBe(6)
  },
)

test('repeated envelopes are delivered once, late ones with the tick that carries them, oversized ones not at all', () => {
  const match = new CapabilitiesMatch({ seed: 6, peers: 3, relays: false })
  match.run(60)
  const [a] = match.machines
  const { session } = a.loop
  const once = forged(match, { slot: 0, kind: 'chat', payload: { n: 1 }, chronos: 40 })
  session.emit(once)
  match.run(20)
  session.emit(once.slice())
  session.emit(forged(match, { slot: 0, kind: 'chat', payload: { n: 10 }, chronos: 39, id: 5 }))
  session.emit(forged(match, { slot: 0, kind: 'chat', payload: { n: 100 }, chronos: 41 }))
  match.run(30)
  expect(() => a.loop.emit('chat', { n: 1, text: 'x'.repeat(1400) })).toThrow(
    /with its envelope the payload of \d+ bytes takes \d+ bytes, at most 1360 are carried: send less, or a reference/,
  )
  for (const m of match.machines) {
    expect(match.column(m, 'said')).toEqual([101, 0, 0])
    expect(m.delivered.map(({ chronos }) => chronos)).toEqual([40, 41])
    expect([m.line.faults.repeated, told(m)]).toEqual([2, []])
  }
  expect(match.problems()).toEqual([])
})

test('a large envelope travels ahead of its tick, and behind nobody of its sender', () => {
  const match = new CapabilitiesMatch({ seed: 7, peers: 3, conditions: { ...LINE, loss: 0.1 } })
  match.run(60)
  const [a] = match.machines
  a.loop.emit('chat', { n: 1 })
  a.loop.emit('chat', { n: 2, text: 'x'.repeat(1000) })
  a.loop.emit('chat', { n: 4 })
  match.run(120)
  for (const m of match.machines) {
    expect(m.delivered.map(({ payload }) => (payload as { n: number }).n)).toEqual([1, 2, 4])
    expect(told(m)).toEqual([])
  }
  expect(match.problems()).toEqual([])
})

test.each([11, 12, 13])(
  'bad lines, somebody who cheats, and two who come late: everyone delivers and refuses alike (seed %i)',
  seed => {
    const random = seeded(seed)
    const match = new CapabilitiesMatch({
      ...{ seed, peers: 4, relays: random.chance(0.5), authoritative: seed === 13 },
      conditions: { delayMs: 40, jitterMs: 30, loss: 0.15, duplicate: 0.05, reorder: 0.05 },
      admit: ({ name }) => ({ grants: name === 'p0' || name === 'late20' ? ['room:moderate'] : [] }),
    })
    match.run(30)
    for (let i = 0; i < 40; i++) {
      const m = match.machines[random.below(match.machines.length)]
      const { slot, state } = m.loop.session
      if (i === 10 || i === 20) match.add(`late${i}`)
      if (state === 'running') {
        if (random.chance(0.3))
          m.loop.session.emit(forged(match, { slot, kind: 'hush', payload: slot, chronos: m.loop.timeline.headTick }))
        else if (random.chance(0.8) && m.line.may(slot, 'chat:send', m.loop.timeline.headTick + 4))
          m.loop.emit('chat', { n: 1 })
        if (random.chance(0.2)) match.host.revoke(random.below(4), ['chat:send'])
        if (random.chance(0.2)) match.host.grant(random.below(4), ['chat:send'])
      }
      match.run(5 + random.below(10))
    }
    match.run(90)
    const [first] = match.machines
    expect(match.problems()).toEqual([])
    expect(first.delivered.length).toBeGreaterThan(10)
    expect(first.told.length).toBeGreaterThan(2)
    expect(first.loop.timeline.rollbacks).toBeGreaterThan(10)
    const hashes = (m: Machine, from: number): string[] =>
      m.delivered.filter(e => e.chronos > from).map(e => e.envelopeHash.subarray(0, 4).join('.'))
    const last = Math.min(...match.machines.map(m => m.loop.timeline.confirmedTick)) - 60
    for (const m of match.machines) {
      // Who came late knows of what came after it; everyone, of what is settled everywhere.
      const from = Math.min(...m.checksums.keys())
      const faults = (of: Machine): string[] => of.told.filter(f => f.tick > from && f.tick <= last).map(byTick)
      const own = (list: string[]): string[] => list.filter(line => !line.includes('REVOKED'))
      expect(own(faults(m))).toEqual(own(faults(first)))
      expect(hashes(m, from)).toEqual(hashes(first, from))
    }
  },
)

test.each(HOSTS)('signed: nobody speaks for another; unsigned envelopes are refused (the host %s)', (_host, relays) => {
  // What it is told leaves signatures to the players' machines.
  const match = new CapabilitiesMatch({ seed: 21, peers: 0, game: yardOf({ signed: true }), relays })
  const [a, b] = [1, 2].map(n => match.add(`p${n}`, { secretKey: new Uint8Array(32).fill(n) }))
  match.run(60)
  a.loop.emit('chat', { n: 1 })
  b.loop.emit('chat', { n: 1 })
  match.run(40)
  a.loop.session.emit(forged(match, { slot: 0, kind: 'chat', payload: { n: 5 } }))
  match.run(40)
  for (const m of match.machines) {
    expect(match.column(m, 'said')).toEqual([1, 1])
    expect(told(m)).toEqual(['ERR_ENVELOPE_TAMPERED 0 chat'])
    expect(m.delivered.map(e => [e.slot, e.signerId?.length, e.signature?.length])).toEqual([
      [0, 32, 64],
      [1, 32, 64],
    ])
  }
  expect(match.problems()).toEqual([])
})

test('a player who speaks like the host is not heard', () => {
  const match = new CapabilitiesMatch({ seed: 31, peers: 3, relays: false })
  match.run(60)
  const { session } = match.machines[1].loop
  session.emit(encodeHostFact({ kind: 'net/grant', caps: ['room:moderate'] }))
  session.emit(encodeHostFact({ kind: 'net/revoke', caps: ['chat:send'] }))
  match.run(30)
  session.emit(forged(match, { slot: 1, kind: 'hush', payload: 0 }))
  match.run(30)
  for (const m of match.machines) {
    expect(match.column(m, 'hushed')).toEqual([0, 0, 0])
    expect(told(m)).toEqual(['ERR_CAPABILITY_DENIED 1 hush'])
  }
  expect(match.host.peers()[1].faults).toBe(2)
  expect(match.problems()).toEqual([])
})

test('a host says more than a tick carries in the ticks that follow, in order', () => {
  const names = Array.from({ length: 40 }, (_, i) => `room:${i}${'x'.repeat(25)}`.slice(0, 32))
  const match = new CapabilitiesMatch({
    ...{ seed: 40, peers: 2, game: yardOf({ requires: { wave: names.slice(33), hush: ['room:moderate'] } }) },
    admit: ({ name }) => (name === 'p0' ? { grants: [...names, 'room:moderate'], revoked: names } : { grants: [] }),
  })
  match.run(30)
  const [a, b] = match.machines
  a.loop.emit('hush', 1)
  expect(() => a.loop.emit('wave', null)).toThrow(/ERR_CAPABILITY_REVOKED/)
  expect(match.host.grant(1, names)).toBe(true)
  match.run(30)
  b.loop.emit('wave', null)
  match.run(30)
  for (const m of match.machines)
    expect(m.delivered.map(({ kind, slot }) => [kind, slot])).toEqual([
      ['hush', 0],
      ['wave', 1],
    ])
  expect(match.problems()).toEqual([])
})

test('what was granted and revoked outlives a round, and not its player', () => {
  const match = new CapabilitiesMatch({
    ...{ seed: 32, peers: 3 },
    admit: ({ name }) => ({ grants: name === 'p1' ? ['room:moderate'] : [] }),
  })
  match.run(60)
  const [a, b, c] = match.machines
  match.host.revoke(2, ['chat:send'])
  a.loop.emit('over', null)
  match.run(120)
  expect(a.loop.session.round).toBe(2)
  b.loop.emit('hush', 0)
  expect(() => c.loop.emit('chat', { n: 1 })).toThrow(/ERR_CAPABILITY_REVOKED/)
  match.run(30)
  for (const m of match.machines) expect(match.column(m, 'hushed')).toEqual([1, 0, 0])
  // Both go; who comes into their slots is somebody else.
  for (const m of [b, c]) {
    m.loop.leave()
    m.stop()
  }
  match.machines.splice(1, 2)
  match.run(60)
  const comers = ['new1', 'new2'].map(name => match.add(name))
  match.run(90)
  expect(new Set(comers.map(m => m.loop.session.slot))).toEqual(new Set([1, 2]))
  for (const m of comers) {
    expect(() => m.loop.emit('hush', 0)).toThrow(/ERR_CAPABILITY_DENIED/)
    m.loop.emit('chat', { n: 5 })
  }
  match.run(60)
  for (const m of match.machines) expect(match.column(m, 'said')).toEqual([0, 5, 5])
  expect(match.problems()).toEqual([])
})

test('a burst is delivered four a tick, in order, and holds up nobody else, also where it comes late', () => {
  const match = new CapabilitiesMatch({
    ...{ seed: 33, peers: 3, authoritative: true },
    conditions: { ...LINE, delayMs: 60, loss: 0.3, jitterMs: 150 },
  })
  match.run(30)
  const [a, b] = match.machines
  for (let n = 0; n < 30; n++) {
    a.loop.emit('chat', { n })
    if (n % 10 === 9) match.run(1)
  }
  b.loop.emit('chat', { n: 100 })
  match.run(200)
  expect(match.host.stats.lateInputs).toBeGreaterThan(0)
  for (const m of match.machines) {
    const of = (slot: number): unknown[] =>
      m.delivered.filter(e => e.slot === slot).map(e => (e.payload as { n: number }).n)
    expect(of(0)).toEqual(Array.from({ length: 30 }, (_, n) => n))
    expect(of(1)).toEqual([100])
    expect(told(m)).toEqual([])
  }
  expect(match.problems()).toEqual([])
})

test('what waits for a tick with room is overtaken by others, and by nothing of its own player', () => {
  const match = new CapabilitiesMatch({ seed: 36, peers: 3 })
  match.run(60)
  const text = 'x'.repeat(400)
  for (let i = 0; i < 5; i++) {
    for (const m of match.machines) {
      m.loop.emit('chat', { n: 2 * i, text })
      m.loop.emit('chat', { n: 2 * i + 1 })
    }
    match.run(2)
  }
  match.run(60)
  for (const m of match.machines) {
    for (const slot of [0, 1, 2]) {
      const heard = m.delivered.filter(e => e.slot === slot).map(e => (e.payload as { n: number }).n)
      expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    }
    expect([told(m), m.line.faults.repeated]).toEqual([[], 0])
  }
  expect(match.problems()).toEqual([])
})

test('what is emitted before the match begins waits for it, and is judged where it is delivered', () => {
  const match = new CapabilitiesMatch({
    seed: 34,
    peers: 2,
    game: yardOf({ requires: { chat: ['chat:send'], hush: ['room:moderate'] } }),
  })
  const [a, b] = match.machines
  expect([a.loop.running, a.loop.session.slot]).toEqual([false, 0])
  a.loop.emit('chat', { n: 7 })
  b.loop.emit('hush', 0)
  match.run(60)
  for (const m of match.machines) {
    expect(match.column(m, 'said')).toEqual([7, 0])
    expect(told(m)).toEqual(['ERR_CAPABILITY_DENIED 1 hush'])
  }
  expect(match.problems()).toEqual([])
})

/** A number that no rule writes here, in every state that it may still go back to. */
function goAstray({ loop }: Machine): void {
  const { snapshots, simulation, timeline } = loop
  const at = simulation.layout.columns[3].offset
  for (let tick = timeline.confirmedTick - 1; tick <= timeline.headTick; tick++)
    if (snapshots.has(tick)) snapshots.view(tick)[at]++
  simulation.bytes[at]++
}

test('a machine that went astray is given the state of the others, and delivers and tells nothing twice', () => {
  const match = new CapabilitiesMatch({ seed: 35, peers: 3, relays: false })
  match.run(60)
  const [a, b, c] = match.machines
  for (let n = 0; n < 30; n++) {
    if (n === 10) goAstray(c)
    a.loop.emit('chat', { n })
    b.loop.session.emit(forged(match, { slot: 1, kind: 'hush', payload: n, chronos: b.loop.timeline.headTick }))
    match.run(3)
  }
  match.run(60)
  expect(match.host.stats.desyncs).toBeGreaterThan(0)
  const heard = (m: Machine): unknown[] => m.delivered.map(e => (e.payload as { n: number }).n)
  expect(heard(a)).toEqual(Array.from({ length: 30 }, (_, n) => n))
  expect(heard(c)).toEqual(heard(a))
  expect(c.told.map(byTick)).toEqual(a.told.map(byTick))
  expect(a.told).toHaveLength(30)
})

test('another match begins with nothing of the one before', () => {
  const match = new CapabilitiesMatch({ seed: 37, peers: 0, relays: false })
  const [a, b] = ['a', 'b'].map(name => match.add(name, { comesBack: true }))
  match.clock.runUntil(() => match.machines.every(m => m.loop.session.slot >= 0), 5000)
  match.run(200)
  match.host.revoke(0, ['chat:send'])
  match.host.revoke(1, ['chat:send'])
  match.run(60)
  match.anew()
  const isAnew = (): boolean => match.machines.every(m => m.loop.running && m.loop.timeline.confirmedTick < 100)
  expect(match.clock.runUntil(isAnew, 20_000)).toBe(true)
  match.run(30)
  const { slot } = b.loop.session
  a.loop.emit('chat', { n: 1 })
  b.loop.session.emit(forged(match, { slot, kind: 'hush', payload: 0 }))
  match.run(60)
  for (const m of [a, b]) {
    expect(m.delivered.map(e => [e.slot, e.kind])).toEqual([[a.loop.session.slot, 'chat']])
    expect(told(m)).toEqual([`ERR_CAPABILITY_DENIED ${slot} hush`])
  }
  expect(match.problems()).toEqual([])
})

test('rights that a host is told, and no game could declare, are a sentence', () => {
  const told = (rights: object) => (): unknown => hostEvents({ name: 'yard', rights })
  expect(told({ require: {} })).toThrow(`rights of 'yard': there is no "require", but requires, grants, signed, draws`)
  expect(told(null as never)).toThrow("rights of 'yard': they are an object with some of requires, grants")
  expect(told({ requires: { chat: 'chat:send' } })).toThrow('requires has a list of capabilities for each kind: { chat')
  expect(told({ grants: { everyone: [1] } })).toThrow("rights of 'yard': grants has a list of capabilities")
  expect(told({ signed: 'yes' })).toThrow("rights of 'yard': signed is true or false")
  expect(told({})).toThrow("rights of 'yard': nothing is declared, so there is nothing to judge")
  expect(told({ requires: { chat: [''] } })).toThrow("rights of 'yard': capability '' is not one: a name of 1 to 32")
  expect(told({ grants: { matchKey: 'abc' } })).toThrow("rights of 'yard': grants.matchKey is a public key: 32 bytes")
})

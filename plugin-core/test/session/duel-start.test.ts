// A clean start, whatever the line does ("Sessions on RBN1": a lost START must not strand either side).

import { expect, test } from 'vitest'
import { agreementOf } from '../../src/session/duel/agreement.ts'
import { Handshake } from '../../src/session/duel/handshake.ts'
import { seeded } from '../seeded.ts'
import { Pair, Side, agreed, duel, terms } from './duel-pair.ts'

test('two who are ready start at tick 1 with the same facts', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  expect([ann.session.slot, bob.session.slot]).toEqual([0, 1])
  expect(ann.kinds('welcome')).toMatchObject([{ slot: 0, seed: bob.kinds('welcome')[0].seed }])
  for (const side of [ann, bob]) {
    expect(side.kinds('start')).toMatchObject([
      { tick: 1, round: 1, control: { joins: [0, 1], restart: { round: 1 } } },
    ])
    expect(side.kinds('roster').at(-1)?.peers).toMatchObject([
      { slot: 0, name: 'Ann', ready: true, playing: true },
      { slot: 1, name: 'Bob', ready: true, playing: true },
    ])
  }
  expect(agreed(ann, bob)).toBeGreaterThan(40)
  expect(ann.kinds('tick')[0]).toMatchObject({ tick: 1, control: { joins: [0, 1] } })
})

test('the lower nonce is slot 0, whoever comes first', () => {
  const { pair, ann, bob } = duel()
  bob.session.connected()
  pair.run(40)
  ann.session.connected()
  pair.run(40)
  expect([ann.session.slot, bob.session.slot]).toEqual([0, 1])
})

test('session id, epoch and seed derive from both nonces, the same on both sides', () => {
  const [x, y] = [
    { hi: 0xffffffff, lo: 5 },
    { hi: 4, lo: 0xfffffffe },
  ]
  const [mine, theirs] = [agreementOf(x, y)!, agreementOf(y, x)!]
  expect(mine).toEqual({ ...theirs, slot: 1 })
  expect(theirs.slot).toBe(0)
  expect(agreementOf(x, { hi: 4, lo: 0xffffffff })!.sessionId).not.toEqual(mine.sessionId)
  expect(agreementOf(x, x)).toBe(null)
})

test('what derives from nonces 1 and 2 is pinned: another implementation has the same', () => {
  expect(agreementOf({ hi: 0, lo: 2 }, { hi: 0, lo: 1 })).toEqual(PINNED)
})

const PINNED = { slot: 1, sessionId: { hi: 1919329004, lo: 2230670415 }, epoch: 52, seed: 1267231236 }

test('one side much earlier than the other waits for it', () => {
  const { pair, ann, bob } = duel()
  ann.session.connected()
  pair.run(5000)
  expect([ann.session.state, ann.end]).toEqual(['handshake', undefined])
  bob.session.connected()
  pair.run(60)
  expect(agreed(ann, bob)).toBeGreaterThan(20)
})

test('nobody starts before both are ready', () => {
  const { pair, ann, bob } = duel()
  bob.session.setReady(false)
  pair.open().run(100)
  expect([ann.session.state, bob.session.state]).toEqual(['syncing', 'syncing'])
  expect(ann.kinds('roster').at(-1)?.peers).toMatchObject([{ ready: true }, { ready: false }])
  // Changed its mind in the same moment: whatever slot 0 decides holds for both.
  ann.session.setReady(false)
  bob.session.setReady(true)
  pair.run(100)
  expect(ann.session.state).toBe(bob.session.state)
  ann.session.setReady(true)
  pair.run(60)
  expect(agreed(ann, bob)).toBeGreaterThan(30)
})

test.each(Array.from({ length: 30 }, (_, i) => i + 1))(
  'with four of ten packets lost, late and out of order nobody is stranded (seed %i)',
  seed => {
    const random = seeded(seed)
    const { pair, ann, bob } = duel()
    pair.delay = random.below(12)
    pair.drop = () => random.chance(0.4)
    pair.shuffle = flights => flights.toSorted(() => random.next() - 0.5)
    const late = random.below(60)
    ann.session.connected()
    pair.run(late)
    bob.session.connected()
    pair.runUntil(() => ann.session.closedTick > 100 && bob.session.closedTick > 100)
    expect(agreed(ann, bob)).toBeGreaterThan(100)
    // What overtakes the HELLO that explains it counts as a stranger's.
    for (const { session } of [ann, bob]) expect(session.faults).toMatchObject({ malformed: 0, unexpected: 0 })
  },
)

test('a lost word that the match begins comes again: neither side is stranded', () => {
  const { pair, ann, bob } = duel()
  pair.open().runUntil(() => ann.kinds('start').length > 0, 40)
  // Everything that Ann says around her start is lost.
  const until = pair.calls + 20
  pair.drop = ({ from, call }) => from === ann && call < until
  expect(bob.kinds('start')).toEqual([])
  pair.run(120)
  expect(bob.kinds('start').length).toBe(1)
  expect(agreed(ann, bob)).toBeGreaterThan(40)
})

test('repeated HELLOs change nothing', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(3)
  const hello = ann.sent[0]
  pair.run(40)
  for (let i = 0; i < 20; i++) bob.session.receive(hello)
  pair.run(40)
  expect(bob.session.faults).toEqual({ malformed: 0, wrongSession: 0, unexpected: 0 })
  expect(agreed(ann, bob)).toBeGreaterThan(60)
  expect(bob.kinds('welcome').length).toBe(1)
})

test('equal nonces are drawn again', () => {
  const draws = [7, 8, 9]
  const redraw = (): { hi: number; lo: number } => ({ hi: 0, lo: draws.shift()! })
  const pair = new Pair(new Side('Ann', 5, { redraw }), new Side('Bob', 5, { redraw }))
  pair.open().run(60)
  const [ann, bob] = pair.sides
  expect([ann.session.slot, bob.session.slot].toSorted((a, b) => a - b)).toEqual([0, 1])
  expect(agreed(ann, bob)).toBeGreaterThan(20)
})

test('equal nonces are drawn again without another source of chance, from each side’s own time', () => {
  const pair = new Pair(new Side('Ann', 5), new Side('Bob', 5))
  pair.sides[1].clock = 1000
  pair.open().run(60)
  expect(agreed(...pair.sides)).toBeGreaterThan(20)
})

test('a WELCOME that derives another slot or seed starts nothing', () => {
  const handshake = new Handshake({ terms, name: 'Ann', profile: '', nonce: { hi: 0, lo: 1 }, inputDelay: 2 })
  const welcome = { ...agreementOf({ hi: 0, lo: 1 }, { hi: 0, lo: 2 })! }
  expect(handshake.confirms(welcome)).toBe(false)
  expect(handshake.hear({ terms, name: 'Bob', profile: '', nonce: { hi: 0, lo: 2 }, inputDelay: 2, rbn1: 2 }, 0)).toBe(
    'heard',
  )
  expect(handshake.confirms(welcome)).toBe(true)
  expect(handshake.confirms({ ...welcome, slot: 1 })).toBe(false)
  expect(handshake.confirms({ ...welcome, seed: 1 })).toBe(false)
})

test('a line that leads back to its own end is told, and does not hang', () => {
  const { ann } = duel()
  ann.session.connected()
  for (let i = 0; i < 300 && ann.end === undefined; i++) {
    for (const { bytes } of [...ann.session.takePackets()]) ann.session.receive(bytes.slice())
    ann.call()
  }
  expect(ann.end).toMatchObject({ code: 'refused', reason: expect.stringContaining('leads back to its own end') })
})

test('other rules are refused with a sentence, on both sides', () => {
  const { pair, ann, bob } = duel({}, { terms: { rulesHash: 9 } })
  pair.open().run(10)
  for (const side of [ann, bob]) {
    expect(side.end).toMatchObject({ code: 'version' })
    expect(side.end?.reason).toContain('the other side plays by other rules: both are the same version, but')
  }
})

test('a game that is not for two has no duel', () => {
  expect(() => duel({ terms: { maxPlayers: 1, minPlayers: 1 } })).toThrow(/a duel has two players/)
  expect(() => duel({ terms: { maxPlayers: 8, minPlayers: 3 } })).toThrow(/is for 3 to 8/)
})

test('both begin half a round trip apart, so that neither runs ahead of the other', () => {
  const { pair, ann, bob } = duel()
  pair.delay = 6
  const starts = new Map<Side, number>()
  pair.open().runUntil(() => {
    for (const side of pair.sides) if (side.kinds('start').length > 0 && !starts.has(side)) starts.set(side, pair.calls)
    return starts.size === 2
  }, 200)
  expect(Math.abs(starts.get(ann)! - starts.get(bob)!)).toBeLessThanOrEqual(2)
})

// The rules of "Sessions on RBN1" (`specs/rbn1.md`), each by its name. How a duel starts: `duel-start.test.ts`.

import { expect, test } from 'vitest'
import { ControlLine } from '../../src/session/duel/control-line.ts'
import { DUEL_TYPE, change } from '../../src/session/duel/duel-messages.ts'
import { RemoteInputs } from '../../src/session/duel/remote-inputs.ts'
import { TYPE } from '../../src/wire/messages.ts'
import { CHANNEL, PacketQueue, PacketReader, ROLE } from '../../src/wire/packet.ts'
import { Rbn1Datagram, encodeRbn1 } from '../../src/wire/rbn1.ts'
import { seeded } from '../seeded.ts'
import { Side, agreed, duel, terms, type Flight } from './duel-pair.ts'

const isDatagram = ({ bytes }: Flight): boolean => bytes[0] === 0x52
const NO_FAULTS = { malformed: 0, wrongSession: 0, unexpected: 0 }

function datagram(fields: Partial<Rbn1Datagram>, inputs: readonly number[] = [0, 0]): Uint8Array {
  const d = Object.assign(new Rbn1Datagram(), { version: 2, count: inputs.length / 2, ...fields })
  d.inputs.set(inputs)
  const bytes = new Uint8Array(1200)
  return bytes.slice(0, encodeRbn1(d, bytes))
}

// ---- redundancy

test('redundancy: a datagram carries everything that the other side has not acknowledged', () => {
  const { pair, ann, bob } = duel()
  pair.delay = 3
  pair.open().run(60)
  const acks = new Set([0, ...bob.datagrams.map(d => d.ackFrame)])
  ann.datagrams.forEach((d, i) => {
    expect(acks.has(d.startFrame - 1)).toBe(true)
    expect(d.startFrame + d.count - 1).toBe(i + 3)
  })
  // Three calls there, three back: what left in that time, and no more.
  const { startFrame, count } = ann.datagrams.at(-1)!
  expect(startFrame + count - 1).toBe(ann.sampled)
  expect(count).toBeGreaterThanOrEqual(6)
  expect(count).toBeLessThanOrEqual(8)
  expect(agreed(ann, bob)).toBeGreaterThan(30)
})

test('redundancy: any run of lost datagrams up to the window is filled by the next one, without a request', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(40)
  const from = pair.calls
  pair.drop = flight => flight.from === ann && flight.call <= from + 7
  pair.run(7)
  const before = bob.session.closedTick
  pair.run(1)
  expect(bob.session.closedTick).toBeGreaterThanOrEqual(before + 7)
  expect(agreed(ann, bob)).toBeGreaterThan(30)
})

test('redundancy: fully acknowledged, a side keeps sending its newest input; stalled, it keeps sending everything', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(40)
  bob.paused = true
  pair.run(60)
  const [before, last] = ann.datagrams.slice(-2)
  expect([last.startFrame, last.count]).toEqual([before.startFrame, before.count])
  expect([last.startFrame, last.count]).toEqual([ann.sampled, 1])
  const sent = ann.datagrams.length
  bob.silent = true
  bob.paused = false
  pair.run(20)
  expect(ann.datagrams.length).toBe(sent + 20)
})

test('redundancy: an input older than 32 and still unacknowledged stalls the sender, and is not lost', () => {
  const wide = { inputDelay: 15, terms: { predictionWindow: 16, dropAfterTicks: 400 } }
  const { pair, ann, bob } = duel(wide, wide)
  pair.open().run(60)
  // Bob is heard, and hears nothing.
  pair.drop = ({ from }) => from === ann
  const acked = ann.session.closedTick
  pair.run(100)
  const last = ann.datagrams.slice(-2)
  expect(last.map(d => d.count)).toEqual([32, 32])
  // What does not fit travels by turns.
  expect(new Set(last.map(d => d.startFrame)).size).toBe(2)
  expect(ann.sampled - Math.min(...last.map(d => d.startFrame))).toBeGreaterThan(32)
  expect(ann.kinds('waiting').at(-1)).toMatchObject({ slots: [1] })
  expect(ann.session.state).toBe('running')
  // Both inputs of the next tick are here, and it stays open.
  const stuckAt = ann.session.closedTick
  expect(last[1].ackFrame).toBeGreaterThan(stuckAt)
  pair.run(50)
  expect(ann.session.closedTick).toBe(stuckAt)
  pair.drop = null
  pair.run(60)
  expect(ann.kinds('waiting').at(-1)).toMatchObject({ slots: [] })
  expect(ann.session.closedTick).toBeGreaterThan(acked + 60)
  expect(agreed(ann, bob)).toBeGreaterThan(acked + 60)
})

test('redundancy: inputs of 64 bytes never make a datagram of more than 1200', () => {
  const wide = { inputDelay: 10, terms: { inputBytes: 64, predictionWindow: 16 } }
  const { pair, ann, bob } = duel(wide, wide)
  pair.open().run(60)
  pair.drop = ({ from }) => from === ann
  pair.run(60)
  const sizes = ann.sent.filter(b => b[0] === 0x52).map(b => b.length)
  expect(Math.max(...sizes)).toBeGreaterThan(1100)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1200)
  pair.drop = null
  pair.run(60)
  expect(agreed(ann, bob)).toBeGreaterThan(100)
})

test('arrival order does not matter: inputs for 50, 10, 80 in that order converge', () => {
  const of = (start: number): Rbn1Datagram => {
    const d = Object.assign(new Rbn1Datagram(), { version: 2, startFrame: start, count: 32 })
    for (let i = 0; i < 64; i++) d.inputs[i] = start + (i >> 1)
    return d
  }
  const all = [50, 10, 80, 1, 33, 75].map(of)
  const random = seeded(1)
  for (let run = 0; run < 50; run++) {
    const inputs = new RemoteInputs(2)
    const order = run === 0 ? all : all.toSorted(() => random.next() - 0.5)
    for (const d of order) expect(inputs.take(d, 127)).toBe(true)
    expect(inputs.received).toBe(111)
    const into = new Uint8Array(2)
    for (let tick = 1; tick <= 111; tick++) {
      inputs.copy(tick, into, 0)
      expect([...into]).toEqual([tick, tick])
    }
  }
})

test('another input for a tick that has one never replaces the first: the datagram counts for nothing', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(40)
  const received = ann.datagrams.at(-1)!.ackFrame
  // Tick `received` is known already, the next one is not: both in one datagram.
  ann.session.receive(datagram({ startFrame: received, ackFrame: ann.sampled }, [99, 99, 98, 98]))
  expect(ann.session.faults).toEqual({ ...NO_FAULTS, unexpected: 1 })
  // The same input with an event that it did not have.
  const eventCounts = new Uint8Array([1])
  const known = [...bob.bytes(received)]
  ann.session.receive(
    datagram({ startFrame: received, hasEventCounts: true, eventCounts } as Partial<Rbn1Datagram>, known),
  )
  expect(ann.session.faults).toEqual({ ...NO_FAULTS, unexpected: 2 })
  pair.run(40)
  expect(agreed(ann, bob)).toBeGreaterThan(70)
  expect(ann.end).toBe(undefined)
})

test('inputs of the other side that come before one’s own are in the same facts as one’s own', () => {
  const { pair, ann, bob } = duel({ inputDelay: 0 }, { inputDelay: 0 })
  pair.open().run(40)
  // Bob is a tick ahead.
  const next = ann.sampled + 1
  for (let tick = ann.session.closedTick + 1; tick <= next; tick++)
    ann.session.receive(datagram({ startFrame: tick, ackFrame: 0 }, [...bob.bytes(tick)]))
  ann.take()
  expect(ann.session.closedTick).toBe(next - 1)
  ann.session.setLocalInput(next, ann.bytes(next))
  ann.sampled = next
  ann.take()
  expect(ann.kinds('tick').at(-1)).toMatchObject({ tick: next })
})

// ---- checksums

test('checksums are of confirmed ticks, and stand in the next datagrams', () => {
  const { pair, ann } = duel()
  pair.open().run(60)
  ann.session.setChecksum(30, 0xdeadbeef)
  const sent = ann.datagrams.length
  pair.run(4)
  const blocks = ann.datagrams.slice(sent).filter(d => d.hasChecksum)
  expect(blocks.map(d => [d.checksumFrame, d.checksum])).toEqual([
    [30, 0xdeadbeef],
    [30, 0xdeadbeef],
  ])
})

test.each(['first', 'second'])('checksums that differ end the match on both sides, and name the tick (%s)', order => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  const [x, y] = order === 'first' ? [ann, bob] : [bob, ann]
  x.session.setChecksum(30, 1)
  pair.run(5)
  y.session.setChecksum(30, 2)
  // It knows the other one's already, and waits for nobody.
  y.take()
  expect(y.end).toMatchObject({ code: 'desync', tick: 30 })
  pair.run(3)
  for (const side of [ann, bob]) {
    expect(side.end).toMatchObject({ code: 'desync', tick: 30 })
    expect(side.end?.reason).toContain('desync at tick 30: the states of players 0 and 1 differ')
  }
})

test('equal checksums, and those of different ticks, end nothing', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  for (const tick of [30, 60, 90]) {
    ann.session.setChecksum(tick, tick)
    pair.run(20)
    bob.session.setChecksum(tick, tick)
    pair.run(20)
  }
  expect([ann.end, bob.end]).toEqual([undefined, undefined])
})

// ---- time sync

test('time sync: the side that runs ahead hears of its lead, the other one of none', () => {
  const { pair, ann, bob } = duel()
  pair.delay = 4
  pair.open().run(60)
  // Bob stands still for five ticks.
  bob.paused = true
  pair.run(5)
  bob.paused = false
  pair.run(80)
  expect(ann.kinds('margin').at(-1)!.sixteenths).toBeGreaterThan(3 * 16)
  expect(ann.kinds('margin').at(-1)!.sixteenths).toBeLessThan(7 * 16)
  expect(bob.kinds('margin').at(-1)!.sixteenths).toBe(0)
})

test('time sync and loss stats ride every tenth datagram', () => {
  const { pair, ann } = duel()
  pair.open().run(80)
  const blocks = ann.datagrams.map(d => d.hasTimeSync)
  expect(ann.datagrams.map(d => d.hasLossStats)).toEqual(blocks)
  blocks.forEach((has, i) => expect(has).toBe(i % 10 === 0))
})

test('loss stats tell how many datagrams of the other side are missing', () => {
  const { pair, ann } = duel()
  const random = seeded(3)
  pair.open().run(40)
  pair.drop = flight => isDatagram(flight) && flight.from === ann && random.chance(0.25)
  pair.run(600)
  const { received, lost } = pair.sides[1].datagrams.findLast(d => d.hasLossStats)!
  expect(received + lost).toBeGreaterThan(240)
  expect(received + lost).toBeLessThanOrEqual(256)
  expect(lost / (received + lost)).toBeGreaterThan(0.15)
  expect(lost / (received + lost)).toBeLessThan(0.35)
})

// ---- input delay

test('input delay: the larger wish of both holds from the first tick on', () => {
  const { pair, ann, bob } = duel({ inputDelay: 1 }, { inputDelay: 4 })
  pair.open().run(60)
  expect(ann.kinds('delay')).toEqual([{ kind: 'delay', tick: 1, delay: 4 }])
  expect(bob.kinds('delay')).toEqual([])
})

test.each([0, 1])('input delay: changed at runtime by agreement at a tick, whoever asks (player %i)', slot => {
  const { pair, ann, bob } = duel()
  pair.delay = 3
  pair.open().run(60)
  pair.sides[slot].session.proposeDelay(7)
  pair.run(60)
  expect(ann.kinds('delay')).toMatchObject([{ delay: 7 }])
  expect(bob.kinds('delay')).toEqual(ann.kinds('delay'))
  expect(ann.kinds('delay')[0].tick).toBeGreaterThan(20)
  pair.sides[1 - slot].session.proposeDelay(0)
  pair.run(80)
  expect(ann.kinds('delay').map(f => f.delay)).toEqual([7, 0])
  expect(bob.kinds('delay')).toEqual(ann.kinds('delay'))
  expect(agreed(ann, bob)).toBeGreaterThan(120)
})

test('input delay: what inputs could not have is refused with a sentence', () => {
  const { ann } = duel()
  expect(() => ann.session.proposeDelay(16)).toThrow('an input delay is a whole number of ticks from 0 to 15, not 16')
  expect(() => ann.session.proposeDelay(1.5)).toThrow(RangeError)
  const { ann: wide } = duel({ terms: { predictionWindow: 20 } })
  expect(() => wide.session.proposeDelay(12)).toThrow(/must be less than the input buffer of 32 ticks/)
  expect(() => duel({ inputDelay: -1 })).toThrow(RangeError)
})

// ---- rounds and rules

test('rounds: both say where theirs ended, and the next one starts at one tick, with what it handed on', () => {
  const { pair, ann, bob } = duel()
  pair.delay = 2
  pair.open().run(60)
  const carry = new Uint8Array([4, 2])
  ann.session.endRound(1, 30, carry)
  pair.run(40)
  expect(ann.kinds('start').length).toBe(1)
  bob.session.endRound(1, 30, carry)
  pair.run(60)
  const start = ann.kinds('start')[1]
  expect(start).toMatchObject({ round: 2, control: { joins: [0, 1], restart: { round: 2, carry } } })
  expect(bob.kinds('start')[1]).toMatchObject({ tick: start.tick, round: 2, control: start.control })
  for (const side of [ann, bob])
    expect(side.kinds('tick').find(f => f.tick === start.tick)).toMatchObject({ control: start.control })
  expect(agreed(ann, bob)).toBeGreaterThan(start.tick)
})

test.each([
  ['tick', 31, [1]],
  ['what it hands on', 30, [2]],
] as const)('rounds: sides that disagree about the end (%s) are told of a desync', (_what, tick, carry) => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  ann.session.endRound(1, 30, new Uint8Array([1]))
  bob.session.endRound(1, tick, new Uint8Array(carry))
  pair.run(5)
  expect(ann.end).toMatchObject({ code: 'desync', tick: 30 })
  expect(bob.end).toMatchObject({ code: 'desync', tick: 30 })
})

test.each(Array.from({ length: 25 }, (_, i) => i + 1))(
  'rounds: whoever closes a tick knows for sure whether a round starts there (seed %i)',
  seed => {
    const random = seeded(seed)
    const { pair, ann, bob } = duel()
    pair.delay = random.below(8)
    // Control packets get lost for long, datagrams do not: ticks would go on without the control of theirs.
    let lostUntil = 0
    pair.drop = flight => {
      if (!isDatagram(flight) && flight.call > lostUntil + 30 && random.chance(0.2))
        lostUntil = flight.call + random.below(60)
      return isDatagram(flight) ? random.chance(0.1) : flight.call < lostUntil
    }
    pair.shuffle = flights => flights.toSorted(() => random.next() - 0.5)
    pair.open()
    for (let round = 1; round < 8; round++) {
      const tick = Math.min(ann.session.closedTick, bob.session.closedTick)
      if (tick > 0 && ann.session.round === bob.session.round)
        for (const side of [ann, bob]) side.session.endRound(1, tick, new Uint8Array([round]))
      if (random.chance(0.5))
        for (const side of [ann, bob]) side.session.proposeRules({ ...terms, rulesHash: 100 + round })
      pair.run(150)
    }
    pair.drop = null
    pair.run(100)
    expect([ann.end, bob.end]).toEqual([undefined, undefined])
    expect(agreed(ann, bob)).toBeGreaterThan(300)
    expect(ann.kinds('start').length).toBeGreaterThan(2)
    expect(bob.kinds('start').map(f => f.tick)).toEqual(ann.kinds('start').map(f => f.tick))
    // The reason: no input of a round's first tick leaves slot 0 before slot 1 has said that it knows.
    expect(ann.session.faults).toMatchObject({ malformed: 0, unexpected: 0 })
  },
)

// Slot 0 went on closing ticks with the inputs of a side that acknowledged all, until those that it held back were forgotten: "tick 275
// is not in the ring".
test('rounds: acknowledging inputs that are held back is counted, and leads nowhere', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  bob.session.endRound(1, 30, new Uint8Array(0))
  pair.run(3)
  // The word for the next round is not answered.
  pair.drop = () => true
  bob.silent = true
  ann.session.endRound(1, 30, new Uint8Array(0))
  const next = ann.session.closedTick + 1
  for (let tick = next; tick < next + 200 && ann.end === undefined; tick++) {
    ann.session.receive(datagram({ startFrame: tick, ackFrame: ann.sampled }, [...bob.bytes(tick)]))
    ann.take()
    pair.run(1)
  }
  expect(ann.session.faults.unexpected).toBeGreaterThan(10)
  const start = ann.kinds('start')[1]
  expect(ann.session.closedTick).toBeLessThan(start.tick + 64)
})

test('rounds: what was said of a round that is over does not count for the next one', () => {
  const { pair, ann, bob } = duel()
  pair.delay = 4
  pair.open().run(60)
  const carry = new Uint8Array([1])
  for (const side of [ann, bob]) side.session.endRound(1, 30, carry)
  pair.runUntil(() => ann.kinds('start').length === 2)
  // Bob has not heard of round 2 yet, and says once more where his round ended.
  expect(bob.kinds('start').length).toBe(1)
  bob.session.setReady(false)
  ann.session.endRound(1, 30, carry)
  pair.run(60)
  const { tick } = ann.kinds('start')[1]
  for (const side of [ann, bob]) side.session.endRound(1, tick + 5, carry)
  pair.run(60)
  expect([ann.end, bob.end]).toEqual([undefined, undefined])
  expect(bob.kinds('start').length).toBe(3)
})

test('rounds: slot 0 holds back its inputs from the first tick of a round that slot 1 has not heard of', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  const carry = new Uint8Array(0)
  for (const side of [ann, bob]) side.session.endRound(1, 30, carry)
  pair.run(1)
  pair.drop = flight => !isDatagram(flight)
  pair.runUntil(() => ann.kinds('start').length === 2, 5)
  const { tick } = ann.kinds('start')[1]
  pair.run(60)
  expect(Math.max(...ann.datagrams.map(d => d.startFrame + d.count - 1))).toBe(tick - 1)
  expect(bob.session.closedTick).toBe(tick - 1)
  pair.drop = null
  pair.run(40)
  expect(agreed(ann, bob)).toBeGreaterThan(tick + 10)
})

test('rules: swapped at one tick, once both propose the same', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  ann.session.proposeRules({ ...terms, rulesHash: 99 })
  bob.session.proposeRules({ ...terms, rulesHash: 98 })
  pair.run(30)
  const swaps = (side: Side): number[] => side.kinds('tick').flatMap(f => (f.control?.swap === 99 ? [f.tick] : []))
  expect(swaps(ann)).toEqual([])
  bob.session.proposeRules({ ...terms, rulesHash: 99 })
  pair.run(60)
  expect(swaps(ann).length).toBe(1)
  expect(swaps(bob)).toEqual(swaps(ann))
})

test('rules: proposed before the match they run from its first tick', () => {
  const { pair, ann, bob } = duel()
  for (const side of [ann, bob]) side.session.proposeRules({ ...terms, rulesHash: 99 })
  pair.open().run(60)
  for (const side of [ann, bob]) {
    const swap = side.kinds('tick').find(f => f.control?.swap === 99)
    expect(swap).toBeDefined()
    expect(side.kinds('tick').filter(f => f.control?.swap != null).length).toBe(1)
  }
  expect(agreed(ann, bob)).toBeGreaterThan(20)
})

// ---- events

test('events: they come at the tick of their input, in the order of slots, then of sending', () => {
  const { pair, ann, bob } = duel()
  pair.delay = 2
  pair.open().run(40)
  for (let n = 0; n < 40; n += 2) {
    for (const side of [bob, ann]) for (const k of [n, n + 1]) side.session.emit(new Uint8Array([k]))
    pair.run(1)
  }
  pair.run(30)
  const told = ann.kinds('tick').filter(f => f.events !== null)
  const slots = told.map(f => f.events!.map(e => e.slot).join(''))
  expect(slots).toContain('0011')
  expect(slots.every(s => ['0011', '00', '11'].includes(s))).toBe(true)
  for (const slot of [0, 1]) {
    const mine = told.flatMap(f => f.events!.filter(e => e.slot === slot).map(e => e.bytes[0]))
    expect(mine).toEqual(Array.from({ length: 40 }, (_, i) => i))
  }
  expect(agreed(ann, bob)).toBeGreaterThan(50)
})

test('events: a tick counts as received only with its events', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(40)
  ann.session.emit(new Uint8Array([7]))
  pair.drop = flight => flight.from === ann && !isDatagram(flight)
  pair.run(30)
  const tick = ann.datagrams.at(-1)!.startFrame
  expect(ann.datagrams.at(-1)).toMatchObject({ hasEventCounts: true })
  expect(ann.datagrams.at(-1)!.eventCounts[0]).toBe(1)
  expect(bob.session.closedTick).toBe(tick - 1)
  expect(bob.datagrams.at(-1)!.ackFrame).toBe(tick - 1)
  pair.drop = null
  pair.run(30)
  expect(bob.kinds('tick').find(f => f.tick === tick)!.events).toMatchObject([{ slot: 0 }])
  expect(agreed(ann, bob)).toBeGreaterThan(tick + 10)
})

test('events: a burst beyond what fits the channel’s window arrives whole', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(40)
  pair.drop = flight => flight.from === bob && !isDatagram(flight)
  let count = 0
  for (let call = 0; call < 90; call++) {
    while (ann.session.emit(new Uint8Array([count & 255]))) count++
    pair.run(1)
  }
  pair.drop = null
  pair.run(300)
  const told = bob.kinds('tick').flatMap(f => (f.events ?? []).map(e => e.bytes[0]))
  expect(told.length).toBe(count)
  expect(told.every((n, i) => n === (i & 255))).toBe(true)
  expect(agreed(ann, bob)).toBeGreaterThan(200)
})

// ---- version 1

test('a peer of version 1 is spoken to in version 1, exactly as pinned', () => {
  const { pair, ann, bob } = duel({}, { rbn1: 1 })
  pair.open().run(80)
  ann.session.setChecksum(30, 1)
  pair.run(10)
  for (const side of [ann, bob])
    for (const bytes of side.sent.filter(b => b[0] === 0x52)) {
      expect([bytes[4], bytes[5] & ~1]).toEqual([1, 0])
      expect(bytes.length).toBe(15 + (bytes[5] & 1) * 8 + 2 * bytes[10])
      expect(bytes.length).toBeLessThanOrEqual(87)
    }
  expect(agreed(ann, bob)).toBeGreaterThan(50)
})

test('a peer of version 1 has no events: emitting to it is refused with a sentence', () => {
  const { pair, ann, bob } = duel({}, { rbn1: 1 })
  // Before the other side is known they wait, and then there is no way for them.
  expect(ann.session.emit(new Uint8Array([1]))).toBe(true)
  pair.open().run(40)
  expect(() => ann.session.emit(new Uint8Array([1]))).toThrow(/speaks RBN1 version 1, which carries no events/)
  expect(ann.kinds('tick').every(f => f.events === null)).toBe(true)
  expect(agreed(ann, bob)).toBeGreaterThan(20)
})

test.each([
  [{ rbn1: 1 as const }, {}],
  [{}, { rbn1: 1 as const }],
])('version 1 carries inputs of exactly 2 bytes: another game is refused with a sentence', (a, b) => {
  const { pair, ann, bob } = duel({ ...a, terms: { inputBytes: 3 } }, { ...b, terms: { inputBytes: 3 } })
  pair.open().run(20)
  for (const side of [ann, bob]) {
    expect(side.end).toMatchObject({ code: 'version' })
    expect(side.end?.reason).toContain(
      'RBN1 version 1 carries inputs of exactly 2 bytes, and this game’s have 3'.replace('’', "'"),
    )
  }
})

test('both of version 2 speak version 2', () => {
  const { pair, ann } = duel()
  pair.open().run(30)
  expect(ann.datagrams.every(d => d.version === 2)).toBe(true)
})

// ---- silence, ends

test('silence: the silent slot is named, and dropped after exactly the game’s timeout', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  bob.silent = true
  pair.run(terms.dropAfterTicks - 1)
  ann.take()
  expect(ann.kinds('waiting').at(-1)).toMatchObject({ slots: [1] })
  expect(ann.end).toBe(undefined)
  pair.run(1)
  ann.take()
  expect(ann.end).toMatchObject({ code: 'timeout' })
})

test('silence: who comes back in time is not waited for any more', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  bob.silent = true
  pair.run(60)
  bob.silent = false
  pair.run(30)
  expect(ann.kinds('waiting').map(f => f.slots)).toEqual([[1], []])
  expect(agreed(ann, bob)).toBeGreaterThan(60)
})

test('silence: whoever stands still without a word is named on both sides, and not waited for forever', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  bob.paused = true
  pair.run(60)
  expect(ann.kinds('waiting').at(-1)).toMatchObject({ slots: [1] })
  expect(bob.kinds('waiting').at(-1)).toMatchObject({ slots: [1] })
  pair.run(terms.dropAfterTicks)
  expect(ann.end).toMatchObject({ code: 'timeout' })
  expect(bob.end).toMatchObject({ code: 'timeout' })
})

test('a clean end: whoever leaves is missed at once, also when the first goodbyes are lost', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  let lost = 0
  pair.drop = ({ from }) => from === bob && lost++ < 3
  bob.session.leave('left', 'enough')
  pair.send()
  expect(bob.session.state).toBe('disconnected')
  pair.run(14)
  expect(ann.end).toMatchObject({ code: 'peer-left', reason: 'the other player left' })
})

test('a clean end: the code says whether the other player left, its line broke, or two others play already', () => {
  const told = (cause?: 'full' | 'bye'): unknown => {
    const { pair, ann } = duel()
    pair.open().run(60)
    ann.session.disconnected('a reason', cause)
    pair.run(1)
    return [ann.end?.code, ann.end?.reason]
  }
  // The line itself says goodbye, too, where the session's own word was lost.
  expect(told('bye')).toEqual(['peer-left', 'a reason'])
  expect(told()).toEqual(['peer-gone', 'the line to the other player is gone: a reason'])
  expect(told('full')).toEqual(['full', 'a reason'])
})

test('a clean end: rules that threw, and their tick, are told', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  bob.session.leave('rules', 'x is undefined', 44)
  pair.send()
  pair.run(2)
  expect(ann.end).toMatchObject({ code: 'rules', reason: 'x is undefined', tick: 44 })
})

test('a line that is gone ends the match with a reason', () => {
  const { pair, ann } = duel()
  pair.open().run(60)
  ann.session.disconnected('the cable was pulled')
  ann.take()
  expect(ann.end).toMatchObject({ reason: 'the line to the other player is gone: the cable was pulled' })
})

// ---- what nobody should have sent

test('malformed, foreign and old datagrams are counted and dropped', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  const other = duel()
  other.pair.open().run(500)
  const faults = (): number => Object.values(ann.session.faults).reduce((x, y) => x + y, 0)
  let expected = 0
  const counts = (bytes: Uint8Array): void => {
    ann.session.receive(bytes)
    expect(faults()).toBe(++expected)
  }
  counts(new Uint8Array(0))
  counts(datagram({ version: 1 }))
  counts(datagram({ startFrame: 0 }))
  counts(datagram({ startFrame: 500 }))
  counts(datagram({ startFrame: ann.sampled, ackFrame: ann.sampled + 1 }))
  counts(datagram({ startFrame: ann.sampled, hasChecksum: true, checksumFrame: ann.sampled + 1 }))
  counts(datagram({ startFrame: ann.sampled, inputSize: 3 }))
  counts(
    datagram({
      startFrame: ann.sampled + 2,
      hasEventCounts: true,
      eventCounts: new Uint8Array([9]),
    } as Partial<Rbn1Datagram>),
  )
  // Of a match before this one: datagrams far from this one's ticks, and packets of another session.
  counts(other.bob.sent.findLast(b => b[0] === 0x52)!)
  const q = new PacketQueue()
  q.beginFull(0, { hi: 9, lo: 9 }, ROLE.none, 1)
  q.endMessage(TYPE.ready, CHANNEL.control, 1)
  q.end()
  counts(q.take().at(0).bytes.slice())
  q.beginShort(0, 1, (bob.sent.findLast(b => b[0] === 0x53)![6] + 1) & 255)
  q.end()
  counts(q.take().at(0).bytes.slice())
  pair.run(60)
  expect(agreed(ann, bob)).toBeGreaterThan(100)
})

test('a HELLO of somebody else does not touch a match', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  const stranger = new Side('Cat', 77)
  stranger.session.connected()
  for (const { bytes } of stranger.session.takePackets()) ann.session.receive(bytes)
  expect(ann.session.faults).toEqual({ ...NO_FAULTS, wrongSession: 1 })
  pair.run(60)
  expect(agreed(ann, bob)).toBeGreaterThan(100)
})

test('a flood of packets that make no sense ends the match, on both sides', () => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  const random = seeded(5)
  for (let i = 0; i < 5000; i++) {
    const bytes = new Uint8Array(random.below(90))
    for (let k = 0; k < bytes.length; k++) bytes[k] = random.below(256)
    if (i % 3 === 0 && bytes.length > 5) bytes.set([0x52, 0x42, 0x4e, 0x31, 2])
    if (i % 3 === 1 && bytes.length > 0) bytes[0] = 0x53
    ann.session.receive(bytes)
  }
  pair.run(61)
  expect(ann.end).toMatchObject({ code: 'protocol', reason: 'the other side sent too many packets that make no sense' })
  expect(bob.end).toMatchObject({ code: 'protocol' })
})

test.each([
  ['a round for a tick that is past', 1, 10, 2],
  ['a round while the last one is played', 1, 200, 2],
  ['rules for a tick that is past', 2, 10, 99],
  ['rules that slot 1 does not have', 2, 200, 98],
  ['an input delay of 16 ticks', 3, 200, 16],
  ['something unknown', 4, 200, 1],
])('slot 0 that names %s breaks the rules, and ends the match', (_name, what, tick, value) => {
  const { pair, ann, bob } = duel()
  pair.open().run(60)
  bob.session.proposeRules({ ...terms, rulesHash: 99 })
  pair.run(10)
  // Ann's channel is used by hand: the message after all of hers.
  const reader = new PacketReader()
  const session = { hi: 0, lo: 0 }
  let seq = -1
  for (const bytes of ann.sent) {
    if (bytes[0] !== 0x4e || reader.read(bytes) !== 0) continue
    for (const { channel, seq: s } of reader.messages.slice(0, reader.messageCount))
      if (channel === CHANNEL.control) seq = Math.max(seq, s)
    Object.assign(session, { hi: reader.header.sessionHi, lo: reader.header.sessionLo })
  }
  const q = new PacketQueue()
  q.beginFull(0, session, ROLE.none, 1)
  change.write(q.beginMessage(), { what, tick, value, carry: new Uint8Array(0) })
  q.endMessage(DUEL_TYPE.change, CHANNEL.control, seq + 1)
  q.end()
  bob.session.receive(q.take().at(0).bytes.slice())
  bob.take()
  expect(bob.end).toMatchObject({ code: 'protocol', tick })
  expect(bob.end?.reason).toBe(`the other side named something for tick ${tick} that cannot be`)
})

test('the control line keeps its order when its window is full', () => {
  const [here, there] = [new ControlLine(), new ControlLine()]
  const reader = new PacketReader()
  const heard: number[] = []
  const carry = (): void => {
    for (const { bytes } of [...here.takePackets()].map(p => ({ bytes: p.bytes.slice() }))) {
      expect(reader.read(bytes)).toBe(0)
      for (let i = 0; i < reader.messageCount; i++) there.receive(reader.messages[i], bytes)
      for (let m = there.next(); m !== null; m = there.next()) heard.push(m.bytes[5])
    }
  }
  const say = (value: number): void => here.send(DUEL_TYPE.change, change, { ...NOTHING, value })
  for (let value = 0; value < 70; value++) say(value)
  here.flush(1)
  carry()
  expect(heard.length).toBe(64)
  // Room again, before what waited has been sent.
  expect(here.acknowledged(64, { hi: 0, lo: 0 })).toBe(true)
  say(70)
  here.flush(2)
  carry()
  expect(heard).toEqual(Array.from({ length: 71 }, (_, i) => i))
  expect(here.acknowledged(99, { hi: 0, lo: 0 })).toBe(false)
})

const NOTHING = { what: 3, tick: 0, carry: new Uint8Array(0) }

import { expect, test } from 'vitest'
import { StarHost } from '../../src/session/star/star-host.ts'
import { InputRing, writeInput } from '../../src/wire/input-message.ts'
import { TYPE } from '../../src/wire/messages.ts'
import { CHANNEL, CODE, PacketQueue, PacketReader } from '../../src/wire/packet.ts'
import { seeded } from '../seeded.ts'
import { Bus, Player, terms, two } from './star-room.ts'

test('two who are ready start at tick 1 with the same facts', () => {
  const { bus, a, b } = two()
  bus.run(60)
  expect([a.client.slot, b.client.slot]).toEqual([0, 1])
  expect(a.kinds('start')).toMatchObject([{ tick: 1, round: 1, control: { joins: [0, 1], restart: { round: 1 } } }])
  expect(a.client.closedTick).toBeGreaterThan(40)
  expect(b.kinds('tick').map(f => [...f.row])).toEqual(a.kinds('tick').map(f => [...f.row]))
  expect(a.kinds('tick')[0]).toMatchObject({ tick: 1, control: { joins: [0, 1] } })
})

test('a session id is two u32, not both zero', () => {
  const options = { room: 'r', epoch: 3, seed: 4 }
  expect(() => new StarHost({ ...options, sessionId: { hi: 0, lo: 0 } })).toThrow(/not both zero/)
  // A half that became signed on its way: half of all sessions would drop everything after WELCOME.
  expect(() => new StarHost({ ...options, sessionId: { hi: 1, lo: 0x80000001 | 0 } })).toThrow(/two u32/)
})

test('one alone waits for the second', () => {
  const bus = new Bus()
  const a = new Player(bus, 1, 'Ann')
  bus.run(100)
  expect(a.client.state).toBe('syncing')
  expect(bus.host.closedTick).toBe(0)
})

test('half of all packets lost costs time, not truth', () => {
  const { bus, a, b } = two()
  const random = seeded(1)
  bus.lose = () => random.chance(0.5)
  bus.run(1500)
  expect(a.client.closedTick).toBeGreaterThan(300)
  const ticks = Math.min(a.client.closedTick, b.client.closedTick)
  expect(
    b
      .kinds('tick')
      .slice(0, ticks)
      .map(f => [...f.row]),
  ).toEqual(
    a
      .kinds('tick')
      .slice(0, ticks)
      .map(f => [...f.row]),
  )
  expect(a.client.faults).toEqual({ malformed: 0, wrongSession: 0, unexpected: 0 })
})

test('a silent peer leaves after exactly the game’s timeout, and the others go on', () => {
  const { bus, a, b } = two()
  bus.run(60)
  b.silent = true
  // Its last packet was in the call before; the next 120 host calls are silent.
  const stuckAt = bus.host.closedTick
  bus.run(119)
  expect(a.kinds('tick').some(f => f.control?.leaves.includes(1))).toBe(false)
  expect(a.kinds('waiting').at(-1)?.slots).toEqual([1])
  bus.run(1)
  const leave = a.kinds('tick').find(f => f.control?.leaves.includes(1))
  expect(leave?.tick).toBe(stuckAt + 1)
  const before = a.client.closedTick
  bus.run(40)
  expect(a.client.closedTick).toBeGreaterThan(before + 30)
  expect(a.kinds('waiting').at(-1)?.slots).toEqual([])
})

test('a closed connection leaves at the next tick', () => {
  const { bus, a } = two()
  bus.run(60)
  const before = bus.host.closedTick
  bus.players.delete(2)
  bus.host.left(2)
  bus.run(20)
  expect(a.kinds('tick').find(f => f.control?.leaves.includes(1))!.tick).toBeLessThanOrEqual(before + 12)
})

test('who comes during a round waits, and plays from the next one, which everyone starts alike', () => {
  const { bus, a, b } = two()
  bus.run(60)
  const c = new Player(bus, 3, 'Cat')
  bus.run(60)
  expect(c.client.state).toBe('syncing')
  const carry = new Uint8Array([4, 2])
  a.client.endRound(1, 100, carry)
  bus.run(5)
  expect(a.kinds('start').length).toBe(1)
  b.client.endRound(1, 100, carry)
  bus.run(60)
  const start = c.kinds('start')[0]
  expect(start).toMatchObject({ round: 2, control: { joins: [0, 1, 2], restart: { round: 2, carry } } })
  expect(c.client.state).toBe('running')
  for (const p of [a, b]) {
    expect(p.kinds('start')[1]).toMatchObject({ tick: start.tick, round: 2 })
    expect(p.kinds('tick').find(f => f.tick === start.tick)).toMatchObject({ control: { joins: [0, 1, 2] } })
  }
  expect(bus.host.closedTick).toBeGreaterThan(start.tick + 20)
})

test('players who disagree about the end of a round are told of a desync', () => {
  const { bus, a, b } = two()
  bus.run(60)
  a.client.endRound(1, 50, new Uint8Array([1]))
  b.client.endRound(1, 50, new Uint8Array([2]))
  bus.run(5)
  expect(a.end).toMatchObject({ code: 'desync', tick: 50 })
  expect(b.end).toMatchObject({ code: 'desync', tick: 50 })
})

test('checksums that differ end the match at that tick, on both sides', () => {
  const { bus, a, b } = two()
  bus.run(60)
  a.client.setChecksum(30, 1)
  b.client.setChecksum(30, 2)
  bus.run(3)
  expect(a.end).toMatchObject({ code: 'desync', tick: 30 })
  expect(b.end?.reason).toContain('desync at tick 30')
})

test('a checksum of a tick that is not closed yet says nothing', () => {
  const { bus, a, b } = two()
  bus.run(60)
  a.client.setChecksum(900, 1)
  b.client.setChecksum(900, 2)
  bus.run(5)
  expect([a.end, b.end, bus.host.stats.desyncs]).toEqual([undefined, undefined, 0])
})

test('a checksum is said more than once, and so is a goodbye: one that is lost hides nothing', () => {
  const { bus, a, b } = two()
  bus.run(60)
  const reader = new PacketReader()
  let [hashes, byes] = [0, 0]
  bus.lose = (_calls, toHost, bytes) => {
    expect(reader.read(bytes)).toBe(CODE.ok)
    const types = reader.messages.slice(0, reader.messageCount).map(m => m.type)
    if (toHost && types.includes(TYPE.hash)) return hashes++ === 0
    return toHost && types.includes(TYPE.bye) && byes++ === 0
  }
  a.client.setChecksum(30, 1)
  bus.run(5)
  b.client.setChecksum(30, 1)
  bus.run(5)
  expect([hashes > 1, bus.host.peerCount]).toEqual([true, 2])
  b.client.setChecksum(60, 2)
  a.client.setChecksum(60, 1)
  hashes = 0
  bus.run(3)
  expect([a.end, b.end]).toMatchObject([{ tick: 60 }, { tick: 60 }])
  const other = two()
  other.bus.run(30)
  other.bus.lose = bus.lose
  other.b.client.leave('left', 'enough')
  other.bus.carry()
  expect([byes > 1, other.bus.host.peerCount]).toEqual([true, 1])
})

test('the word that a round begins comes again until its player has begun', () => {
  const { bus, a, b } = two()
  const reader = new PacketReader()
  let lost = 0
  bus.lose = (_calls, toHost, bytes) => {
    expect(reader.read(bytes)).toBe(CODE.ok)
    const isReady = !toHost && reader.messages.slice(0, reader.messageCount).some(m => m.type === TYPE.ready)
    return isReady && lost++ < 5
  }
  bus.run(60)
  expect(lost).toBeGreaterThan(5)
  for (const p of [a, b]) expect(p.kinds('start')).toMatchObject([{ tick: 1 }])
  expect(bus.host.closedTick).toBeGreaterThan(30)
})

test('a full room, other rules and another game are refused with a sentence', () => {
  const bus = new Bus()
  for (let i = 1; i <= 4; i++) new Player(bus, i, `p${i}`)
  bus.run(2)
  const full = new Player(bus, 5, 'late')
  const rules = new Player(bus, 6, 'edited', { rulesHash: 9 })
  const game = new Player(bus, 7, 'lost', { game: 'other' })
  bus.run(2)
  expect(full.end).toMatchObject({ code: 'full', reason: 'the room "r" is full: 4 of 4 players' })
  expect(rules.end).toMatchObject({ code: 'version' })
  expect(rules.end?.reason).toContain('their code or schema differs')
  expect(game.end?.reason).toContain('it plays "test", this is "other"')
})

test('who comes into a room that was left begins a new match, at tick 1 with another seed', () => {
  const { bus, a, b } = two()
  bus.run(60)
  const seed = a.kinds('welcome')[0].seed
  for (const p of [a, b]) {
    p.client.leave('left', 'enough')
    bus.carry()
  }
  bus.run(2)
  expect(bus.host.peerCount).toBe(0)
  const c = new Player(bus, 3, 'Cat')
  const d = new Player(bus, 4, 'Dan')
  bus.run(60)
  expect(c.kinds('start')).toMatchObject([{ tick: 1, round: 1, control: { joins: [0, 1] } }])
  expect(c.kinds('welcome')[0].seed).not.toBe(seed)
  expect(d.kinds('tick')[0].tick).toBe(1)
})

test('the host’s end is everyone’s end', () => {
  const { bus, a, b } = two()
  bus.run(30)
  bus.host.end('the relay shuts down')
  bus.carry()
  expect(a.end).toMatchObject({ code: 'host-gone', reason: 'the relay shuts down' })
  expect(b.end).toMatchObject({ code: 'host-gone' })
})

test('new rules with the same schema run from one tick on, named once all have them', () => {
  const { bus, a, b } = two()
  bus.run(60)
  a.client.proposeRules({ ...terms, rulesHash: 99 })
  bus.run(30)
  expect(a.kinds('tick').some(f => f.control?.swap)).toBe(false)
  b.client.proposeRules({ ...terms, rulesHash: 99 })
  bus.run(30)
  const swaps = [a, b].map(p =>
    p
      .kinds('tick')
      .filter(f => f.control?.swap === 99)
      .map(f => f.tick),
  )
  expect(swaps[0].length).toBe(1)
  expect(swaps[1]).toEqual(swaps[0])
})

test('another input for a tick that has one never replaces the first, and is counted', () => {
  const { bus, a, b } = two()
  bus.run(60)
  a.input = 5
  // Bob is silent, so Ann's inputs pile up unclosed; then one of them comes again with another value.
  b.silent = true
  bus.run(3)
  const sent: Uint8Array[] = []
  bus.lose = () => false
  const ring = new InputRing(64, 1)
  const tick = a.client.closedTick + 1
  ring.set(tick, new Uint8Array([99]), null)
  const q = new PacketQueue()
  q.beginShort(0, tick, 3)
  writeInput(q.beginMessage(), ring, { firstTick: tick, count: 1, applied: tick - 1 }, 1400)
  q.endMessage(TYPE.input, CHANNEL.input, 0)
  q.end()
  for (const { bytes } of q.take()) sent.push(bytes.slice())
  bus.host.receive(1, sent[0])
  expect(bus.host.peers().find(p => p.peer === 1)?.faults).toBe(1)
  b.silent = false
  bus.run(20)
  expect(b.kinds('tick').find(f => f.tick === tick)!.row[0]).not.toBe(99)
})

test('garbage is counted at its sender, stalls nobody, and too much of it ends its sender’s part', () => {
  const { bus, a, b } = two()
  bus.run(30)
  let seed = 1
  for (let i = 0; i < 5000; i++) {
    const bytes = new Uint8Array((seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) % 80)
    for (let k = 0; k < bytes.length; k++) bytes[k] = (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >> 8
    if (i % 3 === 0 && bytes.length > 0) bytes[0] = 0x53
    bus.host.receive(2, bytes)
    a.client.receive(bytes)
  }
  expect(bus.host.peers().find(p => p.peer === 2)!.faults).toBeGreaterThan(4000)
  expect(a.client.faults.malformed).toBeGreaterThan(4000)
  const before = bus.host.closedTick
  bus.run(60)
  expect(bus.host.closedTick).toBeGreaterThan(before + 50)
  // A flood ends that peer's part, not the match.
  expect(b.end).toMatchObject({ code: 'protocol' })
  expect(a.end).toBe(undefined)
})

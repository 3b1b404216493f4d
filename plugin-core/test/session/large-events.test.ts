// EVENT: an event that is too large for its tick travels ahead of it, and the tick names it.

import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { eventHash } from '../../src/wire/event-reference.ts'
import { EVENT_QUEUE, LARGE_EVENT_BYTES } from '../../src/wire/limits.ts'
import { TYPE, event, type LargeEvent } from '../../src/wire/messages.ts'
import { CHANNEL, CODE, PacketQueue, PacketReader, ROLE } from '../../src/wire/packet.ts'
import { seeded } from '../seeded.ts'
import { Bus, Player, two } from './star-room.ts'

const large = (n: number, size = 800): Uint8Array => new Uint8Array(size).fill(n)

/** What a player heard of events: tick, slot and first byte. */
function heard(p: Player): string[] {
  return p.kinds('tick').flatMap(f => (f.events ?? []).map(e => `${f.tick}: ${e.slot} ${e.bytes[0]}×${e.bytes.length}`))
}

const reader = new PacketReader()
function holds(bytes: Uint8Array, type: number): boolean {
  expect(reader.read(bytes)).toBe(CODE.ok)
  return reader.messages.slice(0, reader.messageCount).some(m => m.type === type)
}

describe('an event above 512 bytes', () => {
  test('comes to everyone, whole, at one tick, with what was said before and after it in its order', () => {
    const { bus, a, b } = two()
    bus.run(30)
    for (const bytes of [Uint8Array.of(1), large(2), Uint8Array.of(3), large(4, LARGE_EVENT_BYTES)])
      a.client.emit(bytes)
    bus.run(60)
    const words = heard(a)
    expect(words.map(each => each.replace(/^\d+: /, ''))).toEqual(['0 1×1', '0 2×800', '0 3×1', '0 4×1360'])
    expect(heard(b)).toEqual(words)
    expect([a, b].map(p => p.client.faults)).toEqual(
      [0, 0].map(() => ({ malformed: 0, wrongSession: 0, unexpected: 0 })),
    )
    expect(bus.host.peers().map(p => p.faults)).toEqual([0, 0])
  })

  test('holds up nobody while it is on its way to the host', () => {
    const { bus, a, b } = two()
    bus.run(30)
    bus.lose = (calls, toHost, bytes) => toHost && calls < 130 && holds(bytes, TYPE.event)
    a.client.emit(large(9))
    const before = bus.host.closedTick
    bus.run(99)
    expect(bus.host.closedTick).toBe(before + 99)
    expect(heard(b)).toEqual([])
    bus.run(40)
    expect(heard(b)).toHaveLength(1)
    expect(heard(a)).toEqual(heard(b))
  })

  test('is waited for by who has not got it: its tick is not applied, and not acknowledged', () => {
    const { bus, a, b } = two()
    bus.run(30)
    let lost = 0
    bus.lose = (calls, toHost, bytes) => !toHost && calls < 90 && bytes.length > 800 && ++lost > 0
    a.client.emit(large(9))
    bus.run(50)
    const stood = b.client.closedTick
    expect(heard(b)).toEqual([])
    // Again and again, and not at every call: to two players in some 45 calls.
    expect(lost).toBeGreaterThan(10)
    expect(lost).toBeLessThan(40)
    bus.run(60)
    expect(heard(b)).toEqual([`${stood + 1}: 0 9×800`])
    expect(b.client.closedTick).toBeGreaterThan(stood + 40)
    expect(b.kinds('tick').map(f => f.tick)).toEqual(b.kinds('tick').map((_, i) => i + 1))
  })

  test('is one of a tick, whoever says it; nothing of a player overtakes what it said before', () => {
    const { bus, a, b } = two()
    bus.run(30)
    const random = seeded(5)
    const said: string[][] = [[], []]
    for (let n = 0; n < 40; n++) {
      const who = random.below(2)
      const size = random.chance(0.5) ? 600 + random.below(700) : 1 + random.below(20)
      if ([a, b][who].client.emit(large(n, size))) said[who].push(`${who} ${n}×${size}`)
    }
    bus.run(200)
    const words = heard(a).map(each => each.split(': '))
    for (const who of [0, 1])
      expect(words.map(([, word]) => word).filter(word => word.startsWith(`${who} `))).toEqual(said[who])
    const ticks = words.filter(([, word]) => Number(word.split('×')[1]) > 512).map(([tick]) => tick)
    expect(new Set(ticks).size).toBe(ticks.length)
    expect(heard(b)).toEqual(heard(a))
  })

  test('comes to all of many lossy lines', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed)
      const { bus, a, b } = two()
      bus.run(30)
      bus.lose = () => random.chance(0.3)
      for (let n = 0; n < 12; n++) {
        ;[a, b][n & 1].client.emit(large(n, 520 + random.below(800)))
        bus.run(random.below(20))
      }
      bus.run(600)
      expect(heard(a), `seed ${seed}`).toHaveLength(12)
      expect(heard(b)).toEqual(heard(a))
    }
  })
})

describe('who makes things up', () => {
  const packet = (epoch: number, v: LargeEvent): Uint8Array => {
    const q = new PacketQueue()
    q.beginShort(0, 1, epoch)
    event.write(q.beginMessage(), v)
    q.endMessage(TYPE.event, CHANNEL.unreliable, 1)
    q.end()
    return q.take().at(0).bytes.slice()
  }
  const right = { tick: 0, hash: eventHash(large(1)), bytes: large(1) }
  const small = new Uint8Array(512)

  test.each([
    ['another hash', { ...right, hash: { hi: right.hash.hi, lo: right.hash.lo ^ 1 } }],
    ['an event that fits its tick', { tick: 0, hash: eventHash(small), bytes: small }],
  ])('%s is counted, and dropped', (_, v) => {
    const { bus, a } = two()
    bus.run(30)
    bus.host.receive(1, packet(3, v))
    expect(bus.host.peers()[0].faults).toBe(1)
    a.client.receive(packet(3, v))
    expect(a.client.faults.malformed).toBe(1)
  })

  test('too large an event is no event', () => {
    const w = new ByteWriter()
    w.reset(new Uint8Array(1400))
    event.write(w, {
      tick: 0,
      hash: eventHash(large(1, LARGE_EVENT_BYTES + 1)),
      bytes: large(1, LARGE_EVENT_BYTES + 1),
    })
    expect(w.failed).toBe(false)
    const { bus } = two()
    bus.run(30)
    bus.host.receive(1, packet(3, { ...right, hash: eventHash(large(1, 1361)), bytes: large(1, 1361) }))
    expect(bus.host.peers()[0].faults).toBe(1)
  })

  test('a stranger’s is counted, and not kept; nor is an acknowledgement from a player', () => {
    const { bus } = two()
    bus.run(30)
    bus.host.joined(7)
    const q = new PacketQueue()
    q.beginFull(0, { hi: 0, lo: 0 }, ROLE.client, 0)
    event.write(q.beginMessage(), right)
    q.endMessage(TYPE.event, CHANNEL.control, 1)
    q.end()
    bus.host.receive(7, q.take().at(0).bytes)
    bus.host.receive(1, packet(3, { ...right, bytes: new Uint8Array(0) }))
    expect(bus.host.stats.faults + bus.host.peers()[0].faults).toBe(1)
    bus.host.left(7)
    expect(bus.host.stats.faults).toBe(1)
  })

  test('those who say more than ticks carry have their newest dropped and counted; a quiet one is heard as ever', () => {
    const bus = new Bus()
    const [a, b, c] = ['Ann', 'Bob', 'Cat'].map((name, i) => new Player(bus, i + 1, name))
    bus.run(30)
    for (let i = 0; i < 300; i++) {
      for (const loud of [a, b]) while (loud.client.emit(large(1, 180)));
      if (i === 200) c.client.emit(Uint8Array.of(7))
      bus.run(1)
    }
    expect(bus.host.stats.eventsDropped).toBeGreaterThan(500)
    expect(heard(a).filter(word => word.endsWith('2 7×1'))).toHaveLength(1)
    // What waits is as much as may wait, and goes out once they are quiet.
    for (let i = 0; i < EVENT_QUEUE; i++) bus.run(1)
    const dropped = bus.host.stats.eventsDropped
    bus.run(60)
    expect(bus.host.stats.eventsDropped).toBe(dropped)
    expect(heard(b)).toEqual(heard(a))
    expect(bus.host.peers().map(p => p.faults)).toEqual([0, 0, 0])
  })
})

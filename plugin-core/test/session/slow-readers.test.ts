// A peer that speaks, and whose line or page does not take what the host says: found by what it acknowledges, never by a socket's buffer.

import { expect, test } from 'vitest'
import { MODE, TYPE, type Terms } from '../../src/wire/messages.ts'
import { CODE, PacketReader } from '../../src/wire/packet.ts'
import { Bus, Player } from './star-room.ts'

function room(own: Partial<Terms> = {}) {
  const bus = new Bus()
  const [ann, bob] = [new Player(bus, 1, 'Ann', own), new Player(bus, 2, 'Bob', own)]
  bus.run(60)
  return { bus, ann, bob }
}

/** From now on this player hears nothing; answers how many packets with closed ticks it would have heard. */
function deafen(player: Player): () => number {
  const reader = new PacketReader()
  let ticks = 0
  player.client.receive = bytes => {
    expect(reader.read(bytes)).toBe(CODE.ok)
    if (reader.messages.slice(0, reader.messageCount).some(m => m.type === TYPE.tick)) ticks++
  }
  return () => ticks
}

test('one that speaks but gives no more inputs is waited for as long as the game says, and no longer', () => {
  const { bus, ann, bob } = room()
  bob.sampled = Infinity
  bus.run(3)
  const stuckAt = bus.host.closedTick
  bus.run(115)
  expect([bus.host.closedTick, bus.host.peerCount]).toEqual([stuckAt, 2])
  expect(ann.kinds('waiting').at(-1)!.slots).toEqual([1])
  bus.run(10)
  expect(bus.host.peerCount).toBe(1)
  expect(bob.end).toMatchObject({ code: 'timeout' })
  bus.run(30)
  expect(bus.host.closedTick).toBeGreaterThan(stuckAt + 20)
})

test('one that applies nothing for a second is sent one packet in thirty calls, until it moves again', () => {
  const { bus, bob } = room()
  const hears = bob.client.receive
  const sent = deafen(bob)
  bus.run(61)
  const before = sent()
  expect(before).toBeGreaterThan(50)
  bus.run(45)
  expect(sent() - before).toBeLessThanOrEqual(2)
  expect(bus.host.stats.heldBack).toBeGreaterThan(40)
  const stuckAt = bus.host.closedTick
  bob.client.receive = hears
  bus.run(60)
  expect(bob.end).toBeUndefined()
  expect(bus.host.closedTick).toBeGreaterThan(stuckAt + 20)
  expect(bus.host.stats.dropped).toBe(0)
})

// Where nobody is waited for, its inputs are missed by nobody, and only its lag tells.
test('one that applies nothing for ten seconds is let go', () => {
  const { bus, ann, bob } = room({ mode: MODE.authoritative })
  deafen(bob)
  bus.run(590)
  expect(bus.host.peerCount).toBe(2)
  bus.run(20)
  expect(bus.host.peerCount).toBe(1)
  expect(bus.host.stats.dropped).toBe(1)
  const before = ann.client.closedTick
  bus.run(30)
  expect(ann.client.closedTick).toBe(before + 30)
})

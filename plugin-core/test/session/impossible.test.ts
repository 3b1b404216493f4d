// Well-formed messages that say what cannot be: counted at who said it, and nothing of them counts.

import { describe, expect, test } from 'vitest'
import { InputRing, writeInput } from '../../src/wire/input-message.ts'
import { TYPE, welcome } from '../../src/wire/messages.ts'
import { CHANNEL, PacketQueue, ROLE } from '../../src/wire/packet.ts'
import { Player, Bus, two } from './star-room.ts'

const EPOCH = 3
const SESSION = { hi: 1, lo: 2 }
/** Of the sender's own numbering, ahead of all that it has said. */
const SEQ = 900

function packetOf(type: number, channel: number, write: (q: PacketQueue) => void): Uint8Array {
  const q = new PacketQueue()
  q.beginShort(0, 1, EPOCH)
  write(q)
  q.endMessage(type, channel, SEQ)
  q.end()
  return q.take().at(0).bytes.slice()
}

function input(range: { firstTick: number; count: number; applied: number }): Uint8Array {
  const ring = new InputRing(64, 1)
  for (let i = 0; i < range.count; i++) ring.set(range.firstTick + i, Uint8Array.of(9), null)
  return packetOf(TYPE.input, CHANNEL.input, q => writeInput(q.beginMessage(), ring, range, 1400))
}

describe('at the host', () => {
  test.each([
    ['has applied a tick that is not closed', 1, 1],
    ['gives an input behind ones that it has not given', 4, 0],
  ])('a player that %s is counted, and neither its input nor its word is taken', (_name, ahead, appliedAhead) => {
    const { bus, a, b } = two()
    bus.run(40)
    b.silent = true
    bus.run(2)
    const { closedTick } = bus.host
    bus.host.receive(2, input({ firstTick: b.sampled + ahead, count: 1, applied: closedTick + appliedAhead }))
    expect(bus.host.peers().map(p => p.faults)).toEqual([0, 1])
    expect(bus.host.closedTick).toBe(closedTick)
    b.silent = false
    bus.run(30)
    expect(bus.host.closedTick).toBeGreaterThan(closedTick + 25)
    expect(a.kinds('tick').some(f => f.row[1] === 9)).toBe(false)
  })
})

describe('at a client', () => {
  test('ticks behind a gap are left alone: the next packet has those before them, too', () => {
    const { bus, a } = two()
    bus.run(40)
    const { closedTick } = a.client
    // From two ticks further on: twenty ticks in which nobody does anything.
    const ticks = packetOf(TYPE.tick, CHANNEL.input, q => {
      const w = q.beginMessage()
      w.u32(closedTick + 3)
      w.u8(20)
      w.u8(0)
    })
    a.client.receive(ticks)
    a.take()
    expect(a.client.closedTick).toBe(closedTick)
    bus.run(30)
    expect(a.kinds('tick').map(f => f.tick)).toEqual(Array.from({ length: a.client.closedTick }, (_, i) => i + 1))
  })

  test('a host that gives it a slot that the game has not is counted, and not believed', () => {
    const bus = new Bus()
    bus.lose = () => true
    const { client } = new Player(bus, 1, 'Ann')
    const q = new PacketQueue()
    q.beginFull(0, SESSION, ROLE.server, 0)
    const value = { sessionId: SESSION, epoch: EPOCH, slot: 4, tickRate: 60, tick: 0, seed: 1, part: 0 }
    welcome.write(q.beginMessage(), value)
    q.endMessage(TYPE.welcome, CHANNEL.control, 0)
    q.end()
    client.receive(q.take().at(0).bytes)
    expect([client.faults.malformed, client.slot, client.state]).toEqual([1, -1, 'handshake'])
  })
})

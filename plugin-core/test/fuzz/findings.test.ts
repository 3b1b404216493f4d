// What the fuzzer found, and what it was; each line would fail again without its repair.

import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { TickHistory } from '../../src/session/star/tick-history.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { PART, TYPE, readyDown, snapshotChunk, snapshotHeader, welcome, type Terms } from '../../src/wire/messages.ts'
import { CHANNEL, PacketQueue, ROLE, ZERO64 } from '../../src/wire/packet.ts'
import { decode, text, type Codec } from '../../src/wire/schema.ts'
import { replayed } from './replay.ts'
import { TERMS } from './terms.ts'

test.each([
  // Two spellings of one tick: "somebody leaves" with nobody named, and nothing said at all.
  'tick of 8×3/0/2900000004030200030202030103000301020101070201000400010004826161f6',
  // A name that begins with a byte order mark lost it when it was read: two spellings of one name.
  'bye/0/000000000003efbbbf',
  // An integer of 64 bits came as a BigInt, which is none of the kinds of data that events carry, and no JSON either.
  'event of a scene/0/82616d3b4380000000020202',
])('%s', line => {
  expect(replayed(line)).toBe(null)
})

test('a text keeps every character of it, also a byte order mark', () => {
  const codec = text(40)
  const bytes = new Uint8Array(40)
  const w = new ByteWriter()
  w.reset(bytes)
  codec.write(w, '\ufeffAnn')
  expect(decode(codec, new ByteReader(), bytes, 0, w.position)).toBe('\ufeffAnn')
})

// The first HELLO of a room decides its terms. One of 124 bytes made a host set 130 MB aside, which took 90 ms; one with a tick
// rate of 0 made it call itself without end.
test.each<Partial<Terms>>([
  { tickRate: 0 },
  { tickRate: 241 },
  { maxPlayers: 0 },
  { maxPlayers: 65 },
  { inputBytes: 0 },
  { inputBytes: 65 },
  { limits: { ...LIMITS, inputBufferTicks: 65535 } },
  { limits: { ...LIMITS, inputBufferTicks: 0 } },
])('terms that no game has are refused by the room that is still empty: %o', odd => {
  const host = new StarHost({
    room: 'fuzz',
    sessionId: { hi: 7, lo: 9 },
    epoch: 5,
    seed: 1,
  })
  const client = new StarClient({
    terms: { ...TERMS, limits: LIMITS },
    name: 'p',
    profile: '',
  })
  client.proposeRules({ ...TERMS, ...odd })
  client.connected()
  host.joined(1)
  for (const { bytes } of client.takePackets()) host.receive(1, bytes)
  host.tick()
  expect(host.peers()).toEqual([])
})

test('a stranger who tells a host of closed ticks before anybody has come is counted, and the host goes on', () => {
  const host = new StarHost({
    room: 'fuzz',
    sessionId: { hi: 7, lo: 9 },
    epoch: 5,
    seed: 1,
  })
  host.joined(1)
  const q = new PacketQueue()
  q.beginFull(0, ZERO64, ROLE.client, 0)
  q.beginMessage().u32(1)
  q.endMessage(TYPE.tick, CHANNEL.input, 0)
  q.end()
  for (const { bytes } of q.take()) host.receive(1, bytes)
  host.tick()
  expect(host.peers()).toEqual([])
  host.left(1)
  expect(host.stats.faults).toBe(1)
})

// A host that lies: its state is so far ahead of this player's inputs that those lie over each other in their ring.
test('a player whose state is replaced by one of far ahead sends no inputs that are gone', () => {
  const bus = new Fooled()
  bus.plays()
  bus.client.takeFacts()
  for (let tick = 1; tick <= 8; tick++) bus.client.setLocalInput(tick, new Uint8Array(2))
  bus.takesState(500)
  for (let tick = 9; tick <= 520; tick++) bus.client.setLocalInput(tick, new Uint8Array(2))
  bus.client.tick(500, 1)
  expect(bus.client.closedTick).toBe(500)
})

// What it kept before the match leapt ahead has a gap behind it.
test('a player tells a host that knows less only of ticks that it has one after the other', () => {
  const bus = new Fooled()
  bus.plays()
  bus.heard(
    TYPE.tick,
    {
      write: w => w.bytes(Uint8Array.of(1, 0, 0, 0, 20, 0)),
      read: () => null,
    },
    null,
  )
  expect(bus.client.closedTick).toBe(20)
  bus.takesState(60)
  bus.client.disconnected('the line broke')
  bus.client.connected()
  bus.heard(TYPE.welcome, welcome, { ...WELCOME, tick: 5, part: PART.follows })
  bus.client.tick(60, 1)
  expect(bus.client.state).toBe('syncing')
})

const WELCOME = { sessionId: { hi: 7, lo: 9 }, epoch: 5, slot: 0, tickRate: 60, tick: 0, seed: 1, part: PART.waits }

/** A client, and the host that it believes. */
class Fooled {
  readonly client = new StarClient({
    terms: TERMS,
    name: 'p',
    profile: '',
    history: new TickHistory(TERMS),
    comesBack: true,
  })
  readonly #queue = new PacketQueue()

  constructor() {
    this.client.setReady(true)
    this.client.connected()
  }

  /** It plays from tick 1 on, alone. */
  plays(): void {
    this.heard(TYPE.welcome, welcome, WELCOME)
    this.heard(TYPE.ready, readyDown, { round: 1, startTick: 1, joins: { hi: 0, lo: 1 }, carry: new Uint8Array(0) })
  }

  /** It goes on from another state, of this tick. */
  takesState(tick: number): void {
    const header = { tick, round: 1, stateBytes: 3, checksum: 1, packing: 0, sizeBytes: 3, chunks: 1 }
    this.heard(TYPE.snapshotHeader, snapshotHeader, header)
    this.heard(TYPE.snapshotChunk, snapshotChunk, { tick, index: 0, bytes: new Uint8Array(3) })
    this.client.takeFacts()
    this.client.snapshots.taken(tick)
  }

  heard<T>(type: number, codec: Codec<T>, value: T): void {
    const q = this.#queue
    q.beginFull(0, { hi: 7, lo: 9 }, ROLE.server, 0)
    codec.write(q.beginMessage(), value)
    q.endMessage(type, CHANNEL.control, 0)
    q.end()
    for (const { bytes } of q.take()) this.client.receive(bytes)
  }
}

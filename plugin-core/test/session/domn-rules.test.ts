// Rules of `specs/domn.md` that no other test is named after.

import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { SnapshotOffer } from '../../src/session/transfer/snapshot-offer.ts'
import { InputMessage, InputRing, writeInput } from '../../src/wire/input-message.ts'
import { CHECKSUM_TICKS, LAST_TICK, LIMITS, assertLimits } from '../../src/wire/limits.ts'
import { PACKING, TYPE, heartbeatDown, hello, type Hello, type Terms } from '../../src/wire/messages.ts'
import { CHANNEL, CODE, PacketQueue, PacketReader, ROLE } from '../../src/wire/packet.ts'
import { decode } from '../../src/wire/schema.ts'
import { RowRing, TickMessage } from '../../src/wire/tick-message.ts'
import { MESSAGES } from '../wire/protocol-samples.ts'
import { Bus, Player, terms, two } from './star-room.ts'

const reader = new PacketReader()

/** What a packet says, by type: its payloads. */
function said(bytes: Uint8Array, type: number): Uint8Array[] {
  expect(reader.read(bytes)).toBe(CODE.ok)
  return reader.messages
    .slice(0, reader.messageCount)
    .filter(m => m.type === type)
    .map(m => bytes.slice(m.start, m.end))
}

test('messages, result codes and roles have the numbers of the specification', () => {
  expect({ ...TYPE }).toEqual({
    hello: 1,
    welcome: 2,
    ready: 3,
    refused: 4,
    input: 5,
    tick: 6,
    snapshotHeader: 7,
    snapshotChunk: 8,
    snapshotAck: 9,
    hash: 10,
    heartbeat: 11,
    ack: 12,
    event: 13,
    roster: 14,
    bye: 15,
    snapshotRequest: 16,
    timing: 17,
  })
  expect({ ...CODE }).toEqual({
    ok: 0,
    generic: 1,
    versionMismatch: 2,
    protocol: 3,
    timeout: 4,
    bufferOverflow: 5,
    notReady: 6,
  })
  expect({ ...ROLE }).toEqual({ none: 0, server: 1, client: 2 })
})

test('the limits are those of the specification, and hold together', () => {
  expect(LIMITS).toEqual({
    peers: 64,
    channels: 8,
    payloadBytes: 1400,
    packetBytes: 1500,
    pendingPackets: 256,
    resendWindow: 64,
    inputBufferTicks: 32,
    replayBufferTicks: 1024,
    heartbeatTicks: 30,
    timeoutTicks: 600,
  })
  assertLimits(LIMITS, { predictionWindow: 16, inputDelay: 15 })
  expect(() => assertLimits(LIMITS, { predictionWindow: 16, inputDelay: 16 })).toThrow(
    /must be less than the input buffer/,
  )
})

test('a payload of more than 1400 bytes, more than 64 messages and a message that is cut are refused', () => {
  const header = (): number[] => [0x53, 0, 1, 0, 0, 0, 9]
  const long = Uint8Array.from([...header(), 10, 2, 0, 0, 0xf9, 0x0a, ...new Uint8Array(1401)])
  expect(reader.read(long)).toBe(CODE.protocol)
  const fits = Uint8Array.from([...header(), 10, 2, 0, 0, 0xf8, 0x0a, ...new Uint8Array(1400)])
  expect(reader.read(fits)).toBe(CODE.ok)
  expect(reader.read(fits.subarray(0, fits.length - 1))).toBe(CODE.protocol)
  const empty = [12, 2, 0, 0, 0]
  const many = (count: number): Uint8Array =>
    Uint8Array.from([...header(), ...Array.from({ length: count }, () => empty).flat()])
  expect(reader.read(many(64))).toBe(CODE.ok)
  expect(reader.read(many(65))).toBe(CODE.protocol)
})

test('a different major version is refused with VERSION_MISMATCH and ends the connection', () => {
  const bus = new Bus()
  bus.host.joined(1)
  const q = new PacketQueue()
  q.beginFull(0, { hi: 0, lo: 0 }, ROLE.client, 0)
  q.end()
  const other = q.take().at(0).bytes.slice()
  other[4] = 2
  bus.host.receive(1, other)
  const [refusal] = bus.host.takePackets()
  expect(said(refusal.bytes, TYPE.refused)[0][0]).toBe(CODE.versionMismatch)
  expect(bus.host.takeDepartures()).toEqual([1])
  const { bus: room, a } = two()
  room.run(5)
  a.client.receive(other)
  a.take()
  expect(a.end).toMatchObject({ code: 'version' })
})

test('a packet of an older session on the same wire is dropped, and counted', () => {
  const { bus, a } = two()
  bus.run(40)
  const before = a.client.closedTick
  const packet = (epoch: number): Uint8Array => {
    const q = new PacketQueue()
    q.beginShort(0, 1, epoch)
    heartbeatDown.write(q.beginMessage(), { echo: 7, margin: 0, closedTick: 1, waiting: { hi: 0, lo: 0 } })
    q.endMessage(TYPE.heartbeat, CHANNEL.unreliable, 0)
    q.end()
    return q.take().at(0).bytes.slice()
  }
  a.client.receive(packet(2))
  a.take()
  expect([a.client.faults.wrongSession, a.kinds('echo').filter(f => f.stamp === 7).length]).toEqual([1, 0])
  a.client.receive(packet(3))
  a.take()
  expect([a.client.faults.wrongSession, a.kinds('echo').filter(f => f.stamp === 7).length]).toEqual([1, 1])
  expect(a.client.closedTick).toBe(before)
})

test('both forms carry the same payloads, and a receiver accepts either', () => {
  const { bus, a, b } = two()
  bus.run(30)
  b.silent = true
  bus.run(2)
  // Bob's next input, in the full form, by another hand.
  const ring = new InputRing(64, 1)
  const tick = b.sampled + 1
  ring.set(tick, new Uint8Array([9]), null)
  const q = new PacketQueue()
  q.beginFull(0, { hi: 1, lo: 2 }, ROLE.client, tick)
  writeInput(q.beginMessage(), ring, { firstTick: tick, count: 1, applied: bus.host.closedTick }, 1400)
  q.endMessage(TYPE.input, CHANNEL.input, 500)
  q.end()
  bus.host.receive(2, q.take().at(0).bytes)
  bus.run(20)
  expect(bus.host.closedTick).toBe(tick)
  expect(a.kinds('tick').find(f => f.tick === tick)!.row[1]).toBe(9)
})

test('two sides with different limits do not start a match', () => {
  const bus = new Bus()
  new Player(bus, 1, 'Ann')
  bus.run(2)
  const other = new Player(bus, 2, 'Bob', { limits: { ...LIMITS, resendWindow: 65 } })
  bus.run(2)
  expect(other.end).toMatchObject({ code: 'version' })
  expect(other.end!.reason).toContain('limit resendWindow is 64 there and 65 here')
})

test.each<[string, Partial<Terms>]>([
  ['tickRate', { tickRate: 0 }],
  ['tickRate', { tickRate: 241 }],
  ['maxPlayers', { maxPlayers: 0 }],
  ['maxPlayers', { maxPlayers: 65 }],
  ['inputBytes', { inputBytes: 0 }],
  ['inputBytes', { inputBytes: 65 }],
  ['input buffer', { limits: { ...LIMITS, inputBufferTicks: 0 } }],
  ['input buffer', { limits: { ...LIMITS, inputBufferTicks: 257 } }],
])('a HELLO with a number outside of its range is malformed (%s)', (_name, own) => {
  const value = MESSAGES.HELLO.value as Hello
  const bytes = new Uint8Array(1400)
  const w = new ByteWriter()
  w.reset(bytes)
  hello.write(w, { ...value, terms: { ...value.terms, ...own } })
  expect(decode(hello, new ByteReader(), bytes, 0, w.position)).toBe(null)
})

test('joins and leaves that name nobody are left out of TICK: an empty mask is refused', () => {
  const { payload } = MESSAGES.TICK
  const message = new TickMessage(64, 8, 3)
  expect(message.read(new ByteReader(), payload, 0, payload.length)).toBe(true)
  // The leave of slot 1 at tick 44: its kind stands before its mask.
  const at = payload.length - 8
  expect([...payload.subarray(at - 1, at + 1)]).toEqual([4, 2])
  const nobody = payload.slice()
  nobody[at] = 0
  expect(message.read(new ByteReader(), nobody, 0, nobody.length)).toBe(false)
})

test('every peer in state running must have given its input for a tick before it is closed', () => {
  const { bus, a, b } = two()
  bus.run(30)
  b.silent = true
  bus.run(3)
  const closed = bus.host.closedTick
  expect(closed).toBe(b.sampled)
  bus.run(60)
  expect(bus.host.closedTick).toBe(closed)
  expect(a.sampled).toBeGreaterThan(closed)
  b.silent = false
  bus.run(30)
  expect(bus.host.closedTick).toBeGreaterThan(closed + 20)
})

test('INPUT carries everything unacked, every time; TICK everything above the receiver’s last applied tick', () => {
  const { bus, a, b } = two()
  bus.run(30)
  const acked = a.client.closedTick
  const inputs: Uint8Array[] = []
  const ticks: Uint8Array[] = []
  // From now on nothing reaches Ann, nor what she has to say.
  bus.lose = (_calls, toHost, bytes) => {
    const input = toHost ? said(bytes, TYPE.input) : []
    const tick = toHost ? [] : said(bytes, TYPE.tick)
    const isHers = input.length > 0 && new InputMessage(32, 1).read(new ByteReader(), input[0], 0, input[0].length)
    if (isHers) inputs.push(...input)
    ticks.push(...tick)
    return true
  }
  b.silent = true
  bus.run(6)
  const m = new InputMessage(32, 1)
  const ranges = inputs.map(bytes => {
    expect(m.read(new ByteReader(), bytes, 0, bytes.length)).toBe(true)
    return [m.firstTick, m.firstTick + m.count - 1, m.applied]
  })
  expect(ranges.length).toBe(6)
  // The first one not closed, up to the newest sampled.
  ranges.forEach(([first, , applied]) => expect([first, applied]).toEqual([acked + 1, acked]))
  expect(ranges.at(-1)![1]).toBe(a.sampled)
  const t = new TickMessage(64, terms.maxPlayers, 1)
  for (const bytes of ticks) {
    expect(t.read(new ByteReader(), bytes, 0, bytes.length)).toBe(true)
    expect(t.firstTick).toBeLessThanOrEqual(acked + 1)
    expect(t.firstTick + t.count - 1).toBe(bus.host.closedTick)
  }
})

test('a heartbeat comes every 30 calls, and carries the slot’s input margin', () => {
  const { bus, a } = two()
  bus.run(60)
  const before = a.kinds('margin').length
  bus.run(300)
  const margins = a.kinds('margin').slice(before)
  // Its own come back, too, each answered at once.
  expect(margins.length).toBeGreaterThanOrEqual(10)
  expect(margins.length).toBeLessThanOrEqual(21)
  // -1 stands for not known: some ticks were closed since the last one.
  expect(margins.filter(f => f.sixteenths >= 0).length).toBeGreaterThanOrEqual(5)
})

test('a state that is handed on is checked with a second client’s hash: one who lies is not asked again', () => {
  const bus = new Bus()
  const players = ['Ann', 'Bob', 'Cat'].map((name, i) => new Player(bus, i + 1, name))
  bus.run(40)
  const watcher = new Player(bus, 9, 'Wim', {}, { spectate: { delayTicks: 0 } })
  const asked = new Map<Player, number>()
  const taken: number[] = []
  for (let i = 0; i < 200; i++) {
    bus.run(1)
    for (const p of players) {
      const grid = Math.floor(p.client.closedTick / CHECKSUM_TICKS) * CHECKSUM_TICKS
      if (grid > 0) p.client.setChecksum(grid, 1000 + grid)
      const wanted = p.facts.findLast(f => f.kind === 'snapshot-wanted')?.tick ?? 0
      const tick = Math.ceil(wanted / CHECKSUM_TICKS) * CHECKSUM_TICKS
      if (tick === 0 || asked.get(p) === tick || p.client.closedTick < tick) continue
      asked.set(p, tick)
      // The first one that is asked hands on another state than everyone has.
      const checksum = asked.size === 1 ? 666 : 1000 + tick
      const state = { tick, round: 1, checksum, stateBytes: 4, packing: PACKING.none, bytes: new Uint8Array(4) }
      p.client.snapshots.offer(SnapshotOffer.of(state))
    }
    const state = watcher.facts.findLast(f => f.kind === 'snapshot')
    if (state === undefined || watcher.client.state === 'running') continue
    taken.push(state.header.checksum)
    if (state.header.checksum === 666) watcher.client.snapshots.refused()
    else watcher.client.snapshots.taken(state.header.tick)
    watcher.facts.splice(watcher.facts.indexOf(state), 1)
  }
  expect(asked.size).toBe(2)
  expect(taken.at(-1)).toBeGreaterThan(1000)
  expect(watcher.client.state).toBe('running')
  expect(players.map(p => p.end)).toEqual([undefined, undefined, undefined])
})

test('a match ends cleanly before ticks begin again at 0', () => {
  const rows = new RowRing(64, terms.maxPlayers, terms.inputBytes)
  const closedTick = LAST_TICK - 3
  rows.claim(closedTick, null, null).fill(0)
  const host = StarHost.resume('r', {
    sessionId: { hi: 1, lo: 2 },
    epoch: 3,
    seed: 4,
    terms,
    closedTick,
    rows,
    round: 1,
    players: [],
    gone: [],
  })
  const bus = new Bus(host)
  const [a, b] = [new Player(bus, 1, 'Ann'), new Player(bus, 2, 'Bob')]
  bus.run(60)
  for (const p of [a, b]) {
    expect(p.client.closedTick).toBeGreaterThanOrEqual(LAST_TICK)
    expect(p.end).toMatchObject({ code: 'host-gone', reason: 'the match has reached its last tick' })
  }
})

test('minor version 0 speaks only the full form, and is answered in it', () => {
  const { bus, a, b } = two()
  const forms = { toHost: new Set<string>(), toClient: new Set<string>() }
  bus.lose = (_calls, toHost, bytes) => {
    expect(reader.read(bytes)).toBe(CODE.ok)
    forms[toHost ? 'toHost' : 'toClient'].add(reader.header.form)
    // As if the other side were the older one; the minor version stands at byte 6.
    if (reader.header.form === 'full') bytes.fill(0, 6, 8)
    return false
  }
  bus.run(200)
  expect(a.client.closedTick).toBeGreaterThan(100)
  expect(b.client.closedTick).toBeGreaterThan(100)
  expect([...forms.toHost, ...forms.toClient]).toEqual(['full', 'full'])
})

test('one side of minor version 0 is enough: the other answers it in full, and everyone else in short', () => {
  const { bus, a, b } = two()
  const forms = new Map([a, b].map(p => [p.client, new Set<string>()]))
  for (const { client } of [a, b]) {
    const receive = client.receive.bind(client)
    client.receive = bytes => {
      expect(reader.read(bytes)).toBe(CODE.ok)
      forms.get(client)!.add(reader.header.form)
      receive(bytes)
    }
  }
  const receive = bus.host.receive.bind(bus.host)
  bus.host.receive = (peer, bytes) => {
    if (peer === a.peer && reader.read(bytes) === CODE.ok && reader.header.form === 'full') bytes.fill(0, 6, 8)
    receive(peer, bytes)
  }
  bus.run(200)
  expect(b.client.closedTick).toBeGreaterThan(100)
  expect([...forms.get(a.client)!]).toEqual(['full'])
  expect([...forms.get(b.client)!]).toEqual(['full', 'short'])
})

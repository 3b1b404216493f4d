// Malformed packets, kind by kind: cut, flipped, oversized, of another version, of another session. Nothing throws; each counts at who
// sent it and at nobody else; and whoever else is there plays on as fast as before. At a star's host, at its clients and in a duel, in each
// mode. What nobody thought of is the fuzzer's (test/fuzz).

import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/wire/limits.ts'
import { MODE, TYPE, type Terms } from '../../src/wire/messages.ts'
import { CHANNEL, CODE, FULL_HEADER_BYTES, PacketReader, ROLE, SHORT_HEADER_BYTES } from '../../src/wire/packet.ts'
import { agreed, duel, type Side } from './duel-pair.ts'
import { Bus, Player } from './star-room.ts'

const MODES: Record<string, Partial<Terms>> = {
  lockstep: { predictionWindow: 0 },
  rollback: { predictionWindow: 8 },
  authoritative: { predictionWindow: 8, mode: MODE.authoritative },
}
const EVE = 3
const DATAGRAM_MARK = 0x52
/** Of the full header. */
const ROLE_BYTE = 24

type Kind = 'cut' | 'oversized' | 'of another version' | 'of another session'
const KINDS: Record<Kind, (bytes: Uint8Array) => Uint8Array[]> = {
  cut,
  oversized: bytes => [grown(bytes, LIMITS.packetBytes + 1), grown(bytes, 5000), withLongMessage(bytes)],
  'of another version': bytes =>
    isFull(bytes) ? [changed(bytes, 4, 2), changed(bytes, 4, 0), changed(bytes, 5, 1)] : [],
  'of another session': bytes =>
    isFull(bytes)
      ? [changed(bytes, 8, bytes[8] ^ 1), changed(bytes, 15, bytes[15] ^ 128)]
      : [changed(bytes, 6, bytes[6] ^ 1)],
}

function isFull(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4e
}

/** At every length at which it is not just a packet of fewer messages. */
function cut(bytes: Uint8Array): Uint8Array[] {
  const reader = new PacketReader()
  expect(reader.read(bytes)).toBe(CODE.ok)
  const whole = new Set([isFull(bytes) ? FULL_HEADER_BYTES : SHORT_HEADER_BYTES])
  for (const { end } of reader.messages.slice(0, reader.messageCount)) whole.add(end)
  return Array.from({ length: bytes.length }, (_, length) => bytes.slice(0, length)).filter(b => !whole.has(b.length))
}

function grown(bytes: Uint8Array, length: number): Uint8Array {
  const more = new Uint8Array(length)
  more.set(bytes)
  return more
}

/** Of one message that is longer than a message may be, in a packet that is not. */
function withLongMessage(bytes: Uint8Array): Uint8Array {
  const header = bytes.slice(0, isFull(bytes) ? FULL_HEADER_BYTES : SHORT_HEADER_BYTES)
  const size = LIMITS.payloadBytes + 1
  const message = isFull(bytes)
    ? [0, 0, 0, 0, TYPE.hash, 0, 0, 0, 0, 0, 0, 0, size & 255, size >> 8, 0, 0]
    : [TYPE.hash, CHANNEL.unreliable, 0, 0, (size & 127) | 128, size >> 7]
  return Uint8Array.from([...header, ...message, ...new Uint8Array(size)])
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const other = bytes.slice()
  other[at] = value
  return other
}

/** Each bit of it once, but those of the version: they say something else. */
function flipped(bytes: Uint8Array): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let bit = 0; bit < bytes.length * 8; bit++)
    if (!isFull(bytes) || bit >> 3 < 4 || bit >> 3 > 5)
      all.push(changed(bytes, bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7))))
  return all
}

/** A room of three who play, and one real packet of each make that `to` was sent: by Eve, to the host; or by the host, to Eve. */
function room(own: Partial<Terms>) {
  const bus = new Bus()
  const up = new Map<string, Uint8Array>()
  const down = new Map<string, Uint8Array>()
  const reader = new PacketReader()
  const keep = (packets: Map<string, Uint8Array>, bytes: Uint8Array): void => {
    expect(reader.read(bytes)).toBe(CODE.ok)
    const types = reader.messages.slice(0, reader.messageCount).map(m => m.type)
    packets.set(`${reader.header.form} ${types.join()}`, bytes.slice())
  }
  const hears = bus.host.receive.bind(bus.host)
  bus.host.receive = (peer, bytes) => {
    if (peer === EVE) keep(up, bytes)
    hears(peer, bytes)
  }
  const [ann, bob, eve] = ['Ann', 'Bob', 'Eve'].map((name, i) => new Player(bus, i + 1, name, own))
  const eveHears = eve.client.receive.bind(eve.client)
  eve.client.receive = bytes => {
    keep(down, bytes)
    eveHears(bytes)
  }
  bus.run(70)
  for (const { client } of [ann, bob, eve]) client.setChecksum(30, 9)
  bus.run(10)
  bus.host.receive = hears
  eve.client.receive = eveHears
  const faults = (peer: number): number => bus.host.peers().find(p => p.peer === peer)?.faults ?? 0
  return { bus, ann, bob, eve, up: [...up.values()], down: [...down.values()], faults }
}

/** Runs calls in which something is sent each time, and holds the match to its pace. */
function atFullPace(bus: Bus, run: () => void, what = ''): void {
  const { calls } = bus
  const before = bus.host.closedTick
  run()
  bus.run(20)
  expect(bus.host.closedTick - before, what).toBeGreaterThanOrEqual(bus.calls - calls - 4)
}

describe.each(Object.entries(MODES))('in %s', (_mode, own) => {
  test.each(['cut', 'oversized', 'of another session'] as const)(
    'a packet that is %s counts at its sender alone, at the host',
    kind => {
      const { bus, up, faults, ann, bob, eve } = room(own)
      expect(up.length).toBeGreaterThanOrEqual(5)
      let sent = 0
      atFullPace(bus, () => {
        for (const bad of up.flatMap(KINDS[kind])) {
          bus.host.receive(EVE, bad)
          sent++
          bus.run(1)
          expect(faults(EVE)).toBe(sent)
        }
      })
      expect(sent).toBeGreaterThanOrEqual(up.length)
      expect([faults(1), faults(2), bus.players.size]).toEqual([0, 0, 3])
      expect([ann, bob, eve].map(p => p.end)).toEqual([undefined, undefined, undefined])
    },
  )

  test('a packet that says it is a host’s counts at its sender, at the host', () => {
    const { bus, up, faults, eve } = room(own)
    const posing = up.filter(isFull).map(bytes => changed(bytes, ROLE_BYTE, ROLE.server))
    expect(posing.length).toBeGreaterThanOrEqual(2)
    for (const bytes of posing) bus.host.receive(EVE, bytes)
    expect([faults(EVE), faults(1), faults(2)]).toEqual([posing.length, 0, 0])
    bus.run(30)
    expect(eve.end).toBeUndefined()
  })

  test('a kind of message that nobody knows counts at its sender, at the host and at a client', () => {
    const { bus, up, down, faults, eve } = room(own)
    const unknown = (packets: readonly Uint8Array[]): Uint8Array =>
      Uint8Array.from([...packets.find(bytes => !isFull(bytes))!.subarray(0, SHORT_HEADER_BYTES), 99, 0, 0, 0, 0])
    bus.host.receive(EVE, unknown(up))
    eve.client.receive(unknown(down))
    expect([faults(EVE), faults(1), faults(2)]).toEqual([1, 0, 0])
    expect(eve.client.faults).toEqual({ malformed: 0, wrongSession: 0, unexpected: 1 })
  })

  test('garbage is no sign of life: who sends nothing else is dropped as one who is silent', () => {
    const { bus } = room(own)
    bus.players.get(EVE)!.silent = true
    for (let call = 0; call < 130; call++) {
      bus.host.receive(EVE, new Uint8Array([0x53]))
      bus.run(1)
    }
    expect([bus.host.stats.dropped, bus.host.peerCount]).toEqual([1, 2])
  })

  test('a packet of another version counts at its sender, and ends that one’s part alone', () => {
    const { up } = room(own)
    for (const bad of up.flatMap(KINDS['of another version'])) {
      const { bus, ann, bob, eve, faults } = room(own)
      const gone = bus.host.stats.faults
      bus.host.receive(EVE, bad)
      expect([faults(EVE), faults(1), faults(2)]).toEqual([1, 0, 0])
      atFullPace(bus, () => bus.run(30))
      expect(bus.host.stats.faults - gone).toBe(1)
      expect(eve.end).toMatchObject({ code: 'version' })
      expect([ann.end, bob.end]).toEqual([undefined, undefined])
    }
  })

  test('a packet with any one bit flipped neither throws nor stalls anybody else, at the host', () => {
    let { bus, faults, up } = room(own)
    let [flips, counted] = [0, 0]
    for (const bad of up.flatMap(flipped)) {
      // Some bits make a goodbye of it.
      if (!bus.players.has(EVE)) ({ bus, faults } = room(own))
      const before = faults(EVE)
      atFullPace(bus, () => bus.host.receive(EVE, bad), [...bad].join(' '))
      flips++
      if (faults(EVE) > before) counted++
      expect([faults(1), faults(2)]).toEqual([0, 0])
    }
    expect(flips).toBeGreaterThan(2000)
    expect(counted).toBeGreaterThan(flips / 4)
  })

  test.each(['cut', 'oversized', 'of another session'] as const)(
    'a packet that is %s is counted and dropped by a client',
    kind => {
      const { bus, down, eve, ann, bob, faults } = room(own)
      expect(down.length).toBeGreaterThanOrEqual(4)
      let sent = 0
      atFullPace(bus, () => {
        for (const bad of down.flatMap(KINDS[kind])) {
          eve.client.receive(bad)
          eve.take()
          sent++
          bus.run(1)
          const { malformed, wrongSession, unexpected } = eve.client.faults
          expect([malformed, wrongSession, unexpected]).toEqual(
            kind === 'of another session' ? [0, sent, 0] : [sent, 0, 0],
          )
        }
      })
      expect(sent).toBeGreaterThanOrEqual(down.length)
      expect([ann, bob, eve].map(p => p.end)).toEqual([undefined, undefined, undefined])
      expect([1, 2, EVE].map(faults)).toEqual([0, 0, 0])
    },
  )

  test('a packet of another version ends a client’s match with a sentence, and nobody else’s', () => {
    const { bus, down, eve, ann, bob } = room(own)
    const [bad] = down.flatMap(KINDS['of another version'])
    eve.client.receive(bad)
    eve.take()
    expect(eve.end).toMatchObject({ code: 'version' })
    expect(eve.end!.reason).toContain('another version of the protocol')
    bus.host.left(EVE)
    bus.players.delete(EVE)
    atFullPace(bus, () => bus.run(60))
    expect([ann.end, bob.end]).toEqual([undefined, undefined])
  })

  test('a packet with any one bit flipped does not make a client throw', () => {
    const { down } = room(own)
    let flips = 0
    for (const good of down) {
      const { eve } = room(own)
      for (const bad of flipped(good)) {
        eve.client.receive(bad)
        eve.take()
        flips++
      }
      eve.client.tick(eve.client.closedTick, 1)
      eve.client.takePackets()
    }
    expect(flips).toBeGreaterThan(2000)
  })
})

/** A duel that runs, and one real packet of each make that Bob sent. */
function playing(predictionWindow: number) {
  const own = { terms: { predictionWindow } }
  const { pair, ann, bob } = duel(own, own)
  pair.open().run(70)
  const makes = new Map(bob.sent.map(bytes => [bytes[0] * 256 + (isFull(bytes) ? bytes[44] : bytes[7]), bytes]))
  return { pair, ann, bob, sent: [...makes.values()] }
}

const countsOf = ({ session }: Side): number => Object.values(session.faults).reduce((sum, n) => sum + n, 0)

describe.each([
  ['lockstep', 0],
  ['rollback', 8],
])('in a duel, in %s', (_mode, predictionWindow) => {
  test('what is cut, oversized, of another version or of another session is counted, dropped and stalls nobody', () => {
    const { pair, ann, bob, sent } = playing(predictionWindow)
    expect(new Set(sent.map(bytes => bytes[0]))).toEqual(new Set([DATAGRAM_MARK, 0x53, 0x4e]))
    const bad = sent.flatMap(bytes =>
      bytes[0] === DATAGRAM_MARK
        ? [...prefixes(bytes), grown(bytes, 1501), grown(bytes, bytes.length + 1), changed(bytes, 4, 7)]
        : Object.values(KINDS).flatMap(variants => (isHello(bytes) ? cut(bytes) : variants(bytes))),
    )
    const closed = ann.session.closedTick
    const { calls } = pair
    bad.forEach((bytes, i) => {
      ann.session.receive(bytes)
      ann.take()
      expect(countsOf(ann), `packet ${i}: ${bytes.subarray(0, 50).join(' ')}`).toBe(i + 1)
      pair.run(1)
    })
    expect(bad.length).toBeGreaterThan(150)
    expect(countsOf(bob)).toBe(0)
    expect([ann.end, bob.end]).toEqual([undefined, undefined])
    expect(ann.session.closedTick - closed).toBeGreaterThanOrEqual(pair.calls - calls - 2)
    expect(agreed(ann, bob)).toBeGreaterThan(150)
  })

  test('what has any one bit flipped throws nowhere, also once it was believed', () => {
    const { sent } = playing(predictionWindow)
    let flips = 0
    for (const good of sent)
      for (const bad of flipped(good)) {
        if (flips % 64 === 0) playing(predictionWindow)
        const { pair, ann } = victim(predictionWindow, flips++)
        ann.session.receive(bad)
        ann.take()
        pair.run(2)
      }
    expect(flips).toBeGreaterThan(1000)
  })
})

let duelNow: ReturnType<typeof playing> | null = null
/** A new duel now and then: a flipped bit may be believed, and so end it. */
function victim(predictionWindow: number, flips: number): ReturnType<typeof playing> {
  if (duelNow === null || flips % 64 === 0 || duelNow.ann.end !== undefined) duelNow = playing(predictionWindow)
  return duelNow
}

function prefixes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length }, (_, length) => bytes.slice(0, length))
}

/** Belongs to no session yet. */
function isHello(bytes: Uint8Array): boolean {
  return isFull(bytes) && bytes.subarray(8, 16).every(byte => byte === 0)
}

import { describe, expect, test } from 'vitest'
import { Rbn1Datagram, decodeRbn1, decodeRbn1Into, encodeRbn1, readRbn1, writeRbn1 } from '../../src/wire/rbn1.ts'
import { seeded, type Seeded } from '../seeded.ts'

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(' ', '').match(/../g)!, h => parseInt(h, 16))

function encoded(d: Rbn1Datagram): Uint8Array {
  const into = new Uint8Array(3000)
  return into.slice(0, encodeRbn1(d, into))
}

function datagram(fields: Partial<Rbn1Datagram>, ...buttons: number[]): Rbn1Datagram {
  const d = Object.assign(new Rbn1Datagram(), fields)
  buttons.forEach((b, i) => d.inputs.set([b & 255, b >> 8], 2 * i))
  d.count = buttons.length
  return d
}

// The two of specs/rbn1.md.
const FIRST = bytesOf('52424E31 01 00 01000000 01 02000000 0300')
const SECOND = bytesOf('52424E31 01 01 C8000000 01 C3000000 C7000000 EFBEADDE 0800')

describe('version 1', () => {
  test('the vectors of the specification', () => {
    expect(encoded(datagram({ startFrame: 1, ackFrame: 2 }, 3))).toEqual(FIRST)
    const checked = { startFrame: 200, ackFrame: 195, hasChecksum: true, checksumFrame: 199, checksum: 0xdeadbeef }
    expect(encoded(datagram(checked, 8))).toEqual(SECOND)
    expect(decodeRbn1(FIRST, 1)).toMatchObject({ startFrame: 1, ackFrame: 2, count: 1, hasChecksum: false })
    expect(decodeRbn1(SECOND, 1)).toMatchObject({ ...checked, count: 1 })
    expect([...decodeRbn1(SECOND, 1)!.inputs.subarray(0, 2)]).toEqual([8, 0])
  })

  test('refused: too short, another magic, another version, reserved flags, count 0 or 33, any other length', () => {
    const bad = (change: (bytes: Uint8Array) => void): boolean => {
      const bytes = FIRST.slice()
      change(bytes)
      return decodeRbn1(bytes, 1) === null
    }
    for (let size = 0; size < FIRST.length; size++) expect(decodeRbn1(FIRST.slice(0, size), 1)).toBe(null)
    expect(decodeRbn1(new Uint8Array([...FIRST, 0]), 1)).toBe(null)
    for (let i = 0; i < 4; i++) expect(bad(b => (b[i] ^= 1))).toBe(true)
    expect(bad(b => (b[4] = 2))).toBe(true)
    for (let bit = 0; bit < 8; bit++) expect(bad(b => (b[5] = 1 << bit))).toBe(true)
    for (const count of [0, 2, 33, 255]) expect(bad(b => (b[10] = count))).toBe(true)
  })

  test('at most 87 bytes', () => {
    const full = datagram({ hasChecksum: true }, ...Array.from({ length: 32 }, (_, i) => i))
    expect(encoded(full).length).toBe(87)
    expect(decodeRbn1(encoded(full), 1)!.count).toBe(32)
  })

  test('encoding throws on a count outside of 1..32, on blocks of version 2 and on a small destination', () => {
    expect(() => encoded(datagram({}))).toThrow(/0 inputs/)
    expect(() => encoded(Object.assign(datagram({}, 1), { count: 33 }))).toThrow(/33 inputs/)
    expect(() => encoded(datagram({ hasTimeSync: true }, 1))).toThrow(/version 1 has no such blocks/)
    expect(() => encoded(datagram({ inputSize: 3 }, 1))).toThrow(/version 1 has no such blocks/)
    expect(() => encodeRbn1(datagram({}, 1), new Uint8Array(16))).toThrow(/17 bytes do not fit into 16/)
  })
})

function random(r: Seeded): Rbn1Datagram {
  const d = new Rbn1Datagram()
  const u32 = (): number => r.below(2 ** 32)
  Object.assign(d, {
    version: 2,
    startFrame: u32(),
    count: 1 + r.below(32),
    ackFrame: u32(),
    inputSize: r.chance(0.5) ? 2 : 1 + r.below(36),
    hasChecksum: r.chance(0.5),
    hasTimeSync: r.chance(0.5),
    hasLossStats: r.chance(0.5),
    hasEventCounts: r.chance(0.5),
  })
  if (d.hasChecksum) Object.assign(d, { checksumFrame: u32(), checksum: u32() })
  if (d.hasTimeSync) Object.assign(d, { sentFrame: u32(), advantage: r.below(65536) - 32768 })
  if (d.hasLossStats) Object.assign(d, { received: r.below(65536), lost: r.below(65536) })
  for (let i = 0; i < d.count * d.inputSize; i++) d.inputs[i] = r.below(256)
  if (d.hasEventCounts) for (let i = 0; i < d.count; i++) d.eventCounts[i] = r.below(256)
  return d
}

describe('version 2', () => {
  test('every combination of blocks comes back as it was (seeds 1-2000)', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const d = random(seeded(seed))
      if (15 + 19 + 32 + d.count * d.inputSize > 1200) continue
      expect(decodeRbn1(encoded(d), 2), `seed ${seed}`).toEqual(d)
    }
  })

  test('blocks follow the header in the order of their bits', () => {
    const d = datagram(
      {
        version: 2,
        startFrame: 1,
        ackFrame: 0,
        hasTimeSync: true,
        sentFrame: 7,
        advantage: -16,
        hasLossStats: true,
        received: 250,
        lost: 6,
      },
      3,
    )
    expect(encoded(d)).toEqual(bytesOf('52424E31 02 06 01000000 01 00000000 07000000 F0FF FA00 0600 0300'))
  })

  test('is not read by a peer of version 1, nor version 1 by one of version 2', () => {
    expect(decodeRbn1(encoded(datagram({ version: 2 }, 1)), 1)).toBe(null)
    expect(decodeRbn1(FIRST, 2)).toBe(null)
  })

  test('an input size of two is spelled by no block; more than 1200 bytes are refused', () => {
    const d = Object.assign(datagram({ version: 2 }, 1), { inputSize: 3 })
    const bytes = encoded(d)
    expect(decodeRbn1(bytes, 2)).not.toBe(null)
    bytes[15] = 2
    expect(decodeRbn1(bytes.slice(0, -1), 2)).toBe(null)
    expect(() => encoded(Object.assign(new Rbn1Datagram(), { version: 2, count: 32, inputSize: 64 }))).toThrow(
      /at most 1200/,
    )
  })
})

test('both decoders accept the same bytes; a refusal leaves the caller’s fields as they were', () => {
  const r = seeded(7)
  let refused = 0
  for (let i = 0; i < 30_000; i++) {
    const version = r.chance(0.5) ? 1 : 2
    const bytes =
      version === 1
        ? (r.chance(0.5) ? FIRST : SECOND).slice()
        : encoded(Object.assign(random(r), { count: 1 + r.below(8) }))
    for (let flips = r.below(3); flips > 0; flips--) bytes[r.below(Math.min(bytes.length, 40))] ^= 1 << r.below(8)
    const before = random(seeded(i))
    const into = random(seeded(i))
    const object = decodeRbn1(bytes, version)
    expect(decodeRbn1Into(bytes, version, into)).toBe(object !== null)
    if (object !== null) continue
    refused++
    expect(into).toEqual(before)
  }
  expect(refused).toBeGreaterThan(1000)
})

describe('by a view that stays', () => {
  const packet = new Uint8Array(1300)
  const view = new DataView(packet.buffer)

  test('writes the same bytes, and nothing behind them', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const d = random(seeded(seed))
      if (15 + 19 + 32 + d.count * d.inputSize > 1200) continue
      packet.fill(0xa5)
      const size = writeRbn1(d, view)
      expect(packet.slice(0, size), `seed ${seed}`).toEqual(encoded(d))
      expect(packet.subarray(size).every(byte => byte === 0xa5)).toBe(true)
    }
  })

  test('reads the first bytes of it, whatever is behind them', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const d = random(seeded(seed))
      if (15 + 19 + 32 + d.count * d.inputSize > 1200) continue
      const read = [0, 255].map(poison => {
        packet.fill(poison)
        packet.set(encoded(d))
        const into = new Rbn1Datagram()
        expect(readRbn1(view, encoded(d).length, 2, into), `seed ${seed}`).toBe(true)
        return into
      })
      expect(read).toEqual([d, d])
      expect(readRbn1(view, encoded(d).length + 1, 2, new Rbn1Datagram())).toBe(false)
    }
    expect(readRbn1(view, 1301, 1, new Rbn1Datagram())).toBe(false)
  })

  test('throws on a destination that is too small, and writes nothing', () => {
    const small = new DataView(new ArrayBuffer(16))
    expect(() => writeRbn1(datagram({}, 1), small)).toThrow(/17 bytes do not fit into 16/)
    expect(() => writeRbn1(datagram({ version: 2, hasTimeSync: true }, 1), small)).toThrow(
      /23 bytes do not fit into 16/,
    )
    expect(new Uint8Array(small.buffer).every(byte => byte === 0)).toBe(true)
    expect(() => writeRbn1(datagram({ count: Number.NaN }), view)).toThrow(/0 inputs|NaN inputs/)
  })
})

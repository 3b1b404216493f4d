import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import type { SlotEvent, TickControl } from '../../src/input/tick-control.ts'
import { RowRing, TickMessage, writeTick } from '../../src/wire/tick-message.ts'
import { seeded } from '../seeded.ts'

const ROOM = 1400

function write(ring: RowRing, first: number, count: number, room = ROOM): { bytes: Uint8Array; count: number } {
  const buffer = new Uint8Array(ROOM)
  const w = new ByteWriter()
  w.reset(buffer)
  const written = writeTick(w, ring, first, count, room)
  expect(w.failed).toBe(false)
  return { bytes: buffer.slice(0, w.position), count: written }
}

function randomTicks(seed: number, slots: number, inputBytes: number, ticks: number): RowRing {
  const random = seeded(seed)
  const ring = new RowRing(64, slots, inputBytes)
  let row = new Uint8Array(slots * inputBytes)
  for (let tick = 1; tick <= ticks; tick++) {
    row = row.slice()
    if (random.chance(0.4)) row[random.below(row.length)] = random.below(256)
    const slotList = (): number[] => Array.from({ length: slots }, (_, s) => s).filter(() => random.chance(0.2))
    const control: TickControl | null = random.chance(0.1)
      ? {
          restart: random.chance(0.5)
            ? { round: random.below(1000), carry: new Uint8Array([1, 2, random.below(256)]) }
            : null,
          joins: slotList(),
          leaves: slotList(),
          swap: random.chance(0.5) ? random.below(2 ** 32) : 0,
        }
      : null
    const events: SlotEvent[] | null = random.chance(0.1)
      ? [
          { slot: 0, bytes: new Uint8Array([9]) },
          { slot: slots - 1, bytes: new Uint8Array(random.below(60)).fill(7) },
        ]
      : null
    ring.claim(tick, control, events).set(row)
  }
  return ring
}

test.each([
  [1, 1, 1],
  [2, 2, 1],
  [3, 8, 3],
  [4, 9, 2],
  [5, 64, 1],
  [6, 5, 17],
])('what was written reads back (seed %i, %i slots of %i bytes)', (seed, slots, inputBytes) => {
  const ring = randomTicks(seed, slots, inputBytes, 40)
  const message = new TickMessage(64, slots, inputBytes)
  for (let first = 1; first <= 40;) {
    const { bytes, count } = write(ring, first, 41 - first)
    expect(count).toBeGreaterThan(0)
    expect(message.read(new ByteReader(), bytes, 0, bytes.length)).toBe(true)
    expect([message.firstTick, message.count]).toEqual([first, count])
    for (let i = 0; i < count; i++) {
      expect(message.row(i)).toEqual(ring.row(first + i))
      expect(message.control(i)).toEqual(ring.control(first + i))
      expect(message.events(i)).toEqual(ring.events(first + i))
    }
    first += count
  }
})

test('silence costs bits: forty unchanged neutral ticks take six bytes', () => {
  const ring = new RowRing(64, 8, 3)
  for (let tick = 1; tick <= 40; tick++) ring.claim(tick, null, null).fill(0)
  expect(write(ring, 1, 40).bytes.length).toBe(6)
})

test('a small packet takes fewer ticks, and says how many', () => {
  const ring = randomTicks(9, 8, 3, 40)
  const { bytes, count } = write(ring, 1, 40, 60)
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThan(40)
  expect(bytes.length).toBeLessThanOrEqual(60)
})

test('cut, flipped and lengthened messages are refused or read, and never throw', () => {
  const ring = randomTicks(11, 8, 3, 40)
  const { bytes } = write(ring, 1, 40)
  const message = new TickMessage(64, 8, 3)
  const reader = new ByteReader()
  for (let size = 0; size < bytes.length; size++)
    expect(message.read(reader, bytes.slice(0, size), 0, size)).toBe(false)
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  expect(message.read(reader, longer, 0, longer.length)).toBe(false)
  const random = seeded(12)
  for (let i = 0; i < 20_000; i++) {
    const bad = bytes.slice()
    for (let flips = 1 + random.below(4); flips > 0; flips--) bad[random.below(bad.length)] ^= 1 << random.below(8)
    message.read(reader, bad, 0, bad.length)
  }
})

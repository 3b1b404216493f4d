import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { InputMessage, InputRing, writeInput } from '../../src/wire/input-message.ts'
import { seeded } from '../seeded.ts'

function write(ring: InputRing, range: { firstTick: number; count: number; applied: number }) {
  const buffer = new Uint8Array(1400)
  const w = new ByteWriter()
  w.reset(buffer)
  const count = writeInput(w, ring, range, 1400)
  expect(w.failed).toBe(false)
  return { bytes: buffer.slice(0, w.position), count }
}

function randomInputs(seed: number, inputBytes: number): InputRing {
  const random = seeded(seed)
  const ring = new InputRing(64, inputBytes)
  const input = new Uint8Array(inputBytes)
  for (let tick = 1; tick <= 32; tick++) {
    if (random.chance(0.3)) input[random.below(inputBytes)] = random.below(256)
    ring.set(tick, input, random.chance(0.2) ? [new Uint8Array(random.below(20)).fill(tick)] : null)
  }
  return ring
}

test.each([1, 2, 3, 9, 64])('what was written reads back (inputs of %i bytes)', inputBytes => {
  const ring = randomInputs(inputBytes, inputBytes)
  const message = new InputMessage(32, inputBytes)
  const { bytes, count } = write(ring, { firstTick: 3, count: 20, applied: 1 })
  expect(message.read(new ByteReader(), bytes, 0, bytes.length)).toBe(true)
  expect([message.firstTick, message.count, message.applied]).toEqual([3, count, 1])
  for (let i = 0; i < count; i++) {
    expect(message.input(i)).toEqual(ring.inputs.view(3 + i))
    expect(message.events(i)).toEqual(ring.events(3 + i))
  }
})

test('ten unacked ticks with one change take eleven bytes', () => {
  const ring = new InputRing(64, 1)
  for (let tick = 1; tick <= 10; tick++) ring.set(tick, new Uint8Array([tick < 5 ? 1 : 3]), null)
  // first tick 4, count 1, applied 1, two runs of 2, no events
  expect(write(ring, { firstTick: 1, count: 10, applied: 0 }).bytes.length).toBe(4 + 1 + 1 + 4 + 1)
})

test('cut and flipped messages are refused or read, and never throw', () => {
  const { bytes } = write(randomInputs(5, 3), { firstTick: 1, count: 32, applied: 0 })
  const message = new InputMessage(32, 3)
  const reader = new ByteReader()
  for (let size = 0; size < bytes.length; size++)
    expect(message.read(reader, bytes.slice(0, size), 0, size)).toBe(false)
  const random = seeded(6)
  for (let i = 0; i < 20_000; i++) {
    const bad = bytes.slice()
    bad[random.below(bad.length)] ^= 1 << random.below(8)
    message.read(reader, bad, 0, bad.length)
  }
})

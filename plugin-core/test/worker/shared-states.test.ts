import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { SEQUENCE, SharedReader, SharedWriter, TICK, type Place } from '../../src/worker/shared-states.ts'
import { seeded } from '../seeded.ts'

function publish(writer: SharedWriter, tick: number): boolean {
  writer.place.header[TICK] = tick
  writer.place.now.fill(tick)
  return writer.publish()
}

describe('one thread', () => {
  test('the newest state is taken, once', () => {
    const writer = new SharedWriter(16)
    const reader = new SharedReader(writer.memory)
    expect(reader.take()).toBeNull()
    publish(writer, 1)
    publish(writer, 2)
    const place = reader.take()!
    expect(place.header[TICK]).toBe(2)
    expect([...place.now]).toEqual(Array.from({ length: 16 }, () => 2))
    expect(reader.take()).toBeNull()
  })

  test('what was taken stays as it is, however much is published', () => {
    const writer = new SharedWriter(16)
    const reader = new SharedReader(writer.memory)
    publish(writer, 1)
    const { now } = reader.take()!
    for (let tick = 2; tick < 100; tick++) publish(writer, tick)
    expect(now[0]).toBe(1)
    expect(reader.take()!.header[TICK]).toBe(99)
  })

  test('the writer learns whether the state before was read', () => {
    const writer = new SharedWriter(16)
    const reader = new SharedReader(writer.memory)
    publish(writer, 1)
    reader.take()
    expect(publish(writer, 2)).toBe(true)
    expect(publish(writer, 3)).toBe(false)
    reader.take()
    reader.take()
    expect(publish(writer, 4)).toBe(true)
  })

  test('the parts of a place do not overlap, nor do places', () => {
    const writer = new SharedWriter(48)
    const reader = new SharedReader(writer.memory)
    const taken = new Set<number>()
    let bytes = 0
    for (let i = 0; i < 3; i++) {
      for (const part of Object.values(writer.place) as (Uint8Array | Float64Array)[]) {
        for (let at = part.byteOffset; at < part.byteOffset + part.byteLength; at++) taken.add(at)
        bytes += part.byteLength
      }
      writer.publish()
      // The reader's own place goes to the writer by this.
      if (i === 0) reader.take()
    }
    expect(taken.size).toBe(bytes)
    expect(Math.max(...taken)).toBe(writer.memory.byteLength - 1)
  })

  test.each([1, 2, 3, 4])('no order of steps lets both be at one place (seed %i)', seed => {
    const random = seeded(seed)
    const writer = new SharedWriter(16)
    const reader = new SharedReader(writer.memory)
    let read: Place | null = null
    let newest = 0
    for (let step = 0; step < 5000; step++) {
      if (random.chance(0.5)) {
        publish(writer, ++newest)
        // The next one is half written when the reader comes.
        writer.place.now.fill(255, 0, 8)
      } else {
        read = reader.take() ?? read
        if (read !== null && random.chance(0.5)) read = reader.take() ?? read
      }
      if (read === null) continue
      expect(read.now.buffer === writer.place.now.buffer && read.now.byteOffset === writer.place.now.byteOffset).toBe(
        false,
      )
      expect(read.now.every(byte => byte === (read!.header[TICK] & 255))).toBe(true)
    }
    expect(newest).toBeGreaterThan(2000)
  })
})

describe('two threads', () => {
  const WHOLE = 120_000
  const LIMIT_MS = 40_000

  // 64 bytes: the swaps meet as often as they can. 32 KB: one side is always in the middle of copying.
  test.each([
    { sizeBytes: 64, reads: WHOLE },
    { sizeBytes: 32 * 1024, reads: 10_000 },
  ])('$reads states of $sizeBytes bytes, read while they are written at full speed, are whole', async plan => {
    const { sizeBytes, reads } = plan
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(new URL('./shared-states-writer.ts', import.meta.url), {
      workerData: { sizeBytes, stop },
    })
    try {
      const [memory] = (await once(worker, 'message')) as [SharedArrayBuffer]
      const reader = new SharedReader(memory)
      const copy = new Int32Array((3 * sizeBytes) / 4)
      const bytes = new Uint8Array(copy.buffer)
      const endMs = performance.now() + LIMIT_MS
      let torn = 0
      let whole = 0
      let last = 0
      let backwards = 0
      for (let looks = 0; whole + torn < reads; looks++) {
        // Also while there is nothing new.
        if ((looks & 1023) === 0 && performance.now() > endMs) break
        const place = reader.take()
        if (place === null) continue
        const { header, stats, before, now, again } = place
        const tick = header[TICK]
        bytes.set(before)
        bytes.set(now, sizeBytes)
        bytes.set(again, 2 * sizeBytes)
        if (header[SEQUENCE] <= last) backwards++
        last = header[SEQUENCE]
        if (tick === last && stats.every(value => value === tick) && isWhole(copy, tick)) whole++
        else torn++
      }
      Atomics.store(stop, 0, 1)
      const [published] = (await once(worker, 'message')) as [number]
      expect({ torn, backwards, whole }).toEqual({ torn: 0, backwards: 0, whole: reads })
      expect(published).toBeGreaterThanOrEqual(reads)
    } finally {
      await worker.terminate()
    }
  })
})

function isWhole(words: Int32Array, tick: number): boolean {
  const size = words.length / 3
  for (let i = 0; i < size; i++)
    if (words[i] !== tick - 1 || words[size + i] !== tick || words[2 * size + i] !== ~tick) return false
  return true
}

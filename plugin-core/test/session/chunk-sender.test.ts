// One hop of a snapshot: a sender, a line with a width, a delay and losses, and a receiver that answers once a tick.

import { expect, test } from 'vitest'
import { ChunkReceiver } from '../../src/session/transfer/chunk-receiver.ts'
import { ChunkSender } from '../../src/session/transfer/chunk-sender.ts'
import { CHUNK_BYTES } from '../../src/wire/limits.ts'
import { seeded } from '../seeded.ts'

const TICK_MS = 17

interface Line {
  chunksPerSecond: number
  delayMs: number
  loss: number
}

/** Runs until all has arrived: how long it took, and the longest that a chunk waited for its turn on the line. */
function transfer(
  count: number,
  { chunksPerSecond, delayMs, loss }: Line,
): { seconds: number; queueMs: number; sent: number } {
  const random = seeded(count)
  const sender = new ChunkSender(count)
  const size = count * CHUNK_BYTES
  const receiver = new ChunkReceiver({
    tick: 1,
    round: 1,
    stateBytes: size,
    checksum: 0,
    packing: 0,
    sizeBytes: size,
    chunks: count,
  })
  const chunk = new Uint8Array(CHUNK_BYTES)
  const under: { at: number; index: number }[] = []
  const answers: { at: number; next: number; mask: Uint8Array }[] = []
  const msPerChunk = 1000 / chunksPerSecond
  let freeAt = 0
  let queueMs = 0
  let sent = 0
  let came = false
  let ms = 0
  for (; !sender.done && ms < 120_000; ms++) {
    while (answers.length > 0 && answers[0].at <= ms) {
      const { next, mask } = answers.shift()!
      expect(sender.acked(next, mask)).toBe(true)
    }
    if (ms % TICK_MS === 0)
      sender.tick(count, index => {
        sent++
        freeAt = Math.max(freeAt, ms) + msPerChunk
        queueMs = Math.max(queueMs, freeAt - ms)
        if (!random.chance(loss)) under.push({ at: freeAt + delayMs, index })
      })
    while (under.length > 0 && under[0].at <= ms) came = receiver.receive(under.shift()!.index, chunk) || came
    if (!came || ms % TICK_MS !== 8) continue
    came = false
    answers.push({ at: ms + delayMs, next: receiver.next, mask: receiver.mask() })
  }
  expect(receiver.complete).toBe(true)
  return { seconds: ms / 1000, queueMs, sent }
}

test.each([
  { chunksPerSecond: 900, delayMs: 50, loss: 0 },
  { chunksPerSecond: 900, delayMs: 5, loss: 0 },
  { chunksPerSecond: 180, delayMs: 50, loss: 0 },
  { chunksPerSecond: 90, delayMs: 100, loss: 0 },
])('fills a line of $chunksPerSecond chunks a second, $delayMs ms, and not the queue in it', line => {
  const count = 2 * line.chunksPerSecond
  const { seconds, queueMs } = transfer(count, line)
  expect(seconds).toBeLessThan(2 * 1.3 + 0.5)
  // What stands in front of an input: about what a game's prediction hides.
  expect(queueMs).toBeLessThan(120)
})

test.each([0.02, 0.1, 0.3])('loss of %f costs what was lost, not the pace', loss => {
  const { seconds, sent } = transfer(1800, { chunksPerSecond: 900, delayMs: 40, loss })
  expect(sent).toBeLessThan((1800 / (1 - loss)) * 1.1 + 20)
  expect(seconds).toBeLessThan((2 / (1 - loss)) * 2.2)
})

test('sends nothing that is not there yet, and goes on when it is', () => {
  const sender = new ChunkSender(10)
  const sent: number[] = []
  for (let call = 0; call < 20; call++) sender.tick(0, index => sent.push(index))
  expect(sent).toEqual([])
  sender.tick(2, index => sent.push(index))
  sender.tick(2, index => sent.push(index))
  expect(sent).toEqual([0, 1])
  sender.acked(2, new Uint8Array(0))
  for (let call = 0; call < 20 && sent.length < 10; call++) {
    sender.tick(10, index => sent.push(index))
    sender.acked(sent.length, new Uint8Array(0))
  }
  expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(sender.done).toBe(true)
})

test('an answer for what was never sent is nonsense', () => {
  const sender = new ChunkSender(10)
  expect(sender.acked(1, new Uint8Array(0))).toBe(false)
  expect(sender.acked(0, new Uint8Array(8))).toBe(false)
  expect(sender.arrived).toBe(0)
})

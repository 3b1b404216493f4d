import { expect, test } from 'vitest'
import type { Loop } from '../../src/loop/loop.ts'
import { StatePublisher } from '../../src/worker/state-publisher.ts'
import { WholeMatch } from '../matches/match.ts'

const TICK_MS = 1000 / 60

/** A machine that plays, and what its publisher posts. */
function playing() {
  const conditions = { delayMs: 40, jitterMs: 5, loss: 0, duplicate: 0, reorder: 0 }
  const match = new WholeMatch({ seed: 5, peers: 2, ticks: 0, mode: 'rollback', conditions })
  const [{ loop }] = match.machines
  const posted: { buffer: ArrayBuffer; tick: number; stats: Float64Array }[] = []
  const tick = (): void => {
    match.clock.advance(TICK_MS)
    if (loop.running) publisher.publish()
  }
  while (!loop.running) match.clock.advance(TICK_MS)
  const publisher = new StatePublisher(loop, (buffer, at, _dueMs, stats) => posted.push({ buffer, tick: at, stats }))
  return { loop, publisher, posted, tick }
}

const statesIn = (loop: Loop, buffer: ArrayBuffer): Uint8Array[] => {
  const { sizeBytes } = loop.simulation
  return [new Uint8Array(buffer, 0, sizeBytes).slice(), new Uint8Array(buffer, sizeBytes).slice()]
}

test('three buffers go round, and no other is ever made', () => {
  const { publisher, posted, tick } = playing()
  const buffers = new Set<ArrayBuffer>()
  for (let i = 0; i < 200; i++) {
    tick()
    // The page is up to two states behind.
    for (const { buffer } of posted.splice(0, posted.length - (i % 3))) {
      buffers.add(buffer)
      publisher.takeBack(buffer)
    }
  }
  expect(buffers.size).toBe(3)
})

test('a page that gives nothing back holds up nobody, and gets the newest state as soon as it does', () => {
  const { loop, publisher, posted, tick } = playing()
  for (let i = 0; i < 60; i++) tick()
  expect(posted).toHaveLength(3)
  publisher.takeBack(posted[0].buffer)
  expect(posted).toHaveLength(4)
  expect(posted[3].buffer).toBe(posted[0].buffer)
  expect(posted[3].tick).toBe(loop.timeline.headTick)
  expect(posted[3].tick).toBeGreaterThan(posted[2].tick + 40)
  // It waits for no second one: the next tick makes the next state.
  publisher.takeBack(posted[1].buffer)
  expect(posted).toHaveLength(4)
})

test('the newest state comes with the one before it, as rollbacks left it', () => {
  const { loop, publisher, posted, tick } = playing()
  let moved = 0
  for (let i = 0; i < 200; i++) {
    tick()
    for (const { buffer, tick: at } of posted.splice(0)) {
      const [before, now] = statesIn(loop, buffer)
      expect(now).toEqual(loop.simulation.bytes.slice())
      if (at > 2) expect(before).toEqual(loop.snapshots.view(at - 1).slice())
      if (before.some((byte, k) => byte !== now[k])) moved++
      publisher.takeBack(buffer)
    }
  }
  expect(loop.timeline.rollbacks).toBeGreaterThan(5)
  expect(moved).toBeGreaterThan(100)
})

test('a buffer of a former schema stays away', () => {
  const { publisher, posted, tick } = playing()
  for (let i = 0; i < 10; i++) tick()
  publisher.takeBack(new ArrayBuffer(8))
  for (let i = 0; i < 10; i++) tick()
  expect(posted).toHaveLength(3)
})

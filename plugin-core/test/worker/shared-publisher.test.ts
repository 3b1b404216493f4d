// Both ways to the page, side by side on one match: what comes out must be the same.

import { beforeEach, describe, expect, test, vi, afterEach } from 'vitest'
import { sinceEpoch } from '../../src/loop/clock.ts'
import type { Loop } from '../../src/loop/loop.ts'
import { STAT_NAMES, type ToPage } from '../../src/worker/port-messages.ts'
import { SharedFeed } from '../../src/worker/shared-feed.ts'
import { SharedPublisher } from '../../src/worker/shared-publisher.ts'
import { AGAIN_TICK, SharedReader, TICK } from '../../src/worker/shared-states.ts'
import { copyStats, StatePublisher } from '../../src/worker/state-publisher.ts'
import { framesOf, StateView } from '../../src/worker/state-view.ts'
import { WholeMatch } from '../matches/match.ts'

const TICK_MS = 1000 / 60
const PLAN = {
  seed: 5,
  peers: 2,
  ticks: 0,
  mode: 'rollback',
  conditions: { delayMs: 60, jitterMs: 5, loss: 0.02, duplicate: 0, reorder: 0 },
} as const

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', () => 0)
  vi.stubGlobal('cancelAnimationFrame', () => {})
})
afterEach(() => vi.unstubAllGlobals())

/** Runs the first machine of a match tick by tick, while it plays. */
function play(ticks: number, each: (loop: Loop) => void): Loop {
  const match = new WholeMatch(PLAN)
  const [{ loop }] = match.machines
  let left = ticks
  while (left > 0) {
    match.clock.advance(TICK_MS)
    if (!loop.running) continue
    each(loop)
    left--
  }
  return loop
}

function memoryOf(messages: readonly ToPage[]): SharedArrayBuffer {
  const [first] = messages
  if (first.type !== 'shared') throw new Error(`${first.type}: the memory comes first`)
  return first.memory
}

test('states, ticks, times and stats are those of the transfers', () => {
  let views: { transferred: StateView; shared: StateView } | null = null
  const stats = { transferred: [] as number[], shared: [] as number[] }
  const messages: ToPage[] = []
  let transfers!: StatePublisher
  let shared!: SharedPublisher
  let feed!: SharedFeed
  const loop = play(400, loop => {
    if (views === null) {
      const { layout } = loop.simulation
      const made = { transferred: new StateView(layout, 60), shared: new StateView(layout, 60) }
      transfers = new StatePublisher(loop, (buffer, tick, dueMs, numbers) => {
        stats.transferred = [...numbers]
        made.transferred.publish(buffer, tick, sinceEpoch(dueMs))
        transfers.takeBack(buffer)
      })
      shared = new SharedPublisher(loop, message => messages.push(message))
      feed = new SharedFeed(memoryOf(messages), made.shared, numbers => (stats.shared = [...numbers]))
      views = made
    }
    const { transferred: a, shared: b } = views
    transfers.publish()
    shared.publish()
    feed.look()
    expect([b.tick, b.previous.tick, b.round, b.tickTimeMs]).toEqual([a.tick, a.previous.tick, a.round, a.tickTimeMs])
    expect(b.tick).toBe(loop.timeline.headTick)
    expect(framesOf(b).now.bytes).toEqual(framesOf(a).now.bytes)
    expect(framesOf(b).before.bytes).toEqual(framesOf(a).before.bytes)
    expect(stats.shared).toEqual(stats.transferred)
  })
  expect(loop.timeline.rollbacks).toBeGreaterThan(10)
  expect(messages).toHaveLength(1)
})

test('every number of the stats is the one of its name', () => {
  const loop = {
    timeline: { headTick: 1, confirmedTick: 2, rollbacks: 3, rolledBackTicks: 4 },
    stats: {
      pingMs: 5.5,
      stalledTicks: 6,
      packetsSent: 7,
      packetsReceived: 8,
      bytesSent: 9,
      bytesReceived: 10,
      checksum: 0xffff_ffff,
      checksumTick: 12,
      longestGapMs: 13,
      lateInputs: 15,
      vetoedInputs: 16,
    },
    timeSync: { skipped: 14 },
    session: { faults: { malformed: 100, wrongSession: 20, unexpected: 3 } },
  }
  const into = new Float64Array(STAT_NAMES.length)
  copyStats(loop as unknown as Loop, into)
  const { headTick: tick, ...timeline } = loop.timeline
  expect(Object.fromEntries(STAT_NAMES.map((name, i) => [name, into[i]]))).toEqual({
    tick,
    ...timeline,
    ...loop.stats,
    skippedTicks: 14,
    faults: 123,
  })
})

test('a page that looks every tick needs no state again', () => {
  const messages: ToPage[] = []
  let publisher: SharedPublisher | null = null
  let reader!: SharedReader
  const loop = play(300, loop => {
    publisher ??= new SharedPublisher(loop, message => messages.push(message))
    reader ??= new SharedReader(memoryOf(messages))
    publisher.publish()
    expect(reader.take()!.header[AGAIN_TICK]).toBe(-1)
  })
  expect(loop.timeline.rollbacks).toBeGreaterThan(10)
})

describe('a page that does not look every tick', () => {
  test('finds the state that it shows as a rollback left it', () => {
    const messages: ToPage[] = []
    let publisher: SharedPublisher | null = null
    let reader!: SharedReader
    let ticks = 0
    let shown = { tick: -1, rollbacks: 0 }
    let corrected = 0
    play(600, loop => {
      if (publisher === null) {
        publisher = new SharedPublisher(loop, message => messages.push(message))
        reader = new SharedReader(memoryOf(messages))
      }
      publisher.publish()
      // 60 ticks a second, 20 or 30 frames.
      if (++ticks % (ticks < 300 ? 3 : 2) !== 0) return
      const place = reader.take()!
      const { headTick, rollbacks } = loop.timeline
      const tick = place.header[AGAIN_TICK]
      if (tick >= 0) {
        expect(tick).toBe(shown.tick)
        expect(rollbacks).toBeGreaterThan(shown.rollbacks)
        expect(place.again).toEqual(loop.snapshots.view(tick))
        corrected++
      } else expect(rollbacks === shown.rollbacks || shown.tick >= headTick - 1 || shown.tick < 0).toBe(true)
      shown = { tick: place.header[TICK], rollbacks }
    })
    expect(corrected).toBeGreaterThan(10)
  })

  test('is asked to look once, and again only when it did', () => {
    const messages: ToPage[] = []
    let publisher: SharedPublisher | null = null
    let reader!: SharedReader
    const asked: number[] = []
    let published = 0
    // As many ticks as in ten seconds: a hidden page.
    play(600, loop => {
      if (publisher === null) {
        publisher = new SharedPublisher(loop, message => messages.push(message))
        reader = new SharedReader(memoryOf(messages))
        messages.length = 0
      }
      publisher.publish()
      published++
      if (published === 400) reader.take()
      if (messages.length > 0) asked.push(published)
      messages.length = 0
    })
    expect(asked).toHaveLength(2)
    expect(asked[0]).toBeLessThan(20)
    expect(asked[1]).toBeGreaterThan(400)
    expect(asked[1]).toBeLessThan(420)
  })
})

import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import {
  FaultLine,
  checkedConditions,
  emptyStats,
  seedOf,
  type NetworkConditions,
} from '../../src/transport/fault-line.ts'

const CLEAN: NetworkConditions = { delayMs: 0, jitterMs: 0, loss: 0 }

interface Arrival {
  n: number
  atMs: number
  sentMs: number
}

// One message every 5 ms, numbered.
function play(conditions: NetworkConditions, options: { seed?: number; count?: number } = {}) {
  const clock = new VirtualClock()
  const stats = emptyStats()
  const arrivals: Arrival[] = []
  const line = new FaultLine({
    clock,
    seed: options.seed ?? 1,
    conditions,
    stats,
    deliver: bytes => {
      const n = bytes[0] | (bytes[1] << 8)
      arrivals.push({ n, atMs: clock.now(), sentMs: 5 * n })
    },
  })
  const reused = new Uint8Array(2)
  for (let n = 0; n < (options.count ?? 4000); n++) {
    reused[0] = n
    reused[1] = n >> 8
    line.send(reused)
    clock.advance(5)
  }
  clock.advance(11_000)
  return { arrivals, stats, order: arrivals.map(a => a.n) }
}

const isSorted = (numbers: number[]): boolean => numbers.every((n, i) => i === 0 || numbers[i - 1] <= n)

describe('a schedule of faults', () => {
  const BAD: NetworkConditions = { delayMs: 40, jitterMs: 30, loss: 0.2, duplicate: 0.05, reorder: 0.1 }

  test('is the same for the same seed, and another for another', () => {
    expect(play(BAD, { seed: 5 })).toEqual(play(BAD, { seed: 5 }))
    expect(play(BAD, { seed: 6 }).order).not.toEqual(play(BAD, { seed: 5 }).order)
  })

  test('does not move when another condition changes: the same messages are lost', () => {
    const first = new Set(play({ ...CLEAN, loss: 0.2 }).order)
    const second = new Set(play({ ...CLEAN, loss: 0.2, delayMs: 50, jitterMs: 20, duplicate: 0.3, reorder: 0.3 }).order)
    expect(second).toEqual(first)
  })

  test('loses, repeats and reorders the share that it is told, within statistics', () => {
    const { stats } = play(BAD)
    expect(stats.sent).toBe(4000)
    expect(stats.lost / 4000).toBeCloseTo(0.2, 1)
    expect(Math.abs(stats.lost - 800)).toBeLessThan(100)
    expect(Math.abs(stats.duplicated - 160)).toBeLessThan(50)
    expect(Math.abs(stats.reordered - 320)).toBeLessThan(70)
    expect(stats.delivered).toBe(stats.sent - stats.lost + stats.duplicated)
  })

  test('delays by the delay and at most the jitter, evenly', () => {
    const { arrivals } = play({ delayMs: 40, jitterMs: 4, loss: 0 })
    const late = arrivals.map(a => a.atMs - a.sentMs)
    expect(Math.min(...late)).toBeGreaterThanOrEqual(40)
    expect(Math.max(...late)).toBeLessThanOrEqual(44)
    expect(late.reduce((a, b) => a + b) / late.length).toBeCloseTo(42, 0)
  })

  test('keeps the order under jitter alone, and breaks it when told to reorder', () => {
    expect(isSorted(play({ delayMs: 10, jitterMs: 200, loss: 0.1 }).order)).toBe(true)
    const { order, stats } = play({ delayMs: 10, jitterMs: 0, loss: 0, reorder: 0.2 })
    expect(isSorted(order)).toBe(false)
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 4000 }, (_, n) => n))
    expect(stats.reordered).toBeGreaterThan(700)
  })

  test('repeats a message after itself, never before', () => {
    const { order, arrivals } = play({ ...CLEAN, delayMs: 100, duplicate: 1 }, { count: 100 })
    for (const { atMs, sentMs } of arrivals) expect(atMs - sentMs).toBeGreaterThanOrEqual(100)
    expect(order).toHaveLength(200)
    for (let n = 0; n < 100; n++) expect(order.filter(each => each === n)).toHaveLength(2)
  })

  test('loses everything at 1 and nothing at 0', () => {
    expect(play({ ...CLEAN, loss: 1 }).arrivals).toHaveLength(0)
    expect(play(CLEAN).order).toEqual(Array.from({ length: 4000 }, (_, n) => n))
  })

  test('lines of one seed have nothing in common', () => {
    const lost = (line: number): Set<number> => new Set(play({ ...CLEAN, loss: 0.5 }, { seed: seedOf(1, line) }).order)
    const other = lost(1)
    const both = [...lost(0)].filter(n => other.has(n)).length
    expect(Math.abs(both - 1000)).toBeLessThan(120)
  })
})

describe('a line', () => {
  function line(conditions: NetworkConditions, straight = false) {
    const clock = new VirtualClock()
    const stats = emptyStats()
    const seen: number[] = []
    return {
      clock,
      stats,
      seen,
      line: new FaultLine({ clock, seed: 3, conditions, stats, straight, deliver: b => seen.push(b[0]) }),
    }
  }

  test('never delivers inside of send, unless it is straight and has no faults', () => {
    const held = line(CLEAN)
    held.line.send(Uint8Array.of(1))
    expect(held.seen).toEqual([])
    held.clock.advance(0)
    expect(held.seen).toEqual([1])
    const straight = line(CLEAN, true)
    straight.line.send(Uint8Array.of(1))
    expect(straight.seen).toEqual([1])
    expect(straight.clock.pending).toBe(0)
  })

  test('keeps the order when the delay is taken away while messages are on their way', () => {
    const { line: l, clock, seen } = line({ ...CLEAN, delayMs: 100 }, true)
    l.send(Uint8Array.of(1))
    l.set(CLEAN)
    l.send(Uint8Array.of(2))
    expect(seen).toEqual([])
    clock.advance(100)
    expect(seen).toEqual([1, 2])
    l.send(Uint8Array.of(3))
    expect(seen).toEqual([1, 2, 3])
  })

  test('does not overtake a message that is due now', () => {
    const { line: l, clock, seen } = line({ ...CLEAN, delayMs: 10 }, true)
    clock.schedule(10, () => {
      l.set(CLEAN)
      l.send(Uint8Array.of(2))
    })
    l.send(Uint8Array.of(1))
    clock.advance(10)
    expect(seen).toEqual([1, 2])
  })

  test('what comes after comes after everything before it, at any loss', () => {
    const { line: l, clock, seen } = line({ delayMs: 20, jitterMs: 50, loss: 0, reorder: 0.5, duplicate: 0.5 })
    for (let n = 0; n < 50; n++) l.send(Uint8Array.of(n))
    l.set({ ...CLEAN, loss: 1 })
    l.after(() => seen.push(99))
    clock.advance(1000)
    expect(seen.at(-1)).toBe(99)
    expect(seen.length).toBeGreaterThan(60)
  })

  test('delivers nothing while cut, and what was to come after when it is healed', () => {
    const { line: l, clock, seen, stats } = line({ ...CLEAN, delayMs: 10 })
    l.send(Uint8Array.of(1))
    l.after(() => seen.push(77))
    l.cut()
    l.send(Uint8Array.of(2))
    clock.advance(1000)
    expect(seen).toEqual([])
    l.heal()
    l.send(Uint8Array.of(3))
    clock.advance(10)
    expect(seen).toEqual([77, 3])
    expect(stats).toMatchObject({ sent: 3, lost: 2, delivered: 1 })
  })

  test('forgets what is on its way when it is cleared', () => {
    const { line: l, clock, seen } = line({ ...CLEAN, delayMs: 10 })
    l.send(Uint8Array.of(1))
    l.clear()
    clock.advance(100)
    expect(seen).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('goes on after a receiver that throws', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const l = new FaultLine({
      clock,
      seed: 1,
      stats: emptyStats(),
      deliver: b => {
        if (b[0] === 1) throw new Error('planted')
        seen.push(b[0])
      },
    })
    for (const n of [1, 2, 3]) l.send(Uint8Array.of(n))
    expect(() => clock.advance(1)).toThrow('planted')
    clock.advance(1)
    expect(seen).toEqual([2, 3])
  })

  test('holds a limited number of messages, and loses what is more', () => {
    const { line: l, clock, seen, stats } = line({ ...CLEAN, delayMs: 1000 })
    for (let n = 0; n < 3000; n++) l.send(Uint8Array.of(1))
    clock.advance(1000)
    expect(seen).toHaveLength(2048)
    expect(stats.lost).toBe(3000 - 2048)
  })

  test('copies messages of any size', () => {
    const clock = new VirtualClock()
    const seen: number[][] = []
    const l = new FaultLine({
      clock,
      seed: 1,
      stats: emptyStats(),
      deliver: b => seen.push([b.length, b[0], b.at(-1)!]),
    })
    const big = new Uint8Array(1500).fill(7)
    l.send(big)
    big.fill(8)
    l.send(big.subarray(0, 3))
    clock.advance(1)
    l.send(Uint8Array.of(9, 10))
    clock.advance(1)
    expect(seen).toEqual([
      [1500, 7, 7],
      [3, 8, 8],
      [2, 9, 10],
    ])
  })
})

test('conditions that make no sense get a sentence', () => {
  expect(() => checkedConditions({ delayMs: -1, jitterMs: 0, loss: 0 })).toThrow(
    'delayMs is -1: network conditions take 0 to 10000 milliseconds',
  )
  expect(() => checkedConditions({ delayMs: 0, jitterMs: Number.NaN, loss: 0 })).toThrow('jitterMs is NaN')
  expect(() => checkedConditions({ delayMs: 0, jitterMs: 0, loss: 2 })).toThrow(
    'loss is 2: network conditions take a share',
  )
  expect(checkedConditions({ delayMs: 1, jitterMs: 2, loss: 0.5 })).toEqual({
    delayMs: 1,
    jitterMs: 2,
    loss: 0.5,
    duplicate: 0,
    reorder: 0,
  })
})

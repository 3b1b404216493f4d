import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { FaultLine, emptyStats, seedOf } from '../../src/transport/fault-line.ts'

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

/** What arrives of 40 messages under `BAD`, in its order. */
const ORDER_OF_SEED_5 = [
  1, 2, 5, 0, 6, 7, 9, 12, 13, 14, 15, 16, 17, 19, 20, 10, 22, 23, 24, 25, 28, 29, 30, 31, 33, 36, 37, 38, 34,
]

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

  test('what existing seeds give does not move with a new option', () => {
    // Written down before bursts and narrow lines were there.
    expect(play(BAD, { seed: 5, count: 40 }).order).toEqual(ORDER_OF_SEED_5)
  })

  test('lines of one seed have nothing in common', () => {
    const lost = (line: number): Set<number> => new Set(play({ ...CLEAN, loss: 0.5 }, { seed: seedOf(1, line) }).order)
    const other = lost(1)
    const both = [...lost(0)].filter(n => other.has(n)).length
    expect(Math.abs(both - 1000)).toBeLessThan(120)
  })
})

// How many in a row are missing, run by run.
function runsOf(order: number[], count: number): number[] {
  const there = new Set(order)
  const runs: number[] = []
  let run = 0
  for (let n = 0; n <= count; n++) {
    if (n < count && !there.has(n)) run++
    else if (run > 0) {
      runs.push(run)
      run = 0
    }
  }
  return runs
}

describe('bursts of loss', () => {
  const COUNT = 20_000
  const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length

  test.each([
    { loss: 0.1, burst: 5 },
    { loss: 0.3, burst: 3 },
    { loss: 0.1, burst: 10 },
  ])('lose the same share ($loss), but $burst in a row on the average', ({ loss, burst }) => {
    const { order, stats } = play({ ...CLEAN, loss, burst }, { count: COUNT })
    const runs = runsOf(order, COUNT)
    expect(Math.abs(stats.lost / COUNT / loss - 1)).toBeLessThan(0.25)
    expect(Math.abs(mean(runs) / burst - 1)).toBeLessThan(0.25)
    // Geometric, not all of one length.
    expect(Math.max(...runs)).toBeGreaterThan(2 * burst)
    expect(Math.min(...runs)).toBe(1)
  })

  test('shorter than chance would make them are no bursts: each message is lost on its own', () => {
    const alone = play({ ...CLEAN, loss: 0.3 })
    expect(play({ ...CLEAN, loss: 0.3, burst: 1 }).order).toEqual(alone.order)
    expect(mean(runsOf(alone.order, 4000))).toBeCloseTo(1 / 0.7, 1)
    expect(play({ ...CLEAN, loss: 1, burst: 5 }).order).toEqual([])
    expect(play({ ...CLEAN, loss: 0, burst: 5 }).order).toHaveLength(4000)
  })

  test('do not shift the dice of the other conditions', () => {
    const plain = { ...CLEAN, delayMs: 40, jitterMs: 30, reorder: 0.1, loss: 0.1 }
    const late = (conditions: NetworkConditions): Map<number, number> =>
      new Map(play(conditions).arrivals.map(a => [a.n, a.atMs]))
    const one = late({ ...plain, jitterMs: 4, reorder: 0 })
    const two = late({ ...plain, jitterMs: 4, reorder: 0, burst: 6 })
    let both = 0
    for (const [n, atMs] of two) {
      if (!one.has(n)) continue
      both++
      expect(one.get(n)).toBe(atMs)
    }
    expect(both).toBeGreaterThan(3000)
  })
})

describe('a narrow line', () => {
  // 28 bytes of headers and 97 of message are 1000 bits: 10 ms at 100 kilobits a second.
  const SIZE = 97

  function narrow(conditions: Partial<NetworkConditions>) {
    const clock = new VirtualClock()
    const stats = emptyStats()
    const arrivals: { size: number; atMs: number }[] = []
    const line = new FaultLine({
      clock,
      seed: 3,
      stats,
      conditions: { ...CLEAN, kbps: 100, ...conditions },
      deliver: bytes => arrivals.push({ size: bytes.length, atMs: clock.now() }),
    })
    return { clock, stats, arrivals, line, times: () => arrivals.map(a => a.atMs) }
  }

  test('takes its time for every bit, and then the way', () => {
    const { line, clock, times } = narrow({ delayMs: 50 })
    for (let n = 0; n < 3; n++) line.send(new Uint8Array(SIZE))
    clock.advance(1000)
    line.send(new Uint8Array(SIZE))
    clock.advance(1000)
    expect(times()).toEqual([60, 70, 80, 1060])
  })

  test('a bulk transfer delays what is sent behind it', () => {
    const { line, clock, arrivals } = narrow({ delayMs: 20 })
    for (let n = 0; n < 10; n++) line.send(new Uint8Array(SIZE))
    clock.advance(5)
    line.send(new Uint8Array(22))
    clock.advance(1000)
    expect(arrivals.at(-1)).toEqual({ size: 22, atMs: 100 + 4 + 20 })
  })

  test('loses what its buffer has no room for, and takes more once it has drained', () => {
    const { line, clock, stats, times } = narrow({ queueMs: 50 })
    for (let n = 0; n < 20; n++) line.send(new Uint8Array(SIZE))
    // One on the line, and as many behind it as leave within 50 ms.
    expect(stats).toMatchObject({ sent: 20, lost: 14, overflowed: 14 })
    clock.advance(25)
    for (let n = 0; n < 20; n++) line.send(new Uint8Array(SIZE))
    clock.advance(1000)
    expect(times()).toEqual([10, 20, 30, 40, 50, 60, 70, 80])
    expect(stats).toMatchObject({ sent: 40, lost: 32, overflowed: 32, delivered: 8 })
  })

  test('carries as much as it is wide, whatever is offered', () => {
    const { line, clock, arrivals } = narrow({ kbps: 10_000, delayMs: 50 })
    for (let ms = 0; ms < 2000; ms++) {
      line.send(new Uint8Array(1400))
      line.send(new Uint8Array(1400))
      clock.advance(1)
    }
    const bits = arrivals.reduce((sum, a) => sum + (a.size + 28) * 8, 0)
    expect(bits / (2 - 0.05)).toBeGreaterThan(9_900_000)
    expect(bits / (2 - 0.05)).toBeLessThan(10_000_000)
  })

  test('what is lost further on has taken its time here; what is sent into a cut has not', () => {
    const lossy = narrow({ loss: 1 })
    for (let n = 0; n < 4; n++) lossy.line.send(new Uint8Array(SIZE))
    lossy.line.set({ ...CLEAN, kbps: 100 })
    lossy.line.send(new Uint8Array(SIZE))
    lossy.clock.advance(1000)
    expect(lossy.times()).toEqual([50])
    const cut = narrow({})
    cut.line.cut()
    for (let n = 0; n < 4; n++) cut.line.send(new Uint8Array(SIZE))
    cut.line.heal()
    cut.line.send(new Uint8Array(SIZE))
    cut.clock.advance(1000)
    expect(cut.times()).toEqual([10])
  })

  test('moves no dice: with room enough the same messages are lost and late', () => {
    const bad = { delayMs: 40, jitterMs: 30, loss: 0.2, duplicate: 0.05, reorder: 0.1 }
    const wide = play({ ...bad, kbps: 1_000_000 })
    const plain = play(bad)
    expect(wide.order).toEqual(plain.order)
    expect(wide.stats).toEqual(plain.stats)
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

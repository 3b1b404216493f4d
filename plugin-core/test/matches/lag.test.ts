// What lag may change: nothing in the end, and on the way only how far back a machine goes. A timeline and a simulation
// each, without a network: who hears of an input when is what a test says.

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Simulation } from '../../src/sim/simulation.ts'
import { SnapshotRing } from '../../src/timeline/snapshot-ring.ts'
import { Timeline } from '../../src/timeline/timeline.ts'
import { seeded } from '../seeded.ts'
import { arena } from './arena.ts'

const TICKS = 300
const SLOTS = arena.schema.maxPlayers
const INPUT_BYTES = arena.schema.input.sizeBytes
const START = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0, 1], leaves: [], swap: null }
const LAGS = [0, 1, 3, 6, 10]

/** The inputs of slots 0 and 1: new ones every few ticks, as people press buttons. */
function truthOf(seed: number): Uint8Array[] {
  const random = seeded(seed)
  const rows = [new Uint8Array(SLOTS * INPUT_BYTES)]
  for (let tick = 1; tick <= TICKS; tick++) {
    const row = rows[tick - 1].slice()
    for (let slot = 0; slot < 2; slot++)
      if (random.chance(0.2)) for (let i = 0; i < INPUT_BYTES; i++) row[slot * INPUT_BYTES + i] = random.below(256)
    rows.push(row)
  }
  return rows
}

const inputOf = (row: Uint8Array, slot: number): Uint8Array => row.slice(slot * INPUT_BYTES, (slot + 1) * INPUT_BYTES)

// The machine of the player in slot 0.
class Machine {
  readonly timeline: Timeline
  /** Ticks that the deepest rollback went back. */
  deepest = 0
  readonly #simulation = new Simulation(arena, { seed: 7 })
  readonly #snapshots: SnapshotRing
  readonly #truth: readonly Uint8Array[]

  constructor(truth: readonly Uint8Array[], predictionWindow: number) {
    this.#truth = truth
    this.timeline = new Timeline({ slots: SLOTS, inputBytes: INPUT_BYTES, predictionWindow, predict: null })
    this.#snapshots = new SnapshotRing(predictionWindow, this.#simulation.sizeBytes)
    this.timeline.start(1)
    this.#simulation.save(this.#snapshots.claim(0))
    this.timeline.expect(1, START, null)
  }

  /** Corrects what turned out wrong, then simulates one tick more. */
  advance(): void {
    const tick = this.timeline.headTick + 1
    this.timeline.setInput(0, tick, inputOf(this.#truth[tick], 0))
    this.#fulfil(true)
    if (this.timeline.headTick !== tick) throw new Error(`stalled before tick ${tick}`)
  }

  /** The other player's input of a tick is here. */
  hear(tick: number): void {
    this.timeline.setInput(1, tick, inputOf(this.#truth[tick], 1))
  }

  confirmUpTo(tick: number): void {
    while (this.timeline.confirmedTick < tick) {
      const next = this.timeline.confirmedTick + 1
      this.timeline.confirm(next, this.#truth[next], next === 1 ? START : null, null)
    }
  }

  correct(): void {
    this.#fulfil(false)
  }

  /** Of the newest state. */
  get checksum(): number {
    const state = new Uint8Array(this.#simulation.sizeBytes)
    this.#simulation.save(state)
    return this.#simulation.checksum(state)
  }

  #fulfil(advance: boolean): void {
    const { headTick } = this.timeline
    for (const request of this.timeline.plan(advance)) {
      const { tick } = request
      if (request.kind === 'load') {
        this.deepest = Math.max(this.deepest, headTick - tick)
        this.#simulation.load(this.#snapshots.view(tick))
      } else if (request.kind === 'save') this.#simulation.save(this.#snapshots.claim(tick))
      else this.#simulation.advance(tick, request.row, request.control, [])
    }
  }
}

/**
 * Plays it all. `lagOf` is by how many ticks the other's input comes late. Inputs come alone (as in a duel), or only with
 * their whole confirmed tick (as in a star).
 */
function play(seed: number, lagOf: (tick: number) => number, inputsAlone: boolean): Machine {
  const truth = truthOf(seed)
  const arrivals = new Map<number, number[]>()
  for (let tick = 1; tick <= TICKS; tick++) {
    const at = tick + lagOf(tick)
    arrivals.set(at, [...(arrivals.get(at) ?? []), tick])
  }
  const machine = new Machine(truth, 12)
  const here = new Set<number>()
  let whole = 0
  for (let now = 1; here.size < TICKS; now++) {
    for (const tick of arrivals.get(now) ?? []) {
      if (inputsAlone) machine.hear(tick)
      here.add(tick)
    }
    while (here.has(whole + 1)) whole++
    machine.confirmUpTo(Math.min(whole, now))
    if (now <= TICKS) machine.advance()
  }
  machine.confirmUpTo(TICKS)
  machine.correct()
  return machine
}

describe.each([
  { title: 'inputs that come alone', inputsAlone: true },
  { title: 'inputs that come with their confirmed tick', inputsAlone: false },
])('$title', ({ inputsAlone }) => {
  test.each(LAGS)('a lag of %i ticks gives the same final state as none, with rollback depth at most the lag', lag => {
    for (let seed = 1; seed <= 3; seed++) {
      const none = play(seed, () => 0, inputsAlone)
      expect([none.deepest, none.timeline.rollbacks]).toEqual([0, 0])
      const late = play(seed, () => lag, inputsAlone)
      expect(late.checksum).toBe(none.checksum)
      // Not less either: a lag that nobody has to make up for proves nothing.
      expect(late.deepest).toBe(lag)
      expect(late.timeline.confirmedTick).toBe(TICKS)
    }
  })

  test('inputs arriving in any order converge, with rollback depth at most the longest lag', () => {
    const none = play(1, () => 0, inputsAlone).checksum
    fc.assert(
      fc.property(fc.array(fc.nat(10), { minLength: 1, maxLength: TICKS }), lags => {
        const late = play(1, tick => lags[tick % lags.length], inputsAlone)
        expect(late.checksum).toBe(none)
        expect(late.deepest).toBeLessThanOrEqual(Math.max(...lags))
      }),
      { numRuns: 25 },
    )
  })
})

test('another input gives another state: the comparison can fail', () => {
  expect(play(1, () => 3, true).checksum).not.toBe(play(2, () => 3, true).checksum)
})

const ORDERS = [
  [50, 10, 80],
  [50, 80, 10],
  [10, 50, 80],
  [10, 80, 50],
  [80, 10, 50],
  [80, 50, 10],
]

/** The other player presses something else at ticks 10, 50 and 80, and at no other. */
function pressedAt(...ticks: number[]): Uint8Array[] {
  const rows = truthOf(5)
  let held = 0
  rows.forEach((row, tick) => {
    if (ticks.includes(tick)) held++
    row.fill(0, INPUT_BYTES, 2 * INPUT_BYTES)
    row[INPUT_BYTES] = 1 << held
    row[INPUT_BYTES + 1] = 40 * held
  })
  return rows
}

test('inputs for 50, 10, 80 in that order converge, and so in every other', () => {
  const truth = pressedAt(10, 50, 80)
  const states = ORDERS.map(order => {
    const machine = new Machine(truth, 100)
    for (let tick = 1; tick <= 90; tick++) machine.advance()
    for (const tick of order) {
      machine.hear(tick)
      machine.advance()
    }
    // The rest, from the newest to the oldest.
    for (let tick = 93; tick >= 1; tick--) machine.hear(tick)
    machine.confirmUpTo(93)
    machine.correct()
    return machine.checksum
  })
  const prompt = new Machine(truth, 100)
  for (let tick = 1; tick <= 93; tick++) {
    prompt.hear(tick)
    prompt.advance()
  }
  expect(states).toEqual(ORDERS.map(() => prompt.checksum))
})

test('a prediction must repeat the last received input, not an earlier prediction', () => {
  const truth = pressedAt(2, 3)
  // Heard of everything before it simulated anything.
  const prompt = new Machine(truth, 12)
  for (const tick of [1, 2, 3]) prompt.hear(tick)
  for (let tick = 1; tick <= 8; tick++) prompt.advance()
  // Predicted ticks 2 to 7 from the input of tick 1, and heard of the others one by one. Nothing is confirmed on either side.
  for (const order of [
    [2, 3],
    [3, 2],
  ]) {
    const late = new Machine(truth, 12)
    late.hear(1)
    for (let tick = 1; tick <= 7; tick++) late.advance()
    for (const tick of order) {
      late.hear(tick)
      late.correct()
    }
    late.advance()
    expect(late.checksum).toBe(prompt.checksum)
  }
})

test('nor does a prediction of the game’s own build on an earlier one: it counts from the last received input', () => {
  const rows = new Map<number, number>()
  const timeline = new Timeline({
    slots: 1,
    inputBytes: 1,
    predictionWindow: 20,
    predict: (last, ticksAhead, into) => void (into[0] = last[0] + ticksAhead),
  })
  const run = (): void => {
    for (const request of timeline.plan(true)) if (request.kind === 'advance') rows.set(request.tick, request.row[0])
  }
  timeline.start(1)
  timeline.setInput(0, 1, Uint8Array.of(100))
  for (let i = 0; i < 6; i++) run()
  expect([...rows.values()]).toEqual([100, 101, 102, 103, 104, 105])
  timeline.setInput(0, 3, Uint8Array.of(50))
  run()
  expect([...rows.values()]).toEqual([100, 101, 50, 51, 52, 53, 54])
  timeline.setInput(0, 2, Uint8Array.of(20))
  run()
  expect([...rows.values()]).toEqual([100, 20, 50, 51, 52, 53, 54, 55])
})

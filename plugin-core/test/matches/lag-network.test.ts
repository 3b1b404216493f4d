// What lag may change in a whole match: real loops and a real host over a network that delays. Inputs are those of their
// tick, whenever it is sampled: so every lag has to lead to the same states, tick by tick.

import { expect, test } from 'vitest'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Game } from '../../src/sim/game.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/faults.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { quietHooks } from '../loop/quiet-hooks.ts'
import { seeded } from '../seeded.ts'
import { arena } from './arena.ts'

const TICKS = 600
const TICK_MS = 1000 / 60
const PEERS = 3
const INPUT_DELAY = 2
const LAGS = [0, 1, 3, 6, 10]
/** Between two machines' openings: how their ticks lie to one another. */
const SPACINGS_MS = [0, 7, 29]

// Its input of a tick is a function of slot and tick. The bytes are the loop's own: what stands there is what it simulates with.
class ScriptedClient extends StarClient {
  override setLocalInput(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null {
    const random = seeded(this.slot * 100_003 + Math.floor(tick / 5))
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
    return super.setLocalInput(tick, bytes)
  }
}

interface Played {
  /** By machine and tick. */
  checksums: Map<number, number>[]
  /** Ticks that the deepest rollback of any machine went back. */
  deepest: number
  rollbacks: number
}

/** `conditions` are of one way; there are two between any two players. */
function play(conditions: NetworkConditions, predictionWindow: number, spacingMs = 7): Played {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, seed: 1, conditions })
  const host = new StarHost({ room: 'lag', sessionId: { hi: 0, lo: 1 }, epoch: 1, seed: 5 })
  new HostRunner({ host, transport: network.host(), clock }).start()
  const game: Game = { ...arena, schema: { ...arena.schema, minPlayers: PEERS } }
  const played: Played = { checksums: [], deepest: 0, rollbacks: 0 }
  const loops = Array.from({ length: PEERS }, (_, i) => {
    const checksums = new Map<number, number>()
    played.checksums.push(checksums)
    const loop = new Loop({
      game,
      sourceId: 'test',
      transport: network.client(),
      clock,
      session: terms => new ScriptedClient({ terms, name: `p${i}`, profile: '' }),
      inputDelay: INPUT_DELAY,
      predictionWindow,
      checksumTicks: 1,
      hooks: quietHooks({
        fact: fact => {
          if (fact.kind === 'end') throw new Error(`p${i} ended: ${fact.reason}`)
        },
        checksum: (tick, sum) => checksums.set(tick, sum),
      }),
    })
    loop.session.setReady(true)
    // In this order, so that slots are the same each time.
    clock.schedule(spacingMs * i, () => {
      loop.open()
      new Pacer(clock, game.schema.tickRate, dueMs => {
        const before = loop.timeline.rolledBackTicks
        loop.call(dueMs)
        played.deepest = Math.max(played.deepest, loop.timeline.rolledBackTicks - before)
      }).start()
    })
    return loop
  })
  const done = (): boolean => played.checksums.every(sums => sums.has(TICKS))
  if (!clock.runUntil(done, 120_000)) throw new Error('not done after two minutes')
  for (const loop of loops) played.rollbacks += loop.timeline.rollbacks
  return played
}

function statesOf(checksums: Map<number, number>): number[] {
  return Array.from({ length: TICKS }, (_, i) => checksums.get(i + 1)!)
}

const still = (delayMs: number): NetworkConditions => ({ delayMs, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 })
const none = statesOf(play(still(0), 0).checksums[0])

test.each(LAGS)('a lag of %i ticks gives the same states as none, with rollback depth at most the lag', lag => {
  for (const spacingMs of SPACINGS_MS) {
    const { checksums, deepest, rollbacks } = play(still((lag * TICK_MS) / 2), 12, spacingMs)
    for (const machine of checksums) expect(statesOf(machine)).toEqual(none)
    expect(deepest).toBeLessThanOrEqual(lag)
    // What the input delay does not hide has to be made up for.
    if (lag > INPUT_DELAY) expect(rollbacks).toBeGreaterThan(TICKS / 10)
  }
})

test.each(LAGS)('in lockstep a lag of %i ticks gives the same states without a rollback', lag => {
  const { checksums, rollbacks } = play(still((lag * TICK_MS) / 2), 0)
  for (const machine of checksums) expect(statesOf(machine)).toEqual(none)
  expect(rollbacks).toBe(0)
})

test('inputs that are lost, repeated and overtaken on the way give the same states', () => {
  const conditions = { delayMs: 30, jitterMs: 60, loss: 0.1, duplicate: 0.1, reorder: 0.1 }
  const { checksums, rollbacks } = play(conditions, 12)
  for (const machine of checksums) expect(statesOf(machine)).toEqual(none)
  expect(rollbacks).toBeGreaterThan(0)
})

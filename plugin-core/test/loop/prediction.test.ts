// What a machine does with another player's inputs before it knows them: two whole machines whose inputs grow by one a tick.

import { expect, test } from 'vitest'
import type { Predict } from '../../src/input/input-log.ts'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { defineGame, u32, u8 } from '../../src/sim.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { playMatch } from '../matches/match.ts'
import { quietHooks } from './quiet-hooks.ts'

const DELAY = 2

function play(predict: Predict | undefined): { rollbacks: number[]; sums: Map<number, number>[] } {
  const game = defineGame({
    name: 'steady',
    version: 1,
    maxPlayers: 2,
    maxEntities: 1,
    input: { buttons: [], axes: { n: u8 } },
    components: { Sum: { n: u32 } },
    ...(predict === undefined ? {} : { predict }),
    setup: sim => void sim.spawn('Sum'),
    step(sim) {
      const { n } = sim.components.Sum
      for (const slot of sim.slots) n[0] = Math.imul(n[0] ^ (slot + 1), 31) + sim.input(slot).axis('n')
    },
  })
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, seed: 1, conditions: { delayMs: 45, jitterMs: 0, loss: 0 } })
  const host = new StarHost({ room: 'r', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 })
  new HostRunner({ host, transport: network.host(), clock }).start()
  const machines = [0, 1].map(i => {
    const sums = new Map<number, number>()
    const loop = new Loop({
      game,
      sourceId: 'test',
      transport: network.client(),
      clock,
      session: terms => new StarClient({ terms, name: `p${i}`, profile: '' }),
      inputDelay: DELAY,
      predictionWindow: 8,
      checksumTicks: 1,
      hooks: quietHooks({ checksum: (tick, sum) => sums.set(tick, sum) }),
    })
    loop.session.setReady(true)
    loop.open()
    new Pacer(clock, 60, dueMs => {
      loop.setInput(Uint8Array.of(loop.timeline.headTick + 1 + DELAY))
      loop.call(dueMs)
    }).start()
    return { loop, sums }
  })
  clock.advance(10_000)
  return { rollbacks: machines.map(m => m.loop.timeline.rollbacks), sums: machines.map(m => m.sums) }
}

test('a game that predicts by itself rolls back only where its prediction is wrong; without, the last input is repeated', () => {
  const steady = play((last, ticksAhead, into) => void (into[0] = last[0] === 0 ? 0 : last[0] + ticksAhead))
  const repeated = play(undefined)
  for (const n of repeated.rollbacks) expect(n).toBeGreaterThan(300)
  // While the first inputs come, which are neutral.
  for (const n of steady.rollbacks) expect(n).toBeLessThan(12)
  const [truth] = steady.sums
  expect(truth.size).toBeGreaterThan(500)
  // Whatever was predicted, what is confirmed is the same.
  for (const sums of [...steady.sums, ...repeated.sums])
    for (const [tick, sum] of truth) if (sums.has(tick)) expect(sum, `tick ${tick}`).toBe(sums.get(tick))
})

// What is predicted may turn out otherwise, and a round's end is said once.
test('the end of a round is told once it is confirmed, with what it hands on then', () => {
  const game = defineGame({
    name: 'hands-on',
    version: 1,
    maxPlayers: 2,
    maxEntities: 1,
    input: { buttons: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] },
    components: {},
    step(sim) {
      if (sim.tick % 40 === 0) sim.endRound(Uint8Array.from(sim.slots, slot => sim.input(slot).bits))
    },
  })
  const conditions = { delayMs: 60, jitterMs: 10, loss: 0.05 }
  const report = playMatch({ seed: 3, peers: 2, ticks: 900, mode: 'rollback', conditions, game, talk: 0 })
  expect(report.problems).toEqual([])
  expect(report.rounds).toBeGreaterThan(8)
})

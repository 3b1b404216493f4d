// Events of scenes and of rules over whole matches: the same tick everywhere, exactly once, through rollbacks.

import { describe, expect, test } from 'vitest'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { defineGame, u32, u8, type SimEvent } from '../../src/sim.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { WholeMatch } from '../matches/match.ts'
import { seeded } from '../seeded.ts'
import { contradictions, type Heard } from './heard.ts'

const PLAYERS = 3

const game = defineGame({
  name: 'events',
  version: 1,
  maxPlayers: PLAYERS,
  minPlayers: PLAYERS,
  maxEntities: 8,
  input: { buttons: ['a'] },
  components: { Heard: { slot: u8, sum: u32, count: u32, tick: u32 } },
  join(sim, slot) {
    sim.components.Heard.slot[sim.spawn('Heard')] = slot
  },
  step() {},
  on: {
    say(sim, event: SimEvent<{ n: number }>) {
      const { Heard } = sim.components
      for (const e of sim.query('Heard'))
        if (Heard.slot[e] === event.slot) {
          Heard.sum[e] += event.payload.n
          Heard.count[e]++
          Heard.tick[e] = sim.tick
        }
      sim.raise('said', { slot: event.slot, n: event.payload.n, tick: sim.tick })
    },
  },
})

/** Runners raise what a wrong prediction easily gets wrong: steps of their way, with a key and without. */
const runners = defineGame({
  name: 'runners',
  version: 1,
  maxPlayers: 4,
  maxEntities: 8,
  dropAfterTicks: 120,
  input: { buttons: ['run', 'back'] },
  components: { Runner: { slot: u8, way: u32 } },
  join(sim, slot) {
    sim.components.Runner.slot[sim.spawn('Runner')] = slot
  },
  leave(sim, slot) {
    for (const e of sim.query('Runner')) if (sim.components.Runner.slot[e] === slot) sim.destroy(e)
  },
  step(sim) {
    const { slot, way } = sim.components.Runner
    for (const e of sim.query('Runner')) {
      const input = sim.input(slot[e])
      way[e] += (input.held('run') ? 3 : 1) - (input.held('back') && way[e] > 2 ? 2 : 0)
      if (way[e] % 10 === 0) sim.raise('step', { slot: slot[e], way: way[e] })
      if (way[e] % 10 < 3) sim.raise('mark', { way: way[e] }, slot[e])
    }
    if (sim.tick % 400 === 0) sim.endRound()
  },
})

test.each([1, 2, 3, 4])(
  'what scenes emit runs everywhere at the same tick, once, and is shown once (seed %i)',
  seed => {
    const clock = new VirtualClock()
    const conditions = { delayMs: 40, jitterMs: 20, loss: 0.15, duplicate: 0.05, reorder: 0.1 }
    const network = new MemoryNetwork({ clock, seed, conditions })
    const host = new StarHost({ room: 'events', sessionId: { hi: 1, lo: seed }, epoch: 1, seed })
    new HostRunner({ host, transport: network.host(), clock }).start()
    const emitted = Array.from({ length: PLAYERS }, () => ({ sum: 0, count: 0 }))
    let emitting = true
    const machines = Array.from({ length: PLAYERS }, (_, i) => {
      const random = seeded(seed * 100 + i)
      const shown: string[] = []
      const loop = new Loop({
        game,
        sourceId: 'test',
        transport: network.client(),
        clock,
        session: terms => new StarClient({ terms, name: `p${i}`, profile: '' }),
        inputDelay: 2,
        predictionWindow: 8,
        hooks: {
          fact() {},
          raised: events => {
            for (const e of events) if (e.change === 'shown') shown.push(JSON.stringify(e.payload))
          },
          fault: error => {
            throw error
          },
          swapped() {},
        },
      })
      loop.session.setReady(true)
      loop.open()
      new Pacer(clock, 60, dueMs => {
        loop.setInput(new Uint8Array([random.below(2)]))
        if (emitting && loop.running && random.chance(0.1)) {
          const n = 1 + random.below(100)
          const mine = emitted[loop.session.slot]
          mine.sum += n
          mine.count++
          loop.emit('say', { n })
          // Several in one tick keep their order, and travel together or one after another.
          if (random.chance(0.2)) {
            mine.sum += 1
            mine.count++
            loop.emit('say', { n: 1 })
          }
        }
        loop.call(dueMs)
      }).start()
      return { loop, shown }
    })
    clock.advance(20_000)
    emitting = false
    clock.advance(3_000)
    const { layout } = game.schema
    const columns = (loop: Loop, field: string): number[] => {
      const { offset } = layout.columns.find(c => c.field === field)!
      return [...new Uint32Array(loop.simulation.bytes.buffer, offset, PLAYERS)]
    }
    const bySlot = [0, 1, 2]
    for (const { loop, shown } of machines) {
      expect(loop.timeline.rollbacks).toBeGreaterThan(20)
      expect(columns(loop, 'sum')).toEqual(bySlot.map(slot => emitted[slot].sum))
      expect(columns(loop, 'count')).toEqual(bySlot.map(slot => emitted[slot].count))
      expect(columns(loop, 'tick')).toEqual(columns(machines[0].loop, 'tick'))
      expect(shown.length).toBe(emitted.reduce((sum, e) => sum + e.count, 0))
    }
  },
)

describe('what the rules raise', () => {
  const LINE = { delayMs: 50, jitterMs: 20, loss: 0.05, duplicate: 0.02, reorder: 0.05 }
  const PLAN = { seed: 1, peers: 3, ticks: 900, mode: 'rollback', conditions: LINE, game: runners } as const
  const play = (plan: Partial<ConstructorParameters<typeof WholeMatch>[0]>): WholeMatch => {
    const match = new WholeMatch({ ...PLAN, ...plan })
    match.run()
    return match
  }

  test.each([1, 2, 3])('is confirmed alike everywhere, and cancelled where it was mispredicted (seed %i)', seed => {
    // Longer than a round: events before and after its restart are settled like others.
    const match = play({ seed })
    expect(match.report().problems).toEqual([])
    expect(match.report().rounds).toBeGreaterThan(1)
    const all = match.machines.map(m => m.heard)
    for (const heard of all) {
      expect(heard.cancelled).toBeGreaterThan(3)
      expect(heard.confirmedCount).toBeGreaterThan(50)
      expect(heard.shown).toBe(heard.confirmedCount + heard.cancelled + heard.open.size)
      // No more than the prediction window may be open.
      for (const { tick } of heard.open.values()) expect(tick).toBeGreaterThan(900 - 16)
    }
    const before900 = (i: number): [number, string[]][] =>
      [...all[i].confirmed].filter(([tick]) => tick < 900).sort(([a], [b]) => a - b)
    expect(before900(1)).toEqual(before900(0))
    expect(before900(2)).toEqual(before900(0))
  })

  test('is shown and confirmed in one in lockstep', () => {
    const match = play({ mode: 'lockstep', ticks: 300 })
    expect(match.report().problems).toEqual([])
    for (const { heard } of match.machines) {
      expect(heard.cancelled + heard.open.size).toBe(0)
      expect(heard.shown).toBe(heard.confirmedCount)
      expect(heard.shown).toBeGreaterThan(20)
    }
  })

  test('is history for who comes late: nothing of it is shown', () => {
    const match = play({ comers: [{ tick: 300 }, { tick: 320, watch: { delayTicks: 30 } }] })
    expect(match.report().problems).toEqual([])
    for (const { heard } of match.machines.slice(3)) {
      expect(Math.min(...heard.confirmed.keys())).toBeGreaterThan(280)
      expect(heard.confirmedCount).toBeGreaterThan(30)
    }
    // Shown a moment after it happened, as to the others; the second one watches 30 ticks behind.
    const latest = match.machines.map(m => m.heard.latestTicks)
    expect(latest[3]).toBeLessThanOrEqual(latest[0] + 4)
    expect(latest[4]).toBeLessThanOrEqual(latest[0] + 44)
  })

  test('is left open by nobody who leaves, or whose line breaks for good', () => {
    const match = new WholeMatch({ ...PLAN, seed: 5, ticks: 0 })
    const [ann, bob, cid] = match.machines
    const open = (): boolean => ann.heard.open.size > 0 && bob.heard.open.size > 0
    expect(match.clock.runUntil(() => ann.loop.timeline.confirmedTick > 200 && open(), 30_000)).toBe(true)
    ann.loop.leave()
    bob.loop.close()
    expect(ann.heard.open.size + bob.heard.open.size).toBe(0)
    expect(ann.heard.cancelled * bob.heard.cancelled).toBeGreaterThan(0)
    match.clock.advance(4000)
    expect(cid.heard.problems(false)).toEqual([])
    expect(contradictions([cid.heard])).toEqual([])
  })

  test("is not told twice of ticks that run again from another machine's state", () => {
    const { offset } = runners.schema.layout.columns.find(c => c.field === 'way')!
    let open = 0
    for (let seed = 1; seed <= 6; seed++) {
      // Who goes astray gets the majority's state; the next round begins alike for everyone.
      const match = new WholeMatch({
        ...PLAN,
        seed,
        ticks: 700,
        corrupt: { peer: 1, tick: 300, at: offset, ticks: 20 },
      })
      const [ann, bob] = match.machines
      const { timeline } = bob.loop
      const rebase = timeline.rebase.bind(timeline)
      timeline.rebase = tick => {
        open += bob.heard.open.size
        rebase(tick)
      }
      match.run()
      expect(bob.heard.problems(false), `seed ${seed}`).toEqual([])
      // Each runner takes at most one step a tick.
      for (const told of bob.heard.confirmed.values()) {
        const steps = told.filter(one => one.startsWith('step'))
        expect(new Set(steps).size, `seed ${seed}`).toBe(steps.length)
      }
      const inNextRound = (heard: Heard): [number, string[]][] =>
        [...heard.confirmed].filter(([tick]) => tick > 450 && tick < 700).sort(([x], [y]) => x - y)
      expect(inNextRound(bob.heard), `seed ${seed}`).toEqual(inNextRound(ann.heard))
    }
    expect(open).toBeGreaterThan(10)
  })
})

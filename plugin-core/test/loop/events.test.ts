// Events of scenes and of rules over whole matches: the same tick everywhere, exactly once, through rollbacks.

import { expect, test } from 'vitest'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { defineGame, u32, u8, type SimEvent } from '../../src/sim.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { seeded } from '../seeded.ts'

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
            for (const e of events) shown.push(JSON.stringify(e.payload))
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

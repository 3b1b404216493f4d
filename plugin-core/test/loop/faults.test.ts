// Rules that throw end their machine's part with the sentence, file, line and tick; nothing else throws on the way.

import { expect, test } from 'vitest'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import type { Fact } from '../../src/session/fact.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { defineGame, type RulesError } from '../../src/sim.ts'
import { VirtualClock, type Clock } from '../../src/transport/clock.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { quietHooks } from './quiet-hooks.ts'

test('Math.random in the rules names its replacement, with file, line and tick, while the clock is a real one', () => {
  const virtual = new VirtualClock()
  // As the real clock does: a guard that is still up would trap it.
  const clock: Clock = {
    now: () => {
      performance.now()
      return virtual.now()
    },
    schedule: (delayMs, run) => virtual.schedule(delayMs, run),
  }
  const game = defineGame({
    name: 'faulty',
    version: 1,
    maxPlayers: 1,
    maxEntities: 1,
    input: { buttons: ['a'] },
    components: {},
    step(sim) {
      if (sim.tick === 30) Math.random()
    },
  })
  const network = new MemoryNetwork({ clock })
  new HostRunner({
    host: new StarHost({ room: 'faulty', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 }),
    transport: network.host(),
    clock,
  }).start()
  const faults: RulesError[] = []
  const ends: Fact[] = []
  const line = network.client()
  const loop = new Loop({
    game,
    sourceId: 'test',
    // Sending reads the clock, as faults on the line do.
    transport: {
      open: events => line.open(events),
      close: () => line.close(),
      send: (peer, bytes) => {
        clock.now()
        line.send(peer, bytes)
      },
    },
    clock,
    session: terms => new StarClient({ terms, name: 'p', profile: '' }),
    inputDelay: 2,
    predictionWindow: 8,
    hooks: {
      fact: fact => void (fact.kind === 'end' && ends.push(fact)),
      raised() {},
      fault: error => void faults.push(error),
      swapped() {},
    },
  })
  loop.session.setReady(true)
  loop.open()
  new Pacer(clock, 60, dueMs => loop.call(dueMs)).start()
  virtual.advance(2000)
  expect(faults.length).toBe(1)
  expect(faults[0].message).toMatch(/Math\.random .*sim\.random\(\)/)
  expect(faults[0].tick).toBe(30)
  expect(faults[0].file).toMatch(/faults\.test\.ts/)
  expect(faults[0].line).toBeGreaterThan(20)
  expect(ends).toMatchObject([{ kind: 'end', code: 'rules', tick: 30 }])
  expect(loop.running).toBe(false)
})

test('a prediction that throws ends the match of its machine as rules do, while the others play on', () => {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, seed: 1, conditions: { delayMs: 60, jitterMs: 0, loss: 0 } })
  new HostRunner({
    host: new StarHost({ room: 'faulty', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 }),
    transport: network.host(),
    clock,
  }).start()
  const machines = [0, 1].map(i => {
    const faults: RulesError[] = []
    const game = defineGame({
      name: 'guessing',
      version: 1,
      maxPlayers: 2,
      maxEntities: 1,
      input: { buttons: ['a'] },
      components: {},
      step() {},
      predict(last, _ticksAhead, into) {
        into.set(last)
        if (i === 0 && loop.timeline.headTick > 30) throw new Error('no idea')
      },
    })
    const loop: Loop = new Loop({
      game,
      sourceId: 'test',
      transport: network.client(),
      clock,
      session: terms => new StarClient({ terms, name: `p${i}`, profile: '' }),
      inputDelay: 2,
      predictionWindow: 8,
      hooks: quietHooks({ fault: error => void faults.push(error) }),
    })
    loop.session.setReady(true)
    loop.open()
    new Pacer(clock, 60, dueMs => loop.call(dueMs)).start()
    return { loop, faults }
  })
  clock.advance(5000)
  const [broken, sound] = machines
  expect(broken.faults).toHaveLength(1)
  expect(broken.faults[0].message).toMatch(/^the rules threw at tick 3\d \(.*faults\.test\.ts:\d+\): no idea$/)
  expect([broken.loop.running, sound.loop.running]).toEqual([false, true])
  expect(sound.faults).toEqual([])
  expect(sound.loop.timeline.confirmedTick).toBeGreaterThan(200)
})

// Where rights lie: behind all that a round resets, and kept when a tick is run once more because a script used up its budget.

import { expect, test } from 'vitest'
import { eventWords } from '../../src/event/event-memory.ts'
import { sizedBytes } from '../../src/bytes/sized-bytes.ts'
import { eventRights, rightsWords, type RightsSpec } from '../../src/sim/event-rights.ts'
import type { ScriptSet } from '../../src/sim/sim-scripts.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { yard } from '../matches/capabilities-match.ts'

test('the world has the room that events take, whatever a game declares', () => {
  const matchKey = 'ab'.repeat(32)
  const specs: RightsSpec[] = [
    { signed: true },
    { requires: {} },
    { requires: { chat: ['chat:send', 'network:authority'], kick: ['room:moderate', 'chat:send'] } },
    { grants: { everyone: ['timeline:branch', 'a'], matchKey } },
    { requires: { a: ['b'] }, grants: { matchKey }, signed: true },
  ]
  for (const spec of specs)
    for (const slots of [1, 8, 64])
      expect(rightsWords(eventRights(spec), slots)).toBe(eventWords(slots, eventRights(spec)!))
  expect([eventRights({}), rightsWords(null, 8)]).toEqual([null, 0])
})

test('a tick that is run once more goes on from its start, with its events judged', () => {
  const stop = new Error('budget')
  let runs = 0
  const nothing = (): void => {}
  // What a tick asks of scripts, and no more.
  const scripts = {
    ...{ save: nothing, load: nothing, reset: nothing, open: nothing, restart: nothing },
    ...{ begin: nothing, again: nothing, settle: nothing },
    step() {
      if (++runs === 1) throw stop
    },
    stopped: (error: unknown) => error === stop,
  }
  const scriptSet = { open: () => scripts } as unknown as ScriptSet
  const sim = new Simulation(yard, { seed: 1, scripts: scriptSet })
  const row = new Uint8Array(yard.schema.maxPlayers * yard.schema.input.sizeBytes)
  const before = new Uint8Array(sim.sizeBytes)
  sim.save(before, sizedBytes())
  // As the gate does, with the state before the tick in the live world.
  sim.rights[3] = 77
  const restart = { round: 1, carry: new Uint8Array() }
  sim.advance(1, row, { restart, joins: [0], leaves: [], swap: null }, [], before, sizedBytes())
  expect([runs, sim.tick, sim.rights[3]]).toEqual([2, 1, 77])
})
